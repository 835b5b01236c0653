-- The only place that reads big text, in one scan: everything that is asked of a body
-- is measured here. Prose is trimmed, and its words are counted; calls and responses
-- are measured as they are, for trimming them costs more than all the rest.
-- depends_on: {{ ref('thought_markers') }}
-- depends_on: {{ ref('error_rules') }}
{{ config(materialized='table') }}
{% set markers = [
    'plan', 'self_correction', 'verification', 'alternatives', 'failure'
] %}
{% set phrases = {} %}
{% for row in seed_rows('thought_markers') %}
    {%- do phrases.setdefault(row.marker, []).append(row.pattern) %}
{%- endfor %}
{% set whole = seed_rows('error_rules')
    | selectattr('place', 'in', ['body', 'line']) | selectattr('is_sufficient') | list
%}
{% set list_start = "chr(10) || '<tools>' || chr(10)" %}
{% set list_end = "chr(10) || '</tools>'" %}
{% set example_end = "chr(10) || '</tool_call>'" %}

with

stg_blocks as (

    select * from {{ ref('stg_blocks') }}

),

stg_secret_findings as (

    select * from {{ ref('stg_secret_findings') }}

),

-- blocks whose text still holds a secret: it is in no piece of text that goes on
secret_blocks as (

    select
        conversation_id,
        turn_index,
        block_index,
        min(rule_id) as rule_id
    from stg_secret_findings
    where not is_redacted and block_index is not null
    group by conversation_id, turn_index, block_index

),

with_secrets as (

    select
        stg_blocks.*,
        secret_blocks.rule_id as secret_rule_id
    from stg_blocks
    left join secret_blocks
        on
            stg_blocks.conversation_id = secret_blocks.conversation_id
            and stg_blocks.turn_index = secret_blocks.turn_index
            and stg_blocks.block_index = secret_blocks.block_index

),

trimmed as (

    select
        conversation_id,
        turn_index,
        block_index,
        kind,
        visibility,
        issue,
        -- few have space around them, and trimming is slow
        case
            when
                kind in ('text', 'think')
                and (substring(body, 1, 1) <= ' ' or substring(body, -1) <= ' ')
                then {{ trim_space('body') }}
            else body
        end as body,
        -- of a response: without the wrapper's own fields, so that a tool named
        -- `get_errors` is no error by its name
        case
            when body like '{"tool_call_id"%'
                then substring(body, instr(body, '"content":'))
            else body
        end as content_text,
        is_closed,
        secret_rule_id
    from with_secrets

),

measured as (

    select
        conversation_id,
        turn_index,
        block_index,
        kind,
        visibility,
        issue,
        -- of a call that is cut off or that ingest found odd: evidence for fct_errors
        case
            when kind = 'tool_call' and (issue is not null or not is_closed)
                then coalesce(
                    '[secret: ' || secret_rule_id || ']', substring(body, 1, 300)
                )
        end as excerpt,
        -- of a response, between its head and its tail: what the rules that are enough
        -- by themselves find first. They are tried only where one of the words is that
        -- each of them needs
        case
            when
                kind = 'tool_response'
                and secret_rule_id is null
                and length(content_text) > 3000
                and {{ text_matches('content_text', failure_words()) }}
                then nullif(substring(regexp_extract(
                    replace(
                        replace(
                            substring(content_text, 2001, length(content_text) - 3000),
                            chr(92) || 'n',
                            chr(10)
                        ),
                        '": "',
                        '": ' || chr(10)
                    ),
                    {{ text_pattern(rule_pattern(whole) ~ '[^\n]*') }},
                    0
                ), 1, 300), '')
        end as middle_excerpt,
        cast(length(body) as bigint) as body_chars,
        cast(
            case when kind in ('text', 'think') then {{ word_count('body') }} else 0 end
            as bigint
        ) as word_count,
        body = '' as is_blank,
        is_closed,
        {% for marker in markers %}
        case
            when kind = 'think'
                then {{ text_matches('body', phrase_pattern(phrases.get(marker, []))) }}
            else false
        end as has_{{ marker }},
        {% endfor %}
        kind = 'text' and (body like '%?' or body like '%？') as is_question,
        -- stands for turns that were taken out to make room: how Hermes (two forms),
        -- Claude Code, Codex and pi begin it
        kind = 'text' and (
            body like '[CONTEXT SUMMARY]%'
            or body like '[CONTEXT COMPACTION%'
            or body like 'This session is being continued from a previous conversation%'
            or body like 'Another language model started to solve this problem and%'
            or body like 'The conversation history before this point was compacted%'
        ) as is_context_summary,
        -- of a system turn that lists its tools: the list and the words on how to call
        -- them, to the end of the example, which an export leaves to the chat template
        cast(
            case
                when
                    kind = 'text'
                    and instr(body, {{ list_start }}) > 0
                    and instr(body, {{ list_end }}) > 0
                    then greatest(
                        0,
                        instr(body, {{ list_end }})
                        - instr(body, {{ list_start }})
                        + coalesce(
                            12 + nullif(
                                instr(
                                    substring(body, instr(body, {{ list_end }})),
                                    {{ example_end }}
                                ),
                                0
                            ),
                            9
                        )
                    )
                else 0
            end as bigint
        ) as quoted_tools_chars,
        -- the published notebook's rule, with its faults: 10 to 19 match too, as does
        -- any `"error": null`
        case
            when kind = 'tool_response'
                then {{ text_matches(
                    'content_text', '(?i)error|traceback|"exit_code": ?1'
                ) }}
            else false
        end as is_error_keyword
    from trimmed

)

select * from measured
