with

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

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

thoughts as (

    select
        conversation_id,
        turn_index,
        int_blocks_measured.block_index,
        int_turns_placed.step_index,
        int_turns_placed.exchange_index,
        int_conversations_deduplicated.prompt_group_id,
        int_conversations_deduplicated.source,
        int_conversations_deduplicated.category,
        coalesce(int_blocks_measured.visibility, 'raw') as visibility,
        int_blocks_measured.body_chars as think_chars,
        int_blocks_measured.word_count as think_words,
        int_turns_measured.call_count > 0 as has_calls,
        int_turns_placed.is_after_results,
        int_blocks_measured.has_plan,
        int_blocks_measured.has_self_correction,
        int_blocks_measured.has_verification,
        int_blocks_measured.has_alternatives,
        int_blocks_measured.has_failure
    from int_blocks_measured
    inner join int_turns_placed using (conversation_id, turn_index)
    inner join int_turns_measured using (conversation_id, turn_index)
    inner join int_conversations_deduplicated using (conversation_id)
    where
        int_blocks_measured.kind = 'think'
        and not int_blocks_measured.is_blank
        and coalesce(int_blocks_measured.visibility, 'raw') in ('raw', 'summary')
        and int_conversations_deduplicated.is_original

)

select * from thoughts
