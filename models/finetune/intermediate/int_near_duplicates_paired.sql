-- Conversations that share most of their turns, word for word: resumed, forked and
-- saved twice. Similarity is exact (Jaccard of the sets of turn hashes, system turns
-- left out); what is compared is found by MinHash. A sha256 holds eight independent
-- numbers, its md5 four more: the least of each over the turns is a signature that
-- needs no text.
-- Two numbers make a band. Of all conversations with the same band each is compared
-- with the first and the four before it: a bucket of six is compared whole, and one
-- prompt met 10,000 times costs 50,000 comparisons of a band, not 50 million.
{{ config(materialized='table') }}
{% set slots = [] %}
{% for place in range(8) %}
{%- do slots.append('substring(body_sha256, ' ~ (1 + 8 * place) ~ ', 8)') %}
{%- endfor %}
{% for place in range(4) %}
{%- do slots.append('substring(md5(body_sha256), ' ~ (1 + 8 * place) ~ ', 8)') %}
{%- endfor %}
{% set bands = range(0, slots | length, 2) %}
{% set before = range(1, 5) %}

with

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

turn_hashes as (

    select distinct
        conversation_id,
        stg_turns.body_sha256
    from stg_turns
    inner join int_conversations_deduplicated using (conversation_id)
    where
        int_conversations_deduplicated.is_original
        and stg_turns.role <> 'system'

),

signatures as (

    select
        conversation_id,
        {% for slot in slots %}
        min({{ slot }}) as slot_{{ loop.index0 }},
        {% endfor %}
        count(*) as hash_count
    from turn_hashes
    group by conversation_id

),

banded as (
    {% for band in bands %}
    select
        conversation_id,
        {{ band }} as band,
        slot_{{ band }} || slot_{{ band + 1 }} as bucket
    from signatures
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- no join of a bucket with itself: one of any size gives each at most five
compared as (

    select
        conversation_id,
        min(conversation_id) over (partition by band, bucket) as earlier_id
    from banded
    {% for number in before %}
    union all
    select
        conversation_id,
        lag(conversation_id, {{ number }}) over (
            partition by band, bucket order by conversation_id
        ) as earlier_id
    from banded
    {% endfor %}

),

candidates as (

    select distinct
        conversation_id,
        earlier_id
    from compared
    where earlier_id < conversation_id

),

shared as (

    select
        candidates.conversation_id,
        candidates.earlier_id,
        count(*) as shared_count
    from candidates
    inner join turn_hashes as own_hashes
        on candidates.conversation_id = own_hashes.conversation_id
    inner join turn_hashes as earlier_hashes
        on
            candidates.earlier_id = earlier_hashes.conversation_id
            and own_hashes.body_sha256 = earlier_hashes.body_sha256
    group by candidates.conversation_id, candidates.earlier_id

),

paired as (

    select
        shared.conversation_id,
        shared.earlier_id,
        cast(shared.shared_count as double) / (
            own_signatures.hash_count
            + earlier_signatures.hash_count
            - shared.shared_count
        ) as similarity
    from shared
    inner join signatures as own_signatures
        on shared.conversation_id = own_signatures.conversation_id
    inner join signatures as earlier_signatures
        on shared.earlier_id = earlier_signatures.conversation_id

),

near as (

    select * from paired
    where similarity >= {{ var('finetune_near_duplicate_similarity') }}

)

select * from near
