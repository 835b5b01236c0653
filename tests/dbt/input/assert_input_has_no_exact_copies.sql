-- Conversations that repeat another word for word; the facts leave them out.
{{ config(
    severity='warn',
    tags=['input'],
    meta={'counts': 'conversations that repeat another word for word'}
) }}

with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

found as (

    select
        conversation_id,
        duplicate_of_id
    from dim_conversations
    where duplicate_of_id is not null

)

select * from found
