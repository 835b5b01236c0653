-- Turns that blocks and recorded extras do not give back exactly, such as replaced
-- bytes.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'turns that are not given back exactly, such as those with replaced bytes'}
) }}

with

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

found as (

    select
        conversation_id,
        turn_index,
        role,
        issue
    from stg_turns
    where not is_lossless

)

select * from found
