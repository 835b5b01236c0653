with

secret_findings as (

    select * from {{ source('parquet', 'secret_findings') }}

),

named as (

    select
        conversation_id,
        finding_index,
        turn_index,
        block_index,
        field,
        rule_id,
        kind,
        byte_offset,
        byte_count,
        is_redacted
    from secret_findings

)

select * from named
