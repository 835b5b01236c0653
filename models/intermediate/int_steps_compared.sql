-- Whether a step makes the very calls, with the same arguments, of the calling step
-- before it in its exchange, or of the one before that. Exactly as many of each;
-- malformed calls are like no others.
with

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

calls as (

    select
        conversation_id,
        coalesce(exchange_index, -1) as exchange_index,
        coalesce(step_index, -1) as step_index,
        tool_name,
        arguments_sha256,
        count(*) as call_count,
        count(*) filter (where is_error) as error_count
    from fct_tool_calls
    group by
        conversation_id,
        coalesce(exchange_index, -1),
        coalesce(step_index, -1),
        tool_name,
        arguments_sha256

),

steps as (

    select
        conversation_id,
        exchange_index,
        step_index,
        row_number() over (
            partition by conversation_id, exchange_index order by step_index
        ) as step_number,
        count(*) as distinct_call_count,
        min(tool_name) as first_tool_name,
        max(tool_name) as last_tool_name,
        cast(sum(call_count) as bigint) as call_count,
        cast(sum(error_count) as bigint) as error_count
    from calls
    group by conversation_id, exchange_index, step_index

),

numbered as (

    select
        conversation_id,
        exchange_index,
        steps.step_number,
        calls.tool_name,
        calls.arguments_sha256,
        calls.call_count
    from calls
    inner join steps using (conversation_id, exchange_index, step_index)

),
{% for distance in [1, 2] %}
shared_{{ distance }} as (

    select
        later.conversation_id,
        later.exchange_index,
        later.step_number,
        count(*) as shared_call_count
    from numbered as later
    inner join numbered as earlier
        on
            later.conversation_id = earlier.conversation_id
            and later.exchange_index = earlier.exchange_index
            and later.step_number = earlier.step_number + {{ distance }}
            and later.tool_name = earlier.tool_name
            and later.arguments_sha256 = earlier.arguments_sha256
            and later.call_count = earlier.call_count
    group by later.conversation_id, later.exchange_index, later.step_number

),
{% endfor %}
preceded as (

    select
        conversation_id,
        exchange_index,
        step_index,
        step_number,
        first_tool_name,
        last_tool_name,
        call_count,
        error_count,
        distinct_call_count,
        lag(distinct_call_count, 1) over (
            partition by conversation_id, exchange_index order by step_index
        ) as distinct_call_count_1,
        lag(distinct_call_count, 2) over (
            partition by conversation_id, exchange_index order by step_index
        ) as distinct_call_count_2
    from steps

),

compared as (

    select
        conversation_id,
        exchange_index,
        preceded.step_index,
        step_number,
        preceded.first_tool_name,
        preceded.last_tool_name,
        preceded.call_count,
        preceded.error_count,
        coalesce(
            preceded.distinct_call_count = shared_1.shared_call_count
            and preceded.distinct_call_count = preceded.distinct_call_count_1,
            false
        ) as is_like_previous,
        coalesce(
            preceded.distinct_call_count = shared_2.shared_call_count
            and preceded.distinct_call_count = preceded.distinct_call_count_2,
            false
        ) as is_like_second_previous
    from preceded
    left join shared_1 using (conversation_id, exchange_index, step_number)
    left join shared_2 using (conversation_id, exchange_index, step_number)

)

select * from compared
