-- The texts of a response in which the error rules look, each at its place. An escaped
-- line end is one, and a text in JSON begins on a line of its own, so that a pattern
-- can ask for the beginning of a line.

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
        content_kind,
        content_chars,
        error_text,
        body_head,
        body_tail,
        replace(
            replace(body_text, chr(92) || 'n', chr(10)), '": "', '": ' || chr(10)
        ) as body_text,
        {{ trim_space('substring(body_head, 1, 500)') }} as body_start,
        coalesce(
            status_words not in ('', 'success', 'written', 'success written')
            or is_native_error
            or exit_text <> '0',
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
        'error_text' as place,
        error_text as words,
        content_chars,
        body_head,
        body_tail,
        true as is_reported
    from responses
    where error_text <> ''
    union all
    select
        conversation_id,
        turn_index,
        block_index,
        'start' as place,
        body_start as words,
        content_chars,
        body_head,
        body_tail,
        is_reported
    from responses
    where content_kind = 'text' and body_start <> ''
    union all
    select
        conversation_id,
        turn_index,
        block_index,
        'json' as place,
        substring(body_text, 1, 1000) as words,
        content_chars,
        body_head,
        body_tail,
        is_reported
    from responses
    where content_kind in ('object', 'array') and has_failure_words
    union all
    select
        conversation_id,
        turn_index,
        block_index,
        'body' as place,
        body_text as words,
        content_chars,
        body_head,
        body_tail,
        is_reported
    from responses
    where is_reported or has_failure_words
    union all
    select
        conversation_id,
        turn_index,
        block_index,
        'middle' as place,
        middle_excerpt as words,
        null as content_chars,
        '' as body_head,
        '' as body_tail,
        true as is_reported
    from int_blocks_measured
    where middle_excerpt is not null

)

select * from placed
