with

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

int_turns_placed as (

    select * from {{ ref('int_turns_placed') }}

),

int_turns_measured as (

    select * from {{ ref('int_turns_measured') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

turns as (

    select
        conversation_id,
        turn_index,
        int_conversations_deduplicated.prompt_group_id,
        int_turns_placed.step_index,
        int_turns_placed.exchange_index,
        stg_turns.role,
        int_conversations_deduplicated.source,
        int_conversations_deduplicated.category,
        stg_turns.stop_reason,
        int_turns_measured.thought_count,
        int_turns_measured.call_count,
        int_turns_measured.response_count,
        int_turns_measured.wrapped_block_count,
        int_turns_measured.unclosed_block_count,
        int_turns_measured.repaired_block_count,
        stg_turns.body_chars,
        int_turns_measured.think_chars,
        int_turns_measured.think_words,
        int_turns_measured.answer_chars,
        int_turns_measured.answer_words,
        int_turns_measured.call_chars,
        int_turns_measured.response_chars,
        int_turns_measured.thought_count > 0 as has_thought,
        int_turns_measured.call_count > 0 as has_calls,
        int_turns_measured.answer_chars > 0 as has_answer,
        int_turns_placed.is_after_results,
        stg_turns.is_lossless,
        stg_turns.created_at
    from stg_turns
    inner join int_turns_placed using (conversation_id, turn_index)
    inner join int_turns_measured using (conversation_id, turn_index)
    inner join int_conversations_deduplicated using (conversation_id)
    where int_conversations_deduplicated.is_original

)

select * from turns
