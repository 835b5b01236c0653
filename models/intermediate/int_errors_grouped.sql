-- To which episode an error belongs. An episode opens at the first error of a tool in
-- an exchange and closes at the first later step in which that tool works; an error in
-- that very step opens the next. Its key is that of its first error.
{{ config(materialized='table') }}

with

int_tool_uses_tried as (

    select * from {{ ref('int_tool_uses_tried') }}

),

grouped as (

    select
        conversation_id,
        turn_index,
        block_index,
        first_value(turn_index) over (
            partition by conversation_id, exchange_index, tool_name, success_count
            order by turn_index, block_index
        ) as episode_turn_index,
        first_value(block_index) over (
            partition by conversation_id, exchange_index, tool_name, success_count
            order by turn_index, block_index
        ) as episode_block_index,
        step_index,
        exchange_index,
        next_success_step_index as closing_step_index,
        last_use_step_index,
        tool_name,
        tool_kind,
        side,
        class
    from int_tool_uses_tried
    where is_error

)

select * from grouped
