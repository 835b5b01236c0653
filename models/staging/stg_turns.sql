with

turns as (

    select * from {{ source('parquet', 'turns') }}

),

typed as (

    select
        conversation_id,
        turn_index,
        role,
        source_role,
        api_message_id,
        body_chars,
        body_sha256,
        stop_reason,
        cast(created_at as timestamp) as created_at,
        issue,
        is_lossless,
        extra
    from turns

)

select * from typed
