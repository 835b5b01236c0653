-- Where a turn stands. A step is one assistant turn and all tool turns up to the next
-- assistant turn, whatever stands between, as ingest pairs calls with responses: a user
-- who cuts in does not part them. An exchange runs from one or more adjacent user turns
-- to the next, so such a late tool turn is in its step, but in the next exchange.
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
        sum(
            case
                when role = 'user' and previous_role is distinct from 'user' then 1
                else 0
            end
        ) over turns_so_far as exchange_count
    from preceded
    window turns_so_far as (partition by conversation_id order by turn_index)

),

placed as (

    select
        conversation_id,
        turn_index,
        cast(
            case
                when role in ('assistant', 'tool')
                    then nullif(assistant_turn_count, 0) - 1
            end as bigint
        ) as step_index,
        cast(nullif(exchange_count, 0) - 1 as bigint) as exchange_index,
        role,
        coalesce(previous_role = 'tool', false) as is_after_results
    from counted

)

select * from placed
