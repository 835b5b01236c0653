-- Asked of the selection itself, not of how its groups were made.
with

finetune_selection as (

    select * from {{ ref('finetune_selection') }}

),

int_near_duplicates_paired as (

    select * from {{ ref('int_near_duplicates_paired') }}

),

pairs as (

    select
        conversation_id,
        exact_duplicate_of as other_id
    from finetune_selection
    where exact_duplicate_of is not null
    union all
    select
        conversation_id,
        earlier_id as other_id
    from int_near_duplicates_paired
    union all
    select
        conversation_id,
        min(conversation_id) over (partition by prompt_group_id) as other_id
    from finetune_selection
    where prompt_group_id is not null
    union all
    select
        conversation_id,
        split_group as other_id
    from finetune_selection

),

crossing as (

    select
        pairs.conversation_id,
        pairs.other_id,
        own.split,
        others.split as other_split
    from pairs
    inner join finetune_selection as own
        on pairs.conversation_id = own.conversation_id
    inner join finetune_selection as others
        on pairs.other_id = others.conversation_id
    where own.split <> others.split

)

select * from crossing
