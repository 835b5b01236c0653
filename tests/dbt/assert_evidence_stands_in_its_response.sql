with

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        error_text,
        body_head,
        body_tail
    from stg_tool_responses

),

missing as (

    select
        conversation_id,
        fct_errors.turn_index,
        fct_errors.block_index,
        fct_errors.rule,
        fct_errors.evidence
    from fct_errors
    left join responses
        using (conversation_id, response_turn_index, response_block_index)
    where
        fct_errors.evidence_from = 'response'
        and not coalesce(
            contains(coalesce(responses.error_text, ''), fct_errors.evidence)
            or contains(responses.body_head, fct_errors.evidence)
            or contains(responses.body_tail, fct_errors.evidence),
            false
        )

)

select * from missing
