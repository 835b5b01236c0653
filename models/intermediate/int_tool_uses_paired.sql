-- A tool use is a call with its response, if there is one, or a response without a call
-- (an orphan). Its key is the call's, else the response's.
{{ config(materialized='table') }}

with

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

int_turns_placed as (

    select * from {{ ref('int_turns_placed') }}

),

tool_kinds as (

    select * from {{ ref('tool_kinds') }}

),

calls as (

    select
        conversation_id,
        turn_index as call_turn_index,
        block_index as call_block_index,
        tool_name
    from stg_tool_calls

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        call_turn_index,
        call_block_index,
        tool_name,
        paired_by
    from stg_tool_responses

),

paired as (

    select
        conversation_id,
        coalesce(call_turn_index, responses.response_turn_index) as turn_index,
        coalesce(call_block_index, responses.response_block_index) as block_index,
        responses.response_turn_index,
        responses.response_block_index,
        coalesce(calls.tool_name, responses.tool_name) as tool_name,
        coalesce(responses.paired_by, 'none') as paired_by,
        responses.response_turn_index is not null as is_answered,
        call_turn_index is null as is_orphan
    from calls
    full outer join responses
        using (conversation_id, call_turn_index, call_block_index)

),

placed as (

    select
        conversation_id,
        turn_index,
        paired.block_index,
        paired.response_turn_index,
        paired.response_block_index,
        int_turns_placed.step_index,
        int_turns_placed.exchange_index,
        tool_name,
        coalesce(tool_kinds.tool_kind, 'other') as tool_kind,
        paired.paired_by,
        paired.is_answered,
        paired.is_orphan
    from paired
    inner join int_turns_placed using (conversation_id, turn_index)
    left join tool_kinds using (tool_name)

)

select * from placed
