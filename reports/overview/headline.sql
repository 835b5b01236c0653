-- The key figures of this report.
-- spark: conversations by number of steps

-- part: base
create or replace temp table conversations as

select
    source,
    end_kind,
    step_count,
    coalesce(prompt_group_id, conversation_id) as group_id
from dim_conversations
where duplicate_of_id is null;

-- part: rows
with

sizes as (

    select
        count(*) as conversation_count,
        count(distinct source) as source_count,
        count(distinct group_id) as group_count
    from conversations

),

turns as (

    select
        count(*) as turn_count,
        count(*) filter (where role = 'assistant') as assistant_turn_count
    from fct_turns

),

answers as (

    select
        count(*) filter (where end_kind = 'final_answer') as hits,
        count(*) as cases
    from conversations
    group by group_id

),

answered as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        cast(sum(cases) as bigint) as cases
    from answers

),

figures as (

    select
        1 as place,
        'Conversations' as label,
        count_text(conversation_count) as text,
        '' as interval,
        'from ' || counted(source_count, 'source', 'sources')
        || ', ' || counted(group_count, 'prompt group', 'prompt groups') as n_text,
        'totals' as section
    from sizes
    union all
    select
        2 as place,
        'Turns' as label,
        count_text(turn_count) as text,
        '' as interval,
        'of which ' || count_text(assistant_turn_count) || ' by the assistant'
            as n_text,
        'length' as section
    from turns
    union all
    select
        3 as place,
        'End with an answer' as label,
        share_text(share) as text,
        case when cases > 0 then interval_text(low, high) else '' end as interval,
        'n = ' || counted(coalesce(cases, 0), 'conversation', 'conversations')
            as n_text,
        'ends' as section
    from answered

)

select
    label,
    text,
    interval,
    n_text,
    section
from figures
order by place;

-- part: spark
with

widths as (

    select greatest(ceil((max(step_count) + 1) / 24.0), 1) as width
    from conversations

)

select
    cast(count(*) as double) as value,
    false as strong
from conversations
cross join widths
group by cast(floor(conversations.step_count / widths.width) as bigint)
order by cast(floor(conversations.step_count / widths.width) as bigint);
