with

tool_definitions as (

    select * from {{ source('parquet', 'tool_definitions') }}

),

named as (

    select
        toolset_id,
        tool_name,
        description,
        parameters
    from tool_definitions

)

select * from named
