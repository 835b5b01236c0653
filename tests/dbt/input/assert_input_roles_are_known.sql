-- Turns whose role ingest does not know; they count as turns and stand in no step.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'turns whose role is none of system, user, assistant, tool'}
) }}

with

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

found as (

    select
        conversation_id,
        turn_index,
        role,
        source_role
    from stg_turns
    where role not in ('system', 'user', 'assistant', 'tool')

)

select * from found
