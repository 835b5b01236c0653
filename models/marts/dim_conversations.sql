with

stg_conversations as (

    select * from {{ ref('stg_conversations') }}

),

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

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

int_tool_uses_flagged as (

    select * from {{ ref('int_tool_uses_flagged') }}

),

int_conversations_ended as (

    select * from {{ ref('int_conversations_ended') }}

),

turn_totals as (

    select
        conversation_id,
        count(*) filter (where stg_turns.role = 'user') as user_turn_count,
        count(*) filter (where stg_turns.role = 'assistant') as assistant_turn_count,
        count(*) filter (where stg_turns.role = 'tool') as tool_turn_count,
        count(distinct int_turns_placed.step_index) as step_count,
        count(distinct int_turns_placed.exchange_index) as exchange_count,
        sum(int_turns_measured.call_count) as call_count,
        sum(int_turns_measured.response_count) as response_count,
        sum(int_turns_measured.thought_count) as thought_count,
        sum(int_turns_measured.think_chars) as think_chars,
        sum(int_turns_measured.think_words) as think_words,
        sum(int_turns_measured.answer_chars) as answer_chars,
        sum(int_turns_measured.answer_words) as answer_words,
        bool_and(stg_turns.is_lossless) as is_lossless
    from stg_turns
    inner join int_turns_placed using (conversation_id, turn_index)
    inner join int_turns_measured using (conversation_id, turn_index)
    group by conversation_id

),

tool_totals as (

    select
        conversation_id,
        count(
            distinct case
                when not int_tool_uses_paired.is_orphan
                    then int_tool_uses_paired.tool_name
            end
        ) as distinct_tool_count,
        count(*) filter (where int_tool_uses_flagged.is_error) as error_count,
        count(*) filter (where int_tool_uses_flagged.is_malformed)
            as malformed_call_count,
        count(*) filter (where int_tool_uses_flagged.is_unknown_tool)
            as unknown_tool_call_count,
        count(*) filter (where not int_tool_uses_paired.is_answered)
            as unanswered_call_count,
        count(*) filter (where int_tool_uses_paired.is_orphan) as orphan_response_count
    from int_tool_uses_paired
    inner join int_tool_uses_flagged using (conversation_id, turn_index, block_index)
    group by conversation_id

),

conversations as (

    select
        conversation_id,
        int_conversations_deduplicated.duplicate_of_id,
        stg_conversations.prompt_group_id,
        stg_conversations.toolset_id,
        stg_conversations.file_id,
        stg_conversations.record_index,
        stg_conversations.trial_index,
        stg_conversations.dataset,
        stg_conversations.source,
        stg_conversations.source_id,
        stg_conversations.model,
        stg_conversations.model_from,
        stg_conversations.category,
        stg_conversations.subcategory,
        stg_conversations.task,
        stg_conversations.task_id,
        int_conversations_ended.end_kind,
        stg_conversations.outcome_name,
        stg_conversations.turn_count,
        coalesce(turn_totals.user_turn_count, 0) as user_turn_count,
        coalesce(turn_totals.assistant_turn_count, 0) as assistant_turn_count,
        coalesce(turn_totals.tool_turn_count, 0) as tool_turn_count,
        coalesce(turn_totals.step_count, 0) as step_count,
        coalesce(turn_totals.exchange_count, 0) as exchange_count,
        cast(coalesce(turn_totals.call_count, 0) as bigint) as call_count,
        cast(coalesce(turn_totals.response_count, 0) as bigint) as response_count,
        coalesce(tool_totals.distinct_tool_count, 0) as distinct_tool_count,
        cast(coalesce(turn_totals.thought_count, 0) as bigint) as thought_count,
        cast(coalesce(turn_totals.think_chars, 0) as bigint) as think_chars,
        cast(coalesce(turn_totals.think_words, 0) as bigint) as think_words,
        cast(coalesce(turn_totals.answer_chars, 0) as bigint) as answer_chars,
        cast(coalesce(turn_totals.answer_words, 0) as bigint) as answer_words,
        coalesce(tool_totals.error_count, 0) as error_count,
        coalesce(tool_totals.malformed_call_count, 0) as malformed_call_count,
        coalesce(tool_totals.unknown_tool_call_count, 0) as unknown_tool_call_count,
        coalesce(tool_totals.unanswered_call_count, 0) as unanswered_call_count,
        coalesce(tool_totals.orphan_response_count, 0) as orphan_response_count,
        stg_conversations.outcome_score,
        stg_conversations.is_completed,
        coalesce(turn_totals.is_lossless, true) as is_lossless,
        stg_conversations.started_at
    from stg_conversations
    inner join int_conversations_deduplicated using (conversation_id)
    inner join int_conversations_ended using (conversation_id)
    left join turn_totals using (conversation_id)
    left join tool_totals using (conversation_id)

)

select * from conversations
