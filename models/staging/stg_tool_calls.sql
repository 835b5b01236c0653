with

tool_calls as (

    select * from {{ source('parquet', 'tool_calls') }}

),

named as (

    select
        conversation_id,
        turn_index,
        block_index,
        call_index,
        tool_call_id,
        tool_name,
        arguments,
        arguments_kind,
        arguments_sha256,
        parse_status,
        issue,
        schema_status,
        schema_issues
    from tool_calls

)

select * from named
