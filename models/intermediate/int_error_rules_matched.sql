-- The rules that match a tool use of their scope. Of the places where a rule matches
-- the best counts: the response's own error, then the rest of its text, where rules
-- that look at both come 1,000 later.
-- depends_on: {{ ref('error_rules') }}
{{ config(materialized='table') }}
{% set rules = seed_rows('error_rules') %}
{% set looked_in = ['call', 'status', 'flag', 'exit_code', 'command'] %}

with

error_rules as (

    select * from {{ ref('error_rules') }}

),

int_tool_uses_paired as (

    select * from {{ ref('int_tool_uses_paired') }}

),

int_tool_uses_worded as (

    select * from {{ ref('int_tool_uses_worded') }}

),

int_text_rule_hits as (

    select * from {{ ref('int_text_rule_hits') }}

),

placed as (

    {% for place in looked_in %}
    select
        conversation_id,
        turn_index,
        block_index,
        '{{ place }}' as place,
        {{ rules_matched(
            place ~ '_words', rules | selectattr('place', 'equalto', place)
        ) }} as rule_ids,
        {% if place == 'call' %}call_text{% else %}response_text{% endif %} as evidence
    from int_tool_uses_worded
    where {{ place }}_words <> ''
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

word_hits as (

    select
        placed.conversation_id,
        placed.turn_index,
        placed.block_index,
        error_rules.rule_id,
        placed.place,
        placed.evidence,
        cast(null as bigint) as evidence_position
    from placed
    inner join error_rules
        on contains(placed.rule_ids, '|' || error_rules.rule_id || '|')

),

text_hits as (

    select
        int_tool_uses_paired.conversation_id,
        int_tool_uses_paired.turn_index,
        int_tool_uses_paired.block_index,
        int_text_rule_hits.rule_id,
        int_text_rule_hits.place,
        int_text_rule_hits.evidence,
        int_text_rule_hits.evidence_position
    from int_text_rule_hits
    inner join int_tool_uses_paired
        on
            int_text_rule_hits.conversation_id = int_tool_uses_paired.conversation_id
            and int_text_rule_hits.turn_index
            = int_tool_uses_paired.response_turn_index
            and int_text_rule_hits.block_index
            = int_tool_uses_paired.response_block_index

),

all_hits as (

    select * from word_hits
    union all
    select * from text_hits

),

scoped as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        error_rules.verdict,
        error_rules.side,
        error_rules.class,
        all_hits.place,
        error_rules.place as rule_place,
        error_rules.voids,
        error_rules.priority + case
            when error_rules.place = 'text' and all_hits.place <> 'error' then 1000
            else 0
        end as rank_number,
        all_hits.evidence,
        all_hits.evidence_position,
        error_rules.is_sufficient
    from all_hits
    inner join error_rules using (rule_id)
    inner join int_tool_uses_paired using (conversation_id, turn_index, block_index)
    where
        (
            coalesce(error_rules.tool_kinds, '') = ''
            or contains(
                ' ' || error_rules.tool_kinds || ' ',
                ' ' || int_tool_uses_paired.tool_kind || ' '
            )
        )
        and (
            coalesce(error_rules.tool_names, '') = ''
            or contains(
                ' ' || error_rules.tool_names || ' ',
                ' ' || int_tool_uses_paired.tool_name || ' '
            )
        )

),

numbered as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        verdict,
        side,
        class,
        place,
        rule_place,
        voids,
        rank_number,
        evidence,
        evidence_position,
        is_sufficient,
        row_number() over (
            partition by conversation_id, turn_index, block_index, rule_id
            order by rank_number, place
        ) as place_number
    from scoped

),

matched as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        verdict,
        side,
        class,
        place,
        rule_place,
        voids,
        rank_number,
        evidence,
        evidence_position,
        is_sufficient
    from numbered
    where place_number = 1

)

select * from matched
