-- The key figures of this report.
-- spark: conversations by number of steps

-- part: base
create or replace temp table course_conversations as

with

loops as (

    select distinct conversation_id
    from fct_loops

)

select
    dim_conversations.step_count,
    dim_conversations.call_count,
    dim_conversations.outcome_score,
    dim_conversations.is_completed,
    coalesce(
        dim_conversations.prompt_group_id, dim_conversations.conversation_id
    ) as group_id,
    dim_conversations.end_kind = 'final_answer' as has_answer,
    loops.conversation_id is not null as has_loop
from dim_conversations
left join loops on dim_conversations.conversation_id = loops.conversation_id
where dim_conversations.duplicate_of_id is null;

-- part: rows
with

cases as ( -- noqa: ST03

    select
        2 as label,
        '' as source,
        group_id,
        count(*) filter (where has_answer) as hits,
        count(*) as cases
    from course_conversations
    group by group_id
    union all
    select
        3 as label,
        '' as source,
        group_id,
        count(*) filter (where has_loop) as hits,
        count(*) as cases
    from course_conversations
    where call_count > 0
    group by group_id

),

lengths as ( -- noqa: ST03

    select
        1 as label,
        '' as source,
        group_id,
        step_count as value
    from course_conversations

),

recorded as (

    select
        count(*) as conversations,
        count(*) filter (
            where outcome_score is not null or is_completed is not null
        ) as outcomes
    from course_conversations

),

names (label, name, section) as (

    values
    (1, 'Median steps', 'length'),
    (2, 'End with an answer', 'ends'),
    (3, 'Go round in a loop', 'loops'),
    (4, 'With a recorded outcome', 'outcomes')

),

figures as (

    select
        label,
        share_text(share) as text,
        interval_text(low, high) as interval,
        'n = ' || counted(cases, 'conversation', 'conversations')
        || case label when 3 then ' with calls' else '' end as n_text
    from pooled_shares('cases')
    union all
    select
        label,
        count_text(median) as text,
        case
            when low is null then interval_text(null, null)
            else '95% interval ' || count_text(low) || '–' || count_text(high)
        end as interval,
        'n = ' || counted(cases, 'conversation', 'conversations') as n_text
    from source_medians('lengths')
    union all
    select
        4 as label,
        count_text(outcomes) as text,
        '' as interval,
        'of ' || counted(conversations, 'conversation', 'conversations') as n_text
    from recorded

)

select
    names.name as label,
    coalesce(figures.text, '–') as text,
    coalesce(figures.interval, '') as interval,
    coalesce(figures.n_text, 'nothing to count') as n_text,
    names.section
from names
left join figures on names.label = figures.label
order by names.label asc;

-- part: spark
with

widths as (

    select greatest(ceil((quantile_disc(step_count, 0.99) + 1) / 24.0), 1) as width
    from course_conversations

),

-- the last bar holds the longest ones
bars as (

    select
        least(
            cast(floor(course_conversations.step_count / widths.width) as bigint), 24
        ) as bar
    from course_conversations
    cross join widths

)

select
    cast(count(*) as double) as value,
    false as strong
from bars
group by bar
order by bar asc;
