-- A step has at least as many responses as answered calls, and answers paired by
-- position stand in a tool turn of the call's step: ingest and models mean the same by
-- a step.
with

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

response_turns as (

    select
        conversation_id,
        turn_index as response_turn_index,
        step_index as found_step_index
    from fct_turns

),

answers as (

    select
        conversation_id,
        fct_tool_calls.step_index,
        count(*) as answered_call_count,
        count(*) filter (
            where
            fct_tool_calls.paired_by = 'ordinal'
            and fct_tool_calls.step_index
            is distinct from response_turns.found_step_index
        ) as strayed_answer_count
    from fct_tool_calls
    left join response_turns using (conversation_id, response_turn_index)
    where fct_tool_calls.is_answered
    group by conversation_id, fct_tool_calls.step_index

),

compared as (

    select
        conversation_id,
        step_index,
        fct_steps.response_count,
        answers.answered_call_count,
        answers.strayed_answer_count
    from answers
    left join fct_steps using (conversation_id, step_index)

)

select * from compared
where
    strayed_answer_count > 0
    or answered_call_count > coalesce(response_count, 0)
