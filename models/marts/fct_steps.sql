-- Calls, responses and errors of a step are those of its assistant turn's calls: where
-- ids pair a response with a call of an earlier step, it counts there.
with

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

assistant_turns as (

    select
        conversation_id,
        step_index,
        turn_index,
        exchange_index,
        prompt_group_id,
        source,
        category,
        call_count,
        think_chars,
        think_words,
        answer_chars,
        answer_words,
        has_thought,
        has_calls,
        has_answer,
        is_after_results,
        count(*) over (partition by conversation_id) as step_count,
        min(step_index) over (
            partition by conversation_id, exchange_index
        ) as opening_step_index
    from fct_turns
    where role = 'assistant'

),

responses as (

    select
        conversation_id,
        step_index,
        count(*) as response_count
    from int_tool_uses_paired
    where is_answered
    group by conversation_id, step_index

),

calls as (

    select
        conversation_id,
        step_index,
        count(distinct tool_name) as distinct_tool_count,
        case
            when min(tool_kind) = max(tool_kind) then min(tool_kind)
            else 'mixed'
        end as tool_kind
    from fct_tool_calls
    group by conversation_id, step_index

),

errors as (

    select
        conversation_id,
        step_index,
        count(*) as error_count
    from fct_errors
    group by conversation_id, step_index

),

steps as (

    select
        conversation_id,
        step_index,
        assistant_turns.turn_index,
        assistant_turns.exchange_index,
        assistant_turns.prompt_group_id,
        assistant_turns.source,
        assistant_turns.category,
        coalesce(
            calls.tool_kind,
            case when assistant_turns.has_answer then 'answer' else 'empty' end
        ) as kind,
        coalesce(
            cast(step_index as double) / nullif(assistant_turns.step_count - 1, 0), 0
        ) as position_share,
        assistant_turns.call_count,
        coalesce(responses.response_count, 0) as response_count,
        coalesce(calls.distinct_tool_count, 0) as distinct_tool_count,
        coalesce(errors.error_count, 0) as error_count,
        assistant_turns.think_chars,
        assistant_turns.think_words,
        assistant_turns.answer_chars,
        assistant_turns.answer_words,
        assistant_turns.has_thought,
        assistant_turns.has_calls,
        assistant_turns.has_answer,
        step_index = assistant_turns.opening_step_index as is_opening,
        assistant_turns.is_after_results,
        assistant_turns.call_count > 1 as is_parallel
    from assistant_turns
    left join responses using (conversation_id, step_index)
    left join calls using (conversation_id, step_index)
    left join errors using (conversation_id, step_index)

)

select * from steps
