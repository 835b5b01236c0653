-- What counts as an error, by five definitions side by side.
-- Ours is what the error rules say (seeds/error_rules.csv).
{{ config(materialized='table') }}

with

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

int_errors_classified as (

    select * from {{ ref('int_errors_classified') }}

),

int_error_rule_hits as (

    select * from {{ ref('int_error_rule_hits') }}

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
        int_tool_responses_read.is_success_without_error,
        int_tool_responses_read.is_written_without_error,
        int_tool_responses_read.is_failed_by_fields,
        int_tool_responses_read.is_failed_by_text,
        int_tool_responses_read.is_error_hermes_a,
        int_blocks_measured.is_error_keyword
    from int_tool_responses_read
    inner join int_blocks_measured using (conversation_id, turn_index, block_index)

),

benign_exits as (

    select distinct
        conversation_id,
        turn_index,
        block_index
    from int_error_rule_hits
    where place = 'exit_code' and verdict = 'error' and is_void

),

flagged as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(stg_tool_calls.parse_status = 'malformed', false) as is_malformed,
        coalesce(stg_tool_calls.schema_status = 'unknown_tool', false)
            as is_unknown_tool,
        coalesce(stg_tool_calls.schema_status = 'invalid', false)
            as is_invalid_arguments,
        int_errors_classified.rule is not null as is_error,
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
        benign_exits.turn_index is not null and int_errors_classified.rule is null
            as is_benign_exit
    from int_tool_uses_paired
    left join stg_tool_calls using (conversation_id, turn_index, block_index)
    left join int_errors_classified using (conversation_id, turn_index, block_index)
    left join benign_exits using (conversation_id, turn_index, block_index)
    left join responses
        using (conversation_id, response_turn_index, response_block_index)

)

select * from flagged
