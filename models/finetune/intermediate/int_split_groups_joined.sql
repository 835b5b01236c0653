-- Conversations that must not be parted by a split: connected by the same prompt, the
-- same session, or being (nearly) the same. Each takes the least id among those it shares
-- a key with, again and again: what is connected ends with one id. Keys connect all
-- their conversations at once, so few rounds do; a test fails if they did not.
{{ config(materialized='table') }}
{% set rounds = var('finetune_group_rounds') | int %}

with

stg_conversations as (

    select * from {{ ref('stg_conversations') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

int_near_duplicates_paired as (

    select * from {{ ref('int_near_duplicates_paired') }}

),

keys_of_all as (

    select
        conversation_id,
        'copy of ' || coalesce(duplicate_of_id, conversation_id) as shared_key
    from int_conversations_deduplicated
    union all
    select
        conversation_id,
        'prompt ' || prompt_group_id as shared_key
    from stg_conversations
    where prompt_group_id is not null
    union all
    select
        conversation_id,
        'session ' || dataset || ' ' || source_id as shared_key
    from stg_conversations
    where source_id is not null
    union all
    select
        conversation_id,
        'near ' || conversation_id || ' ' || earlier_id as shared_key
    from int_near_duplicates_paired
    union all
    select
        earlier_id as conversation_id,
        'near ' || conversation_id || ' ' || earlier_id as shared_key
    from int_near_duplicates_paired

),

round_0 as (

    select
        conversation_id,
        shared_key,
        conversation_id as group_id
    from keys_of_all

),
{% for number in range(rounds) %}
keyed_{{ number + 1 }} as (

    select
        conversation_id,
        shared_key,
        min(group_id) over (partition by shared_key) as group_id
    from round_{{ number }}

),

round_{{ number + 1 }} as (

    select
        conversation_id,
        shared_key,
        min(group_id) over (partition by conversation_id) as group_id
    from keyed_{{ number + 1 }}

),
{% endfor %}
joined as (

    select
        conversation_id,
        shared_key,
        group_id as split_group
    from round_{{ rounds }}

)

select * from joined
