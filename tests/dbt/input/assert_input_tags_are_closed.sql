-- Blocks whose closing tag is missing: the text was cut off, or the model forgot it.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'blocks whose closing tag is missing'}
) }}

with

stg_blocks as (

    select * from {{ ref('stg_blocks') }}

),

found as (

    select
        conversation_id,
        turn_index,
        block_index,
        kind,
        issue
    from stg_blocks
    where not is_closed

)

select * from found
