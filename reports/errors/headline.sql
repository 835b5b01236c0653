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

cases as ( -- noqa: ST03

    select
        1 as label,
        group_id,
        errors as hits,
        calls as cases,
        '' as source
    from error_counts
    union all
    select
        2 as label,
        group_id,
        cast(errors > 0 as bigint) as hits,
        1 as cases,
        '' as source
    from error_counts
    union all
    select
        3 as label,
        group_id,
        keyword_errors as hits,
        calls as cases,
        '' as source
    from error_counts

),

figures (place, label, noun) as (

    values
    (1, 'Calls with an error', 'calls'),
    (2, 'Conversations with an error', 'conversations'),
    (3, 'Calls with an error, by keyword', 'calls')

)

select
    figures.label,
    share_text(found.share) as text,
    interval_text(found.low, found.high) as interval,
    'n = ' || counted(found.cases, rtrim(figures.noun, 's'), figures.noun) as n_text,
    'definitions' as section
from pooled_shares('cases') as found
inner join figures on found.label = figures.place
order by figures.place asc;

-- part: spark
select
    cast(count(*) as double) as value,
    false as strong
from fct_errors
group by class
order by value desc, class asc
limit 15;
