-- Where a turn stands. A step is one assistant turn and the tool turns up to the next
-- turn that is none; an exchange runs from one or more adjacent user turns to the next.
{{ config(materialized='table') }}

with

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

preceded as (

    select
        conversation_id,
        turn_index,
        role,
        lag(role) over (
            partition by conversation_id order by turn_index
        ) as previous_role
    from stg_turns

),

counted as (

    select
        conversation_id,
        turn_index,
        role,
        previous_role,
        sum(case when role = 'assistant' then 1 else 0 end) over turns_so_far
            as assistant_turn_count,
        sum(case when role <> 'tool' then 1 else 0 end) over turns_so_far
            as other_turn_count,
        sum(
            case
                when role = 'user' and previous_role is distinct from 'user' then 1
                else 0
            end
        ) over turns_so_far as exchange_count
    from preceded
    window turns_so_far as (partition by conversation_id order by turn_index)

),

-- tool turns share `other_turn_count` with the turn that they follow
led as (

    select
        conversation_id,
        turn_index,
        role,
        previous_role,
        assistant_turn_count,
        exchange_count,
        first_value(role) over (
            partition by conversation_id, other_turn_count order by turn_index
        ) as leading_role
    from counted

),

placed as (

    select
        conversation_id,
        turn_index,
        cast(
            case when leading_role = 'assistant' then assistant_turn_count - 1 end
            as bigint
        ) as step_index,
        cast(nullif(exchange_count, 0) - 1 as bigint) as exchange_index,
        role,
        coalesce(previous_role = 'tool', false) as is_after_results
    from led

)

select * from placed
