with

rejects as (

    select * from {{ source('parquet', 'rejects') }}

),

named as (

    select
        file_id,
        position,
        byte_offset,
        reason,
        detail,
        sha256,
        preview
    from rejects

)

select * from named
