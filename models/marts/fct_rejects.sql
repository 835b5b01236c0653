with

stg_rejects as (

    select * from {{ ref('stg_rejects') }}

),

stg_files as (

    select * from {{ ref('stg_files') }}

),

rejects as (

    select
        file_id,
        stg_rejects.position,
        stg_rejects.byte_offset,
        stg_files.source,
        stg_files.path,
        stg_rejects.reason,
        stg_rejects.detail,
        stg_rejects.sha256,
        stg_rejects.preview
    from stg_rejects
    inner join stg_files using (file_id)

)

select * from rejects
