-- title: Which tool comes after which
-- question: In what order are tools called?
-- chart: heatmap
-- unit: Share of the moves from a tool that go to a tool of the next step, or to an
--   answer; · means less than 0.5%. The 7 tools called most.
-- note: A move leads from a step that calls a tool to the next assistant turn of its
--   conversation. Where a step calls several tools, each pair of a tool and a tool of
--   the next step counts as 1 / (calls × calls), so that each move counts as one.
-- note: answer: the next turn calls no tool. After the last turn there is no move.
-- note: By chance: what would be seen if the tools of a step did not depend on those of
--   the step before, each as frequent as it is.
-- note: (others): all tools but the 7 called most, and calls that give no name;
--   two of them do not count as the same tool.
-- columns: row=From | column=To | moves=Moves | value=Share of moves % | lo=From %
--   | hi=To % | n=Moves from the tool | group_count=Prompt groups
-- empty: No step that calls a tool is followed by another turn of the assistant.

-- part: base
create or replace temp table moves as

with

called_most as (

    select tool_name
    from fct_tool_calls
    where tool_name is not null
    group by tool_name
    order by count(*) desc, tool_name asc
    limit 7

),

-- weights within a step add up to 1
named as (

    select
        fct_tool_calls.conversation_id,
        fct_tool_calls.step_index,
        coalesce(called_most.tool_name, '(others)') as tool,
        count(*) as calls
    from fct_tool_calls
    left join called_most on fct_tool_calls.tool_name = called_most.tool_name
    group by all

),

weighted as (

    select
        conversation_id,
        step_index,
        tool,
        calls
        / sum(calls) over (partition by conversation_id, step_index) as weight
    from named

),

-- calls that stand in no step of their own do not count
steps as (

    select
        fct_steps.conversation_id,
        fct_steps.step_index,
        fct_steps.turn_index,
        coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
        coalesce(weighted.tool, 'answer') as tool,
        coalesce(weighted.weight, 1) as weight,
        weighted.tool is not null as is_call
    from fct_steps
    left join weighted
        on
            fct_steps.conversation_id = weighted.conversation_id
            and fct_steps.step_index = weighted.step_index

)

select
    origin.tool as source,
    reached.tool as label,
    origin.group_id,
    origin.conversation_id,
    origin.turn_index,
    reached.is_call,
    -- exact sums, in whatever order they are made
    cast(origin.weight * reached.weight as decimal(18, 9)) as hits
from steps as origin
inner join steps as reached
    on
        origin.conversation_id = reached.conversation_id
        and origin.step_index = reached.step_index - 1
where origin.is_call;

-- part: rows
with

sizes as (

    select
        source,
        sum(hits) as move_count
    from moves
    group by source

),

-- a column is as far left as its tool is far up; (others) and answer stand last
places as (

    select
        columns_shown.label,
        case
            when columns_shown.label = 'answer' then -1
            when columns_shown.label = '(others)' then 0
            else coalesce(sizes.move_count, 0)
        end as place
    from (select distinct moves.label from moves) as columns_shown
    left join sizes on columns_shown.label = sizes.source

)

select
    found.source as row,
    found.label as "column",
    found.hits as moves,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    cell_text(found.share) as text,
    'After ' || short_text(found.source, 60) || ', ' || short_text(found.label, 60)
    || ': ' || estimate_text(found.share, found.low, found.high, found.cases, 'moves')
        as tip
from source_parts('moves') as found
inner join sizes on found.source = sizes.source
inner join places on found.label = places.label
order by
    (row = '(others)') asc, sizes.move_count desc, row asc,
    places.place desc, "column" asc;

-- part: answer
with

same_tools as ( -- noqa: ST03

    select
        'same' as label,
        '' as source,
        group_id,
        coalesce(
            sum(hits) filter (where label = source and label <> '(others)'), 0
        ) as hits,
        sum(hits) as cases
    from moves
    where is_call
    group by group_id

),

same as (

    select
        share,
        share_text(share) || ' of moves to another calling step '
        || support_text(low, high, cases, 'moves') as text
    from pooled_shares('same_tools')

),

-- how often each tool is left and reached
ends as (

    select
        tool,
        sum(left_hits) as left_hits,
        sum(reached_hits) as reached_hits
    from (
        select
            source as tool,
            hits as left_hits,
            0 as reached_hits
        from moves
        where is_call
        union all
        select
            label as tool,
            0 as left_hits,
            hits as reached_hits
        from moves
        where is_call
    ) as sides
    group by tool

),

chance as (

    select
        sum(cast(left_hits as double) * reached_hits order by tool asc) filter (
            where tool <> '(others)'
        )
        / pow(cast(sum(left_hits) as double), 2) as share
    from ends

),

-- what follows each tool most often
following as (

    select
        source,
        cases,
        short_text(source, 40) || ' → ' || short_text(label, 40) || ' '
        || estimate_text(share, low, high, cases, 'moves') as text,
        row_number() over (
            partition by source order by hits desc, label asc
        ) as place
    from source_parts('moves')

),

told as (

    select list(text order by cases desc, source asc) as texts
    from following
    where place = 1

),

answered as (

    select
        count(*) as move_count,
        count(*) filter (where is_call) as call_count
    from moves

)

select
    case
        when answered.move_count = 0
            then 'No step that calls a tool is followed by another turn.'
        when answered.call_count = 0 then 'After a call comes an answer, always.'
        else
            'The same tool is called again in ' || same.text
            || '; by chance it would be ' || share_text(chance.share) || '.'
    end as lead,
    case
        when answered.move_count = 0 then 'So there is no order to tell.'
        else
            'Most frequent from each tool: ' || array_to_string(told.texts[:4], '; ')
            || case
                when len(told.texts) > 4
                    then
                        '; and of '
                        || counted(len(told.texts) - 4, 'more tool', 'more tools')
                        || ' in the table'
                else ''
            end
            || '.'
    end as rest
from answered
cross join told
cross join chance
left join same on true;

-- part: examples
-- the most frequent moves between different tools
with

frequent as (

    select
        source,
        label,
        sum(hits) as move_count
    from moves
    where is_call and source <> label
    group by source, label
    order by move_count desc, source asc, label asc
    limit 5

),

placed as (

    select
        moves.*,
        frequent.move_count,
        row_number() over (
            partition by moves.source, moves.label
            order by moves.hits desc, moves.conversation_id asc, moves.turn_index asc
        ) as place
    from moves
    inner join frequent
        on moves.source = frequent.source and moves.label = frequent.label
    where moves.is_call

)

select
    conversation_id,
    turn_index,
    short_text(source, 60) || ', then ' || short_text(label, 60) as why
from placed
where place = 1
order by move_count desc, source asc, label asc;
