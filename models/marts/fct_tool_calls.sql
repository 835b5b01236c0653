with

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

int_tool_uses_flagged as (

    select * from {{ ref('int_tool_uses_flagged') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        content_kind,
        status,
        error_text,
        exit_code,
        content_chars
    from stg_tool_responses

),

calls as (

    select
        conversation_id,
        turn_index,
        block_index,
        response_turn_index,
        response_block_index,
        int_tool_uses_paired.step_index,
        int_tool_uses_paired.exchange_index,
        stg_tool_calls.call_index,
        int_conversations_deduplicated.prompt_group_id,
        int_conversations_deduplicated.source,
        int_conversations_deduplicated.category,
        int_tool_uses_paired.tool_name,
        int_tool_uses_paired.tool_kind,
        stg_tool_calls.arguments_kind,
        stg_tool_calls.arguments_sha256,
        stg_tool_calls.parse_status,
        stg_tool_calls.issue,
        stg_tool_calls.schema_status,
        stg_tool_calls.schema_issues,
        int_tool_uses_paired.paired_by,
        responses.content_kind,
        responses.status,
        responses.error_text,
        responses.exit_code,
        responses.content_chars,
        int_tool_uses_paired.is_answered,
        int_tool_uses_flagged.is_malformed,
        int_tool_uses_flagged.is_unknown_tool,
        int_tool_uses_flagged.is_invalid_arguments,
        stg_tool_calls.arguments_sha256 is not null
        and row_number() over (
            partition by
                conversation_id,
                stg_tool_calls.tool_name,
                stg_tool_calls.arguments_sha256
            order by turn_index, block_index
        ) > 1 as is_repeat,
        int_tool_uses_flagged.is_error,
        int_tool_uses_flagged.is_error_keyword,
        int_tool_uses_flagged.is_error_hermes_a,
        int_tool_uses_flagged.is_error_hermes_b,
        int_tool_uses_flagged.is_error_exit_code,
        int_tool_uses_flagged.is_benign_exit
    from int_tool_uses_paired
    inner join stg_tool_calls using (conversation_id, turn_index, block_index)
    inner join int_tool_uses_flagged using (conversation_id, turn_index, block_index)
    inner join int_conversations_deduplicated using (conversation_id)
    left join responses
        using (conversation_id, response_turn_index, response_block_index)
    where int_conversations_deduplicated.is_original

)

select * from calls
