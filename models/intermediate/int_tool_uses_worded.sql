-- What is known of a tool use beside its texts, as words for the error rules. Texts are
-- cut before they are joined, so that no join moves whole arguments or responses.
{{ config(materialized='table') }}

with

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

stg_turns as (

    select * from {{ ref('stg_turns') }}

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

calls as (

    select
        conversation_id,
        turn_index,
        block_index,
        parse_status,
        schema_status,
        case
            when schema_status = 'unknown_tool' then tool_name
            else coalesce(substring(arguments, 1, 300), tool_name)
        end as call_start
    from stg_tool_calls

),

responses as (

    select
        int_tool_responses_read.conversation_id,
        int_tool_responses_read.turn_index as response_turn_index,
        int_tool_responses_read.block_index as response_block_index,
        int_tool_responses_read.exit_text,
        int_tool_responses_read.has_exit_code_meaning,
        int_tool_responses_read.is_native_error,
        int_tool_responses_read.first_line,
        trim(
            int_tool_responses_read.status_words
            || case
                when int_blocks_measured.is_closed then ''
                else ' unclosed'
            end
        ) as status_words
    from int_tool_responses_read
    left join int_blocks_measured using (conversation_id, turn_index, block_index)

),

worded as (

    select
        conversation_id,
        turn_index,
        block_index,
        trim(
            case when calls.parse_status = 'malformed' then 'malformed' else '' end
            || case
                when calls.schema_status = 'unknown_tool' then ' unknown_tool'
                when calls.schema_status = 'invalid' then ' schema_invalid'
                else ''
            end
            || case
                when int_tool_uses_paired.is_answered then ''
                else ' unanswered stop_' || coalesce(stg_turns.stop_reason, 'unknown')
            end
        ) as call_words,
        coalesce(responses.status_words, '') as status_words,
        case when responses.is_native_error then 'native_error' else '' end
            as flag_words,
        coalesce(
            responses.exit_text || case
                when responses.has_exit_code_meaning then ' meaning'
                else ' ' || coalesce(int_tool_calls_read.last_program, '')
            end,
            ''
        ) as exit_code_words,
        coalesce(int_tool_calls_read.last_command, '') as command_words,
        case
            when calls.schema_status = 'unknown_tool' then calls.call_start
            else coalesce(int_blocks_measured.excerpt, calls.call_start)
        end as call_text,
        responses.first_line as response_text
    from int_tool_uses_paired
    inner join stg_turns using (conversation_id, turn_index)
    left join calls using (conversation_id, turn_index, block_index)
    left join int_tool_calls_read using (conversation_id, turn_index, block_index)
    left join int_blocks_measured using (conversation_id, turn_index, block_index)
    left join responses
        using (conversation_id, response_turn_index, response_block_index)

)

select * from worded
