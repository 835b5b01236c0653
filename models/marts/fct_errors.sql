with

int_errors_classified as (

    select * from {{ ref('int_errors_classified') }}

),

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

errors as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_tool_uses_paired.response_turn_index,
        int_tool_uses_paired.response_block_index,
        int_tool_uses_paired.step_index,
        int_tool_uses_paired.exchange_index,
        int_conversations_deduplicated.prompt_group_id,
        int_conversations_deduplicated.source,
        int_conversations_deduplicated.category,
        int_tool_uses_paired.tool_name,
        int_tool_uses_paired.tool_kind,
        int_errors_classified.side,
        int_errors_classified.class,
        int_errors_classified.rule,
        int_errors_classified.evidence,
        int_errors_classified.evidence_from,
        int_errors_classified.evidence_position
    from int_errors_classified
    inner join int_tool_uses_paired using (conversation_id, turn_index, block_index)
    inner join int_conversations_deduplicated using (conversation_id)
    where int_conversations_deduplicated.is_original

)

select * from errors
