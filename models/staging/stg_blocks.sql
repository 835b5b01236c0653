-- `body` is big text: only int_blocks_measured reads it.
with

blocks as (

    select * from {{ source('parquet', 'blocks') }}

),

named as (

    select
        conversation_id,
        turn_index,
        block_index,
        kind,
        opener,
        body,
        closer,
        visibility,
        media_type,
        is_closed,
        issue
    from blocks

)

select * from named
