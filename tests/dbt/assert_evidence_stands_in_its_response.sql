with

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

responses as (

    select
        conversation_id,
        turn_index as response_turn_index,
        block_index as response_block_index,
        stg_tool_responses.error_text,
        stg_tool_responses.body_head,
        stg_tool_responses.body_tail,
        int_blocks_measured.middle_excerpt
    from stg_tool_responses
    left join int_blocks_measured using (conversation_id, turn_index, block_index)

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
        length(fct_errors.evidence) > 300
        or fct_errors.evidence_from = 'response'
        and not coalesce(
            contains(coalesce(responses.error_text, ''), fct_errors.evidence)
            or contains(responses.body_head, fct_errors.evidence)
            or contains(responses.body_tail, fct_errors.evidence)
            or contains(
                responses.body_head || responses.body_tail, fct_errors.evidence
            )
            or contains(responses.middle_excerpt, fct_errors.evidence),
            false
        )

)

select * from missing
