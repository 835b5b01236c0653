-- Episodes that close because their tool works again: the call that shows it, one on a
-- target that failed before any other of its step. Where a target is not known, as of a
-- malformed call, it is not the same.
with

int_errors_grouped as (

    select * from {{ ref('int_errors_grouped') }}

),

int_tool_uses_tried as (

    select * from {{ ref('int_tool_uses_tried') }}

),

int_tool_calls_targeted as (

    select * from {{ ref('int_tool_calls_targeted') }}

),

episodes as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        exchange_index,
        tool_name,
        closing_step_index as step_index
    from int_errors_grouped
    where
        closing_step_index is not null
        and turn_index = episode_turn_index
        and block_index = episode_block_index

),

failed_targets as (

    select distinct
        conversation_id,
        int_errors_grouped.episode_turn_index,
        int_errors_grouped.episode_block_index,
        int_tool_calls_targeted.call_target
    from int_errors_grouped
    inner join int_tool_calls_targeted using (conversation_id, turn_index, block_index)
    where int_errors_grouped.closing_step_index is not null

),

successes as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_tool_uses_tried.exchange_index,
        int_tool_uses_tried.step_index,
        int_tool_uses_tried.tool_name,
        int_tool_calls_targeted.call_target
    from int_tool_uses_tried
    left join int_tool_calls_targeted using (conversation_id, turn_index, block_index)
    where int_tool_uses_tried.is_success and int_tool_uses_tried.is_of_failing_tool

),

compared as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        successes.turn_index,
        successes.block_index,
        case when failed_targets.call_target is null then 1 else 0 end
            as other_target_order
    from episodes
    inner join successes using (conversation_id, exchange_index, step_index, tool_name)
    left join failed_targets
        using (conversation_id, episode_turn_index, episode_block_index, call_target)

),

ranked as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        turn_index,
        block_index,
        other_target_order,
        row_number() over (
            partition by conversation_id, episode_turn_index, episode_block_index
            order by other_target_order, turn_index, block_index
        ) as success_number
    from compared

),

resolved as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        turn_index as closing_turn_index,
        block_index as closing_block_index,
        other_target_order = 0 as is_same_target
    from ranked
    where success_number = 1

)

select * from resolved
