with

tool_responses as (

    select * from {{ source('parquet', 'tool_responses') }}

),

named as (

    select
        conversation_id,
        turn_index,
        block_index,
        response_index,
        tool_call_id,
        tool_name,
        call_turn_index,
        call_block_index,
        paired_by,
        content_kind,
        content_chars,
        content_sha256,
        fields,
        error_text,
        reported_success,
        exit_code,
        status,
        native_is_error,
        body_head,
        body_tail
    from tool_responses

)

select * from named
