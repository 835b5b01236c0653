-- The class of each error, the rule that gave it and the text that shows it. What the
-- call, the pairing and the response's own fields say comes before what is read from
-- text.
{{ config(materialized='table') }}

with

int_tool_uses_flagged as (

    select * from {{ ref('int_tool_uses_flagged') }}

),

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

int_tool_responses_classified as (

    select * from {{ ref('int_tool_responses_classified') }}

),

-- cut before they are joined, so that no join moves whole arguments
call_starts as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(schema_status = 'unknown_tool', false) as is_unknown_tool,
        case
            when schema_status = 'unknown_tool' then tool_name
            else coalesce(substring(arguments, 1, 300), tool_name)
        end as call_start
    from stg_tool_calls

),

call_texts as (

    select
        conversation_id,
        turn_index,
        block_index,
        case
            when call_starts.is_unknown_tool then call_starts.call_start
            else coalesce(int_blocks_measured.excerpt, call_starts.call_start)
        end as call_text
    from call_starts
    inner join int_blocks_measured using (conversation_id, turn_index, block_index)

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        stg_tool_responses.status,
        stg_tool_responses.exit_code,
        int_tool_responses_classified.text_rule,
        int_tool_responses_classified.text_class,
        int_tool_responses_classified.evidence as response_text
    from stg_tool_responses
    inner join int_tool_responses_classified
        using (conversation_id, turn_index, block_index)

),

ruled as (

    select
        conversation_id,
        turn_index,
        block_index,
        case
            when int_tool_uses_flagged.is_malformed then 'malformed_call'
            when int_tool_uses_flagged.is_unknown_tool then 'unknown_tool'
            when not int_tool_uses_paired.is_answered then 'unanswered'
            when responses.status = 'timeout' then 'reported_timeout'
            when
                responses.status in ('blocked', 'disabled', 'pending_approval')
                then 'reported_block'
            when responses.status = 'interrupted' then 'reported_interrupt'
            when responses.text_rule is not null then responses.text_rule
            when responses.exit_code = 124 then 'exit_code_124'
            when responses.exit_code = 126 then 'exit_code_126'
            when responses.exit_code = 127 then 'exit_code_127'
            when responses.exit_code <> 0 then 'exit_code'
            else 'reported_failure'
        end as rule,
        responses.text_class,
        call_texts.call_text,
        responses.response_text
    from int_tool_uses_flagged
    inner join int_tool_uses_paired using (conversation_id, turn_index, block_index)
    left join call_texts using (conversation_id, turn_index, block_index)
    left join responses
        using (conversation_id, response_turn_index, response_block_index)
    where int_tool_uses_flagged.is_error

),

classed as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule,
        case rule
            when 'reported_timeout' then 'timeout'
            when 'reported_block' then 'blocked'
            when 'reported_interrupt' then 'cancelled'
            when 'reported_failure' then 'tool_crash'
            when 'exit_code' then 'nonzero_exit'
            when 'exit_code_124' then 'timeout'
            when 'exit_code_126' then 'permission'
            when 'exit_code_127' then 'command_not_found'
            -- the rules about the call have the name of their class
            when 'malformed_call' then rule
            when 'unknown_tool' then rule
            when 'unanswered' then rule
            else text_class
        end as class,
        call_text,
        response_text,
        rule in ('malformed_call', 'unknown_tool', 'unanswered') as is_of_call
    from ruled

),

sided as (

    select
        conversation_id,
        turn_index,
        block_index,
        case
            when
                class in (
                    'element_not_found', 'invalid_arguments', 'malformed_call',
                    'not_found', 'patch_mismatch', 'policy', 'syntax_error',
                    'unknown_tool'
                )
                then 'agent'
            when class in ('blocked', 'tool_crash', 'tool_unavailable') then 'tool'
            when
                class in ('compile_error', 'exception', 'nonzero_exit', 'test_failure')
                then 'task'
            when class in ('cancelled', 'skipped', 'unanswered') then 'harness'
            else 'environment'
        end as side,
        class,
        rule,
        substring(case when is_of_call then call_text else response_text end, 1, 300)
            as evidence,
        case when is_of_call then 'call' else 'response' end as evidence_from
    from classed

)

select * from sided
