-- Who is in the training data, and why the others are not. Rules are tried in the order
-- of the variable finetune_rules. Of near-duplicates the first stays that breaks no other
-- rule. Held-out conversations of the ledger stay held out, and take along their group.
{% set rules = var('finetune_rules') %}
{% set own_rules = rules | reject('equalto', 'near_duplicate') | list %}
{% set test_below = '%08x' % (var('finetune_test_share') * 4294967296) | int %}
{% set held_share = var('finetune_test_share') + var('finetune_validation_share') %}
{% set held_below = '%08x' % (held_share * 4294967296) | int %}

with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

int_finetune_rules_judged as (

    select * from {{ ref('int_finetune_rules_judged') }}

),

int_near_duplicates_paired as (

    select * from {{ ref('int_near_duplicates_paired') }}

),

int_split_groups_joined as (

    select * from {{ ref('int_split_groups_joined') }}

),

int_split_ledger_read as (

    select * from {{ ref('int_split_ledger_read') }}

),

passing as (

    select conversation_id as earlier_id
    from int_finetune_rules_judged
    where
        true
        {%- for rule in own_rules %}
        and not is_{{ rule }}
        {%- endfor %}

),

near_duplicates as (

    select
        conversation_id,
        min(earlier_id) as near_duplicate_of
    from int_near_duplicates_paired
    inner join passing using (earlier_id)
    group by conversation_id

),

judged as (

    select
        int_finetune_rules_judged.*,
        near_duplicates.near_duplicate_of,
        near_duplicates.near_duplicate_of is not null as is_near_duplicate
    from int_finetune_rules_judged
    left join near_duplicates using (conversation_id)

),

reasoned as (

    select
        conversation_id,
        near_duplicate_of,
        body_chars,
        is_first_turn_doubled,
        case
            {%- for rule in rules %}
            when is_{{ rule }} then '{{ rule }}'
            {%- endfor %}
        end as drop_reason,
        nullif(concat(
            ''
            {%- for rule in rules %},
            case when is_{{ rule }} then ' {{ rule }}' else '' end
            {%- endfor %}
        ), '') as drop_reasons
    from judged

),

grouped as (

    select distinct
        conversation_id,
        split_group
    from int_split_groups_joined

),

-- the side that is held out wins where groups of the ledger have merged
group_splits as (

    select
        grouped.split_group,
        case
            when bool_or(coalesce(int_split_ledger_read.split = 'test', false))
                then 'test'
            when bool_or(coalesce(int_split_ledger_read.split = 'validation', false))
                then 'validation'
            when bool_or(coalesce(int_split_ledger_read.split = 'train', false))
                then 'train'
            when substring(md5(grouped.split_group), 1, 8) < '{{ test_below }}'
                then 'test'
            when substring(md5(grouped.split_group), 1, 8) < '{{ held_below }}'
                then 'validation'
            else 'train'
        end as split
    from grouped
    left join int_split_ledger_read using (conversation_id)
    group by grouped.split_group

),

selection as (

    select
        conversation_id,
        dim_conversations.duplicate_of_id as exact_duplicate_of,
        reasoned.near_duplicate_of,
        grouped.split_group,
        dim_conversations.prompt_group_id,
        dim_conversations.file_id,
        dim_conversations.record_index,
        dim_conversations.dataset,
        dim_conversations.source,
        dim_conversations.model,
        dim_conversations.category,
        group_splits.split,
        reasoned.drop_reason,
        trim(reasoned.drop_reasons) as drop_reasons,
        reasoned.body_chars,
        reasoned.drop_reason is null as is_kept,
        reasoned.is_first_turn_doubled
    from dim_conversations
    inner join reasoned using (conversation_id)
    inner join grouped using (conversation_id)
    inner join group_splits on grouped.split_group = group_splits.split_group

)

select * from selection
