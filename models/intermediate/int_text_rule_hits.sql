-- Which rules match in the texts of a response, each with the piece that it matched in.
-- Nothing is joined here but the few rules themselves: no text leaves its row.
-- depends_on: {{ ref('error_rules') }}
{{ config(materialized='table') }}
{% set rules = seed_rows('error_rules') %}
{% set in_texts = rules
    | selectattr('place', 'in', ['text', 'start', 'json', 'body', 'line']) | list
%}
{% set looked_in = {
    'error': ['text'], 'start': ['start'], 'json': ['json'],
    'body': ['body', 'line', 'text'], 'middle': ['body', 'line', 'text'],
} %}

with

error_rules as (

    select * from {{ ref('error_rules') }}

),

int_response_texts as (

    select * from {{ ref('int_response_texts') }}

),

matched as (

    select
        conversation_id,
        turn_index,
        block_index,
        place,
        words,
        content_chars,
        body_head,
        body_tail,
        case place
            {% for place, kinds in looked_in.items() %}
            when '{{ place }}'
                then {{ rules_matched(
                    'words', in_texts | selectattr('place', 'in', kinds)
                ) }}
            {% endfor %}
        end as rule_ids
    from int_response_texts

),

hits as (

    select
        matched.conversation_id,
        matched.turn_index,
        matched.block_index,
        error_rules.rule_id,
        matched.place,
        matched.words,
        {{ case_folded('matched.words') }} as folded_words,
        matched.content_chars,
        matched.body_head,
        matched.body_tail
    from matched
    inner join error_rules
        on contains(matched.rule_ids, '|' || error_rules.rule_id || '|')

),

extracted as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        place,
        words,
        folded_words,
        content_chars,
        body_head,
        body_tail,
        case rule_id
            when '' then ''  -- so that it is SQL without any rule, too
            {% for row in in_texts %}
            when '{{ row.rule_id }}'
                then {{ trim_space(
                    'regexp_extract(folded_words, ' ~ text_pattern(row.pattern) ~ ', 0)'
                ) }}
            {% endfor %}
            else ''
        end as match_text
    from hits

),

-- of a key and a text in JSON, the text
located as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        place,
        words,
        content_chars,
        body_head,
        body_tail,
        instr(folded_words, match_text)
        + case when place = 'json' then instr(match_text, chr(10)) else 0 end
            as match_at
    from extracted

),

-- the line of the match: what stands before it, up to 240 characters from it on
lined as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        place,
        content_chars,
        body_head,
        body_tail,
        split_part(
            substring(words, greatest(match_at - 120, 1), least(match_at - 1, 120)),
            chr(10),
            -1
        ) as line_before,
        split_part(
            split_part(
                substring(words, greatest(match_at, 1), 240), chr(10), 1
            ),
            '", "',
            1
        ) as line_from
    from located

),

-- of what stands before the match 60 characters, and the rest of the word they begin in
quoted as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        place,
        content_chars,
        body_head,
        body_tail,
        substring(
            regexp_extract(line_before, {{ text_pattern('[^ \t]*[^\n]{0,60}$') }}, 0)
            || line_from,
            1,
            300
        ) as evidence
    from lined

),

positioned as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        place,
        evidence,
        cast(
            case
                when contains(body_head, evidence) then instr(body_head, evidence) - 1
                when contains(body_tail, evidence)
                    then
                        content_chars - length(body_tail)
                        + instr(body_tail, evidence) - 1
            end as bigint
        ) as evidence_position
    from quoted

)

select * from positioned
