with

stg_files as (

    select * from {{ ref('stg_files') }}

),

files as (

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
    from stg_files

)

select * from files
