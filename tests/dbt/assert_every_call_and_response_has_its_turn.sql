with

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

positions as (

    select
        conversation_id,
        turn_index,
        block_index
    from fct_tool_calls
    union all
    select
        conversation_id,
        response_turn_index as turn_index,
        response_block_index as block_index
    from fct_tool_calls
    where is_answered

),

turns as (

    select
        conversation_id,
        turn_index,
        role
    from fct_turns

),

lost as (

    select
        conversation_id,
        turn_index,
        positions.block_index
    from positions
    left join turns using (conversation_id, turn_index)
    where turns.role is null

)

select * from lost
