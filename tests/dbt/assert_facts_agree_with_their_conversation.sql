-- Each count of dim_conversations is the number of rows, or the sum, in the facts.
with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

turns as (

    select
        conversation_id,
        count(*) as turn_count,
        sum(call_count) as call_count,
        sum(response_count) as response_count
    from fct_turns
    group by conversation_id

),

steps as (

    select
        conversation_id,
        count(*) as step_count
    from fct_steps
    group by conversation_id

),

calls as (

    select
        conversation_id,
        count(*) as call_count,
        count(*) filter (where is_answered) as answered_call_count
    from fct_tool_calls
    group by conversation_id

),

errors as (

    select
        conversation_id,
        count(*) as error_count
    from fct_errors
    group by conversation_id

),

compared as (

    select
        conversation_id,
        dim_conversations.turn_count,
        coalesce(turns.turn_count, 0) as found_turn_count,
        dim_conversations.step_count,
        coalesce(steps.step_count, 0) as found_step_count,
        dim_conversations.call_count,
        coalesce(turns.call_count, 0) as found_call_block_count,
        coalesce(calls.call_count, 0) as found_call_count,
        dim_conversations.response_count,
        coalesce(turns.response_count, 0) as found_response_block_count,
        coalesce(calls.answered_call_count, 0) + dim_conversations.orphan_response_count
            as found_response_count,
        dim_conversations.error_count,
        coalesce(errors.error_count, 0) as found_error_count
    from dim_conversations
    left join turns using (conversation_id)
    left join steps using (conversation_id)
    left join calls using (conversation_id)
    left join errors using (conversation_id)
    where dim_conversations.duplicate_of_id is null

)

select * from compared
where
    turn_count <> found_turn_count
    or step_count <> found_step_count
    or call_count <> found_call_block_count
    or call_count <> found_call_count
    or response_count <> found_response_block_count
    or response_count <> found_response_count
    or error_count <> found_error_count
