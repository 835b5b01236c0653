-- What counts as an error, by five definitions side by side.
-- Ours: a malformed call, an unknown tool, no response, a response that reports or
-- tells of a failure, or a non-zero exit code, but not exit code 1 of a program that
-- says "no" with it.
{{ config(materialized='table') }}

with

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

int_tool_calls_read as (

    select * from {{ ref('int_tool_calls_read') }}

),

int_tool_responses_read as (

    select * from {{ ref('int_tool_responses_read') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        int_tool_responses_read.content_kind,
        int_tool_responses_read.exit_code,
        int_tool_responses_read.has_exit_code_meaning,
        int_tool_responses_read.is_success_without_error,
        int_tool_responses_read.is_written_without_error,
        int_tool_responses_read.is_failed_by_fields,
        int_tool_responses_read.is_failed_by_text,
        int_tool_responses_read.is_reported or int_tool_responses_read.is_told
            as is_failing,
        int_tool_responses_read.is_error_hermes_a,
        int_blocks_measured.is_error_keyword
    from int_tool_responses_read
    inner join int_blocks_measured using (conversation_id, turn_index, block_index)

),

flagged as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_tool_uses_paired.is_answered,
        coalesce(stg_tool_calls.parse_status = 'malformed', false) as is_malformed,
        coalesce(stg_tool_calls.schema_status = 'unknown_tool', false)
            as is_unknown_tool,
        coalesce(stg_tool_calls.schema_status = 'invalid', false)
            as is_invalid_arguments,
        coalesce(responses.is_failing, false) as is_failing,
        coalesce(responses.is_error_keyword, false) as is_error_keyword,
        coalesce(responses.is_error_hermes_a, false) as is_error_hermes_a,
        coalesce(
            case
                when
                    int_tool_uses_paired.tool_name = 'write_file'
                    and responses.is_written_without_error
                    then false
                when
                    int_tool_uses_paired.tool_name = 'patch'
                    and responses.is_success_without_error
                    then false
                when
                    int_tool_uses_paired.tool_name = 'terminal'
                    and responses.content_kind = 'object'
                    then responses.exit_code <> 0
                else responses.is_failed_by_fields or responses.is_failed_by_text
            end,
            false
        ) as is_error_hermes_b,
        coalesce(responses.exit_code <> 0, false) as is_error_exit_code,
        coalesce(
            responses.exit_code = 1
            and (
                int_tool_calls_read.is_negative_exit_1
                or responses.has_exit_code_meaning
            ),
            false
        ) as is_benign_exit
    from int_tool_uses_paired
    left join stg_tool_calls using (conversation_id, turn_index, block_index)
    left join int_tool_calls_read using (conversation_id, turn_index, block_index)
    left join responses
        using (conversation_id, response_turn_index, response_block_index)

),

judged as (

    select
        conversation_id,
        turn_index,
        block_index,
        is_malformed,
        is_unknown_tool,
        is_invalid_arguments,
        is_malformed
        or is_unknown_tool
        or not is_answered
        or is_failing
        or (is_error_exit_code and not is_benign_exit) as is_error,
        is_error_keyword,
        is_error_hermes_a,
        is_error_hermes_b,
        is_error_exit_code,
        is_benign_exit
    from flagged

)

select * from judged
