-- Calls whose JSON cannot be read; they count as errors of the agent.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'calls whose JSON cannot be read'}
) }}

with

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

found as (

    select
        conversation_id,
        turn_index,
        block_index,
        issue
    from stg_tool_calls
    where parse_status = 'malformed'

)

select * from found
