-- title: Errors by class
-- question: What kinds of error are there?
-- chart: bars
-- count: conversations
-- unit: Number of errors by our definition, most frequent class first; at the right,
--   conversations with such an error.
-- note: Each error has one class: what the call, the pairing and the response's own
--   fields say comes before what is read from its text.
-- note: The side says where the cause is looked for first: agent (the call was wrong),
--   task (the program under work fails), tool, environment, or harness (the loop that
--   runs the agent). It follows from the class and is a reading, not a measurement.
-- columns: label=Class | side=Side | errors=Errors | share=Share of errors %
--   | lo=From % | hi=To % | n=Conversations | group_count=Prompt groups with errors
-- empty: No call has an error by our definition.

-- part: base
create or replace temp table class_errors as

select
    replace(class, '_', ' ') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    conversation_id,
    side,
    count(*) as hits
from fct_errors
group by class, source, group_id, conversation_id, side;

-- part: rows
with

classes as (

    select
        label,
        min(side) as side,
        count(distinct conversation_id) as conversations
    from class_errors
    group by label

)

select
    classes.label,
    classes.side,
    pooled.hits as errors,
    cast(pooled.hits as double) as value,
    pooled.share,
    pooled.low as lo,
    pooled.high as hi,
    classes.conversations as n,
    pooled.group_count,
    count_text(pooled.hits) || ' (' || share_text(pooled.share) || ')' as text,
    classes.label || ' (' || classes.side || '): '
    || estimate_text(pooled.share, pooled.low, pooled.high, pooled.cases, 'errors')
        as tip,
    pooled.hits = max(pooled.hits) over () as strong
from pooled_parts('class_errors') as pooled
inner join classes on pooled.label = classes.label
order by errors desc, classes.label asc;

-- part: answer
with

ranked as (

    select
        label,
        row_number() over (order by hits desc, label asc) as place,
        share_text(share) as share,
        support_text(low, high, cases, 'errors') as basis
    from pooled_parts('class_errors')

),

classes as (

    select
        max(
            'Most frequent is “' || label || '”: ' || share || ' of errors ' || basis
        ) filter (where place = 1) as sentence,
        list(
            '“' || label || '” (' || share || ')' order by place asc
        ) filter (where place in (2, 3)) as next_classes
    from ranked

),

sides as (

    select
        side,
        sum(hits) / sum(sum(hits)) over () as share
    from class_errors
    group by side

),

side_list as (

    select list(side || ' ' || share_text(share) order by share desc, side asc) as texts
    from sides

)

select
    coalesce(classes.sentence || '.', 'There is no error by our definition.') as lead,
    case
        when classes.sentence is null then 'So there is nothing to sort.'
        else
            coalesce('Next: ' || listed(classes.next_classes) || '. ', '')
            || 'By side: ' || array_to_string(side_list.texts, ', ') || '.'
    end as rest
from classes
cross join side_list;

-- part: examples
with

firsts as (

    select
        class,
        count(*) as class_size,
        min((conversation_id, turn_index, block_index)) as place
    from fct_errors
    group by class
    order by class_size desc, class asc
    limit 10

)

select
    fct_errors.conversation_id,
    fct_errors.turn_index,
    replace(firsts.class, '_', ' ') || ': ' || short_text(fct_errors.evidence, 80)
        as why
from firsts
inner join fct_errors
    on
        firsts.class = fct_errors.class
        and firsts.place
        = (fct_errors.conversation_id, fct_errors.turn_index, fct_errors.block_index)
order by firsts.class_size desc, firsts.class asc;
