-- A copy points to an original, never to another copy.
with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

copies as (

    select
        conversation_id as copy_id,
        duplicate_of_id as conversation_id
    from dim_conversations
    where duplicate_of_id is not null

),

chained as (

    select
        copies.copy_id,
        conversation_id
    from copies
    inner join dim_conversations using (conversation_id)
    where dim_conversations.duplicate_of_id is not null

)

select * from chained
