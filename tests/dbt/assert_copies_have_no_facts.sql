with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_turns as (

    select * from {{ ref('fct_turns') }}

),

copies as (

    select
        conversation_id,
        dim_conversations.duplicate_of_id,
        fct_turns.turn_index
    from dim_conversations
    inner join fct_turns using (conversation_id)
    where dim_conversations.duplicate_of_id is not null

)

select * from copies
