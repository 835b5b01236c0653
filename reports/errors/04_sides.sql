-- title: Errors by side
-- question: Whose errors are they?
-- chart: dots
-- unit: Share of the errors by our definition, with its 95% interval; largest first.
-- note: The side says where the cause is looked for first: agent (the call was wrong),
--   task (the program under work fails), tool, environment, or harness (the loop that
--   runs the agent). It follows from the class and is a reading, not a measurement.
-- note: Errors of the task may be part of the work: tests that fail until the code is
--   right are no fault of the agent.
-- columns: label=Side | errors=Errors | value=Share of errors % | lo=From % | hi=To % |
--   n=All errors | conversations=Conversations | group_count=Prompt groups with errors
-- empty: No call has an error by our definition.

-- part: base
create or replace temp table side_errors as

select
    side as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from fct_errors
group by label, source, group_id;

-- part: rows
with

sides as (

    select
        side as label,
        count(distinct conversation_id) as conversations
    from fct_errors
    group by side

)

select
    pooled.label,
    pooled.hits as errors,
    pooled.share as value,
    pooled.low as lo,
    pooled.high as hi,
    pooled.cases as n,
    sides.conversations,
    pooled.group_count,
    share_text(pooled.share) as text,
    pooled.label || ': '
    || estimate_text(pooled.share, pooled.low, pooled.high, pooled.cases, 'errors')
        as tip
from pooled_parts('side_errors') as pooled
inner join sides on pooled.label = sides.label
order by errors desc, pooled.label asc;

-- part: answer
with

ranked as (

    select
        label,
        share_text(share) || ' of errors ' || support_text(low, high, cases, 'errors')
            as text,
        share_text(share) as share,
        row_number() over (order by hits desc, label asc) as place
    from pooled_parts('side_errors')

),

texts as (

    select
        max(label || ', ' || text) filter (where place = 1) as first_side,
        list(label || ' ' || share order by place asc) filter (where place > 1)
            as next_sides
    from ranked

),

by_source as (

    select texts
    from largest_parts('side_errors', 'errors')

)

select
    case
        when texts.first_side is null then 'There is no error by our definition.'
        else 'Most frequent is the side ' || texts.first_side || '.'
    end as lead,
    case
        when texts.first_side is null then 'So no side has any.'
        else
            coalesce('Then: ' || listed(texts.next_sides) || '.', '')
            || compared('Largest', by_source.texts)
    end as rest
from texts
cross join by_source;

-- part: examples
with

firsts as (

    select
        side,
        count(*) as side_size,
        min((conversation_id, turn_index, block_index)) as place
    from fct_errors
    group by side

)

select
    fct_errors.conversation_id,
    fct_errors.turn_index,
    firsts.side || ', ' || replace(fct_errors.class, '_', ' ') || ': '
    || short_text(fct_errors.evidence, 80) as why
from firsts
inner join fct_errors
    on
        firsts.place
        = (fct_errors.conversation_id, fct_errors.turn_index, fct_errors.block_index)
order by firsts.side_size desc, firsts.side asc;
