-- The evidence is the tool's name, or the beginning of the arguments or of the call's
-- text as it was written (of a malformed call always this), never a code of ours.
with

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

calls as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_blocks_measured.excerpt,
        stg_tool_calls.arguments,
        stg_tool_calls.tool_name
    from stg_tool_calls
    inner join int_blocks_measured using (conversation_id, turn_index, block_index)

),

missing as (

    select
        conversation_id,
        turn_index,
        block_index,
        fct_errors.rule,
        fct_errors.evidence
    from fct_errors
    left join calls using (conversation_id, turn_index, block_index)
    where
        fct_errors.evidence_from = 'call'
        and not coalesce(fct_errors.evidence = calls.excerpt, false)
        and (
            fct_errors.rule = 'malformed_call'
            or not coalesce(
                fct_errors.evidence = calls.tool_name
                or fct_errors.evidence = substring(calls.arguments, 1, 300),
                false
            )
        )

)

select * from missing
