-- Tool uses as tries: which went wrong, and when the same tool next worked. Steps are
-- the clock, for calls of one step were all sent before the first of them failed.
-- Copies are left out. Uses before the first step, or user turn, have -1 there.
{{ config(materialized='table') }}

with

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

int_errors_classified as (

    select * from {{ ref('int_errors_classified') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

-- what names no tool cannot be told to work again
tries as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(int_tool_uses_paired.step_index, -1) as step_index,
        coalesce(int_tool_uses_paired.exchange_index, -1) as exchange_index,
        int_tool_uses_paired.tool_name,
        int_tool_uses_paired.tool_kind,
        int_errors_classified.side,
        int_errors_classified.class,
        int_errors_classified.class is not null as is_error,
        int_errors_classified.class is null
        and int_tool_uses_paired.tool_name is not null as is_success
    from int_tool_uses_paired
    inner join int_conversations_deduplicated using (conversation_id)
    left join int_errors_classified using (conversation_id, turn_index, block_index)
    where int_conversations_deduplicated.is_original

),

followed as (

    select
        conversation_id,
        turn_index,
        block_index,
        step_index,
        exchange_index,
        tool_name,
        tool_kind,
        side,
        class,
        -- successes up to and with this step: equal for all errors of one episode
        cast(
            sum(case when is_success then 1 else 0 end) over (
                partition by conversation_id, exchange_index, tool_name
                order by step_index
            ) as bigint
        ) as success_count,
        min(case when is_success then step_index end) over (
            partition by conversation_id, exchange_index, tool_name
            order by step_index
            range between 1 following and unbounded following
        ) as next_success_step_index,
        max(step_index) over (
            partition by conversation_id, exchange_index
        ) as last_use_step_index,
        is_error,
        is_success,
        max(case when is_error then 1 else 0 end) over (
            partition by conversation_id, exchange_index, tool_name
        ) = 1 as is_of_failing_tool
    from tries

)

select * from followed
