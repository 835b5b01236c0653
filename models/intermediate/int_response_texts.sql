-- The texts in which the error rules look, each at its place, of the responses that may
-- have failed: those that report it, and those in which a rule that is enough by itself
-- matches. An escaped line end is one, and a text in JSON begins on a line of its own,
-- so that a pattern can ask for the beginning of a line. The rules are tried place by
-- place: as one pattern they would be too many for the engine's fast way.
-- depends_on: {{ ref('error_rules') }}
{% set sufficient = seed_rows('error_rules') | selectattr('is_sufficient') | list %}

with

int_tool_responses_read as (

    select * from {{ ref('int_tool_responses_read') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

responses as (

    select
        conversation_id,
        turn_index,
        block_index,
        content_chars,
        error_text,
        body_head,
        body_tail,
        case
            when content_kind = 'text'
                then {{ trim_space('substring(body_head, 1, 500)') }}
            else ''
        end as start_text,
        replace(
            replace(
                replace(body_text, chr(92) || 'n', chr(10)), '":"', '":' || chr(10)
            ),
            '": "',
            '": ' || chr(10)
        ) as body_text,
        content_kind in ('object', 'array') as is_json,
        coalesce(
            {{ any_rule_matches('status_words', sufficient, ['status']) }}
            or is_native_error
            or exit_text <> '0'
            or error_text <> '',
            false
        ) as is_reported,
        {{ text_matches('body_text', failure_words()) }} as has_failure_words
    from int_tool_responses_read

),

placed as (

    select
        conversation_id,
        turn_index,
        block_index,
        content_chars,
        error_text,
        body_head,
        body_tail,
        start_text,
        body_text,
        case when is_json then substring(body_text, 1, 1000) else '' end as json_text,
        is_reported,
        has_failure_words
    from responses
    where is_reported or has_failure_words or start_text <> ''

),

-- by itself, or by how it begins
told as (

    select
        conversation_id,
        turn_index,
        block_index,
        content_chars,
        error_text,
        body_head,
        body_tail,
        start_text,
        body_text,
        json_text,
        has_failure_words,
        case
            when is_reported then true
            when start_text <> ''
                then {{ any_rule_matches('start_text', sufficient, ['start']) }}
            when has_failure_words
                then {{ any_rule_matches('json_text', sufficient, ['json']) }}
            else false
        end as is_told
    from placed

),

suspects as (

    select
        conversation_id,
        turn_index,
        block_index,
        content_chars,
        error_text,
        body_head,
        body_tail,
        start_text,
        body_text,
        json_text
    from told
    where
        is_told
        or (
            has_failure_words
            and {{ any_rule_matches('body_text', sufficient, ['body', 'line']) }}
        )

),

-- each suspect is read once, and taken for each place where it has a text
places as (

    {% for place in ['error', 'start', 'json', 'body'] %}
    select '{{ place }}' as place
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

suspect_texts as (

    select
        suspects.conversation_id,
        suspects.turn_index,
        suspects.block_index,
        places.place,
        case places.place
            when 'error' then suspects.error_text
            when 'start' then suspects.start_text
            when 'json' then suspects.json_text
            else suspects.body_text
        end as words,
        suspects.content_chars,
        suspects.body_head,
        suspects.body_tail
    from suspects
    cross join places

),

texts as (

    select
        conversation_id,
        turn_index,
        block_index,
        place,
        words,
        content_chars,
        body_head,
        body_tail
    from suspect_texts
    where words <> ''
    union all
    select
        conversation_id,
        turn_index,
        block_index,
        'middle' as place,
        middle_excerpt as words,
        cast(null as bigint) as content_chars,
        '' as body_head,
        '' as body_tail
    from int_blocks_measured
    where middle_excerpt is not null

)

select * from texts
