-- How a conversation ends: by the last assistant turn of its last exchange and why the
-- model stopped there, whatever else comes after it.
with

stg_conversations as (

    select * from {{ ref('stg_conversations') }}

),

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

int_turns_placed as (

    select * from {{ ref('int_turns_placed') }}

),

int_turns_measured as (

    select * from {{ ref('int_turns_measured') }}

),

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

-- turns before the first user turn form an exchange of their own here
turns as (

    select
        conversation_id,
        turn_index,
        coalesce(int_turns_placed.exchange_index, -1) as exchange_index,
        stg_turns.role,
        lower(stg_turns.stop_reason) as stop_reason,
        int_turns_measured.call_count,
        int_turns_measured.answer_chars,
        int_turns_measured.is_question
    from stg_turns
    inner join int_turns_placed using (conversation_id, turn_index)
    inner join int_turns_measured using (conversation_id, turn_index)

),

last_turns as (

    select
        conversation_id,
        max(exchange_index) as exchange_index,
        max(turn_index) filter (where role = 'assistant') as turn_index
    from turns
    group by conversation_id

),

replies as (

    select
        conversation_id,
        turn_index,
        turns.stop_reason,
        turns.call_count,
        turns.answer_chars,
        turns.is_question
    from turns
    inner join last_turns using (conversation_id, turn_index, exchange_index)

),

unanswered as (

    select
        conversation_id,
        turn_index,
        count(*) as unanswered_call_count
    from int_tool_uses_paired
    where not is_answered
    group by conversation_id, turn_index

),

ended as (

    select
        conversation_id,
        case
            when replies.conversation_id is null then 'no_reply'
            when
                replies.stop_reason in (
                    'length', 'max_output_tokens', 'max_tokens', 'model_length'
                )
                then 'length_limit'
            when unanswered.unanswered_call_count > 0 then 'unanswered_call'
            when replies.call_count > 0 then 'after_results'
            when replies.is_question then 'asks_user'
            when replies.answer_chars > 0 then 'final_answer'
            else 'empty'
        end as end_kind
    from stg_conversations
    left join replies using (conversation_id)
    left join unanswered using (conversation_id, turn_index)

)

select * from ended
