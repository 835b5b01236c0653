-- title: Kinds of steps, by step of the conversation
-- question: What do the steps of a conversation do?
-- chart: positions
-- x: step of the conversation
-- unit: Share of the steps at a place that do something, all sources together; darker
--   is more, · means less than 0.5%, and 20+ stands for all later steps. Most frequent
--   kind first. Numbers are per cent.
-- note: A step is an assistant turn with the responses to its calls. Its kind is that
--   of the tools that it calls (seeds/tool_kinds.csv); several kinds is a step whose
--   calls are of different ones; answer and nothing are steps without a call, with and
--   without text.
-- note: Within a column the shares add up to 100%. Fewer and fewer conversations are
--   long enough for the later columns: their n stands in the table.
-- columns: row=Kind of step | column=Step | steps=Steps | value=Share % | lo=From %
--   | hi=To % | n=Steps at that place | group_count=Prompt groups
-- empty: There is no assistant turn.

-- part: base
-- a column of source_parts() is what is compared: here the place
create or replace temp table kind_steps as

select
    case kind
        when 'mixed' then 'several kinds'
        when 'empty' then 'nothing'
        else kind
    end as label,
    least(step_index + 1, 20) as source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from fct_steps
group by label, least(step_index + 1, 20), group_id;

-- part: rows
select
    found.label as row,
    found.hits as steps,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case when found.source = 20 then '20+' else cast(found.source as varchar) end
        as "column",
    cell_text(found.share) as text,
    found.label || ', step ' || found.source
    || case when found.source = 20 then ' or later: ' else ': ' end
    || estimate_text(found.share, found.low, found.high, found.cases, 'steps') as tip
from source_parts('kind_steps') as found
inner join pooled_parts('kind_steps') as pooled on found.label = pooled.label
order by pooled.hits desc, row asc, found.source asc;

-- part: answer
with

ranked as (

    select
        source,
        cases,
        label,
        share_text(share) as share,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        row_number() over (partition by source order by hits desc, label asc) as place
    from source_parts('kind_steps')
    where source <= 3

),

told as (

    select
        max(label) filter (where source = 1 and place = 1) as first_kind,
        max(estimate) filter (where source = 1 and place = 1) as first_estimate,
        max(label || ', ' || share) filter (where source = 1 and place = 2)
            as second_kind,
        max(label || ': ' || estimate) filter (where source = 2 and place = 1)
            as second_step,
        max(label || ': ' || estimate) filter (where source = 3 and place = 1)
            as third_step
    from ranked

)

select
    case
        when first_kind is null then 'There is no assistant turn.'
        else
            'The first step is most often ' || first_kind || ': ' || first_estimate
            || '.'
    end as lead,
    case
        when first_kind is null then 'Without one there is no step.'
        else
            ltrim(
                case
                    when second_kind is null then ''
                    else 'In second place is ' || second_kind || '.'
                end
                || case
                    when second_step is null then ''
                    else ' The second step is most often ' || second_step || '.'
                end
                || case
                    when third_step is null then ''
                    else ' The third is most often ' || third_step || '.'
                end
            )
    end as rest
from told;

-- part: examples
with

chains as (

    select
        conversation_id,
        min(turn_index) as turn_index,
        count(*) as step_count,
        string_agg(kind, ' → ' order by step_index asc) filter (where step_index < 6)
            as kinds_in_order
    from fct_steps
    group by conversation_id

),

ranked as (

    select
        *,
        count(*) over (partition by kinds_in_order) as chain_count,
        row_number() over (
            partition by kinds_in_order order by conversation_id asc
        ) as place
    from chains

)

-- the most frequent beginnings
select
    conversation_id,
    turn_index,
    kinds_in_order || case when step_count > 6 then ' → …' else '' end
    || case
        when chain_count = 1 then ', like no other'
        else ', like ' || counted(chain_count - 1, 'other', 'others')
    end as why
from ranked
where place = 1
order by chain_count desc, kinds_in_order asc
limit 5;
