-- Who shares a prompt, a session or most turns is in one split group. Fails where
-- finetune_group_rounds were too few.
with

int_split_groups_joined as (

    select * from {{ ref('int_split_groups_joined') }}

),

torn as (

    select
        shared_key,
        min(split_group) as split_group,
        max(split_group) as other_group
    from int_split_groups_joined
    group by shared_key
    having min(split_group) <> max(split_group)

)

select * from torn
