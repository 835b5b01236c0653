with

files as (

    select * from {{ source('parquet', 'files') }}

),

named as (

    select
        file_id,
        source,
        dataset,
        path,
        sha256,
        format,
        url,
        revision,
        licence,
        bytes,
        row_count,
        conversation_count,
        reject_count,
        blank_count,
        is_present,
        redacted,
        ingest_version
    from files

)

select * from named
