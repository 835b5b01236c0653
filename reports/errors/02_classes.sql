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
create or replace temp table class_cases as

with

groups as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        histogram(class) as sizes,
        count(*) as cases
    from fct_errors
    group by source, group_id

),

classes as (

    select
        class,
        min(side) as side,
        count(distinct conversation_id) as conversations
    from fct_errors
    group by class

)

-- each class in each group with errors, with 0 hits where it does not occur there
select
    replace(classes.class, '_', ' ') as label,
    classes.side,
    classes.conversations,
    groups.source,
    groups.group_id,
    groups.cases,
    cast(coalesce(groups.sizes[classes.class], 0) as bigint) as hits
from groups
cross join classes;

-- part: rows
with

classes as (

    select distinct
        label,
        side,
        conversations
    from class_cases

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
from pooled_shares('class_cases') as pooled
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
    from pooled_shares('class_cases')

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
    from class_cases
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

ranked as (

    select
        conversation_id,
        turn_index,
        replace(class, '_', ' ') || ': ' || short_text(evidence, 80) as why,
        class,
        count(*) over (partition by class) as class_size,
        row_number() over (
            partition by class
            order by conversation_id, turn_index, block_index
        ) as place
    from fct_errors

)

select
    conversation_id,
    turn_index,
    why
from ranked
where place = 1
order by class_size desc, class asc
limit 10;
