-- The key figures of this report.
-- spark: calls per tool

-- part: rows
with

calls as (

    select
        count(*) as call_count,
        count(distinct conversation_id) as conversation_count
    from fct_tool_calls

),

tools as (

    select
        count(distinct tool_name) filter (where call_count > 0) as called_count,
        count(distinct tool_name) filter (where offered_conversation_count > 0)
            as offered_count
    from dim_tools

),

groups as (

    select
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) filter (where is_parallel) as hits,
        count(*) as cases
    from fct_steps
    where has_calls
    group by group_id

),

parallel as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        cast(coalesce(sum(cases), 0) as bigint) as cases
    from groups

),

figures as (

    select
        1 as place,
        'Calls' as label,
        count_text(call_count) as text,
        '' as interval,
        'in ' || counted(conversation_count, 'conversation', 'conversations') as n_text,
        'calls' as section
    from calls
    union all
    select
        2 as place,
        'Tools called' as label,
        count_text(called_count) as text,
        '' as interval,
        case
            when offered_count = 0 then 'what was offered is not recorded'
            else counted(offered_count, 'tool', 'tools') || ' offered'
        end as n_text,
        'calls' as section
    from tools
    union all
    select
        3 as place,
        'Several calls at once' as label,
        share_text(share) as text,
        case when cases > 0 then interval_text(low, high) else '' end as interval,
        'n = ' || counted(cases, 'calling turn', 'calling turns') as n_text,
        'parallel' as section
    from parallel

)

select
    label,
    text,
    interval,
    n_text,
    section
from figures
order by place asc;

-- part: spark
select
    cast(count(*) as double) as value,
    false as strong
from fct_tool_calls
where tool_name is not null
group by tool_name
order by value desc, tool_name asc
limit 15;
