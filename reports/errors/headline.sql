-- The key figures of this report.
-- spark: errors by class

-- part: base
create or replace temp table error_counts as

select
    dim_conversations.conversation_id,
    coalesce(
        dim_conversations.prompt_group_id, dim_conversations.conversation_id
    ) as group_id,
    count(fct_tool_calls.conversation_id) as calls,
    count(*) filter (where fct_tool_calls.is_error) as errors,
    count(*) filter (where fct_tool_calls.is_error_keyword) as keyword_errors
from dim_conversations
left join fct_tool_calls
    on dim_conversations.conversation_id = fct_tool_calls.conversation_id
where dim_conversations.duplicate_of_id is null
group by dim_conversations.conversation_id, group_id;

-- part: rows
with

cases as (

    select
        1 as place,
        'Calls with an error' as label,
        'calls' as noun,
        'definitions' as section,
        group_id,
        sum(errors) as hits,
        sum(calls) as cases
    from error_counts
    group by group_id
    union all
    select
        2 as place,
        'Conversations with an error' as label,
        'conversations' as noun,
        'definitions' as section,
        group_id,
        count(*) filter (where errors > 0) as hits,
        count(*) as cases
    from error_counts
    group by group_id
    union all
    select
        3 as place,
        'Calls with an error, by keyword' as label,
        'calls' as noun,
        'definitions' as section,
        group_id,
        sum(keyword_errors) as hits,
        sum(calls) as cases
    from error_counts
    group by group_id

),

shares as (

    select
        place,
        label,
        noun,
        section,
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        coalesce(sum(cases), 0) as n
    from cases
    where cases > 0
    group by place, label, noun, section

)

select
    label,
    share_text(share) as text,
    interval_text(low, high) as interval,
    'n = ' || counted(n, rtrim(noun, 's'), noun) as n_text,
    section
from shares
order by place asc;

-- part: spark
select
    cast(count(*) as double) as value,
    false as strong
from fct_errors
group by class
order by value desc, class asc
limit 15;
