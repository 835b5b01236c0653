-- What a response says by itself: the parts of Hermes' two failure rules, what we take
-- for a failure, and the text in which the class of an error is looked for.
{% set empty_values = "('', 'false', '0', '[]', '{}')" %}
{% set space = '[ \n\t]*' %}

with

stg_tool_responses as (

    select * from {{ ref('stg_tool_responses') }}

),

-- `has_error` is true as Python has it: an empty error is none; `is_error_set` only
-- asks for null
fielded as (

    select
        conversation_id,
        turn_index,
        block_index,
        call_turn_index,
        call_block_index,
        paired_by,
        tool_name,
        content_kind,
        content_chars,
        error_text,
        status,
        exit_code,
        body_head,
        body_tail,
        substring(body_head, 1, 500) as body_start,
        {{ json_field('fields', 'error') }} is not null
        or {{ json_field('fields', 'content.error') }} is not null as is_error_set,
        coalesce(
            {{ json_field('fields', 'error') }} not in {{ empty_values }}, false
        ) as has_error,
        coalesce(
            {{ json_field('fields', 'content.error') }} not in {{ empty_values }}, false
        ) as has_content_error,
        coalesce(
            {{ json_field('fields', 'message') }} not in {{ empty_values }}, false
        ) as has_message,
        {{ json_has_key('fields', 'error') }} as has_error_key,
        {{ json_has_key('fields', 'bytes_written') }} as has_bytes_written,
        {{ json_field('fields', 'exit_code_meaning') }} is not null
            as has_exit_code_meaning,
        coalesce(reported_success, false) as is_success,
        coalesce(not reported_success, false) as is_failure,
        coalesce(native_is_error, false) as is_native_error
    from stg_tool_responses

),

judged as (

    select
        conversation_id,
        turn_index,
        block_index,
        call_turn_index,
        call_block_index,
        paired_by,
        tool_name,
        content_kind,
        content_chars,
        error_text,
        status,
        exit_code,
        case
            when content_chars > 2000 then body_head || chr(10) || body_tail
            else body_head
        end as body_text,
        has_exit_code_meaning,
        is_success and not has_error as is_success_without_error,
        has_bytes_written and not has_error as is_written_without_error,
        -- Hermes, rule A
        coalesce(
            content_kind = 'object' and (is_error_set or is_failure)
            or content_kind = 'text'
            and (
                content_chars = 0
                or lower({{ trim_space('body_start') }}) like 'error:%'
            ),
            false
        ) as is_error_hermes_a,
        -- Hermes, rule B, for any dict and for any text
        content_kind = 'object'
        and (has_error or has_message)
        and (is_failure or has_error_key) as is_failed_by_fields,
        {{ text_matches('body_start', '(?i)"(error|failed)"') }}
        or body_start like 'Error%' as is_failed_by_text,
        -- ours: as the response itself reports
        has_error
        or has_content_error
        or is_failure
        or is_native_error
        or coalesce(
            status in (
                'blocked', 'disabled', 'error', 'failed', 'interrupted', 'not_found',
                'pending_approval', 'timeout'
            ),
            false
        ) as is_reported,
        -- ours: text that says so, or JSON with a status of error inside, or an error
        -- that is not null, false, 0 or empty (a value that begins with no letter,
        -- digit or quote is a list or an object). The word alone, as in a list, says
        -- nothing
        content_kind = 'text'
        and {{ text_matches(
            'body_start',
            '^[ \n]*(Error|ERROR|error:|Tool .[^ ]+ does not exist|BLOCKED|Skipped: '
            ~ '|.Tool execution (cancelled|skipped))'
        ) }}
        or content_kind in ('object', 'array')
        and not is_success
        and not has_bytes_written
        and coalesce(exit_code, 1) <> 0
        and {{ text_matches(
            'body_start',
            '(?i)"(error|failed)"' ~ space ~ ':' ~ space
            ~ '(t|-?[1-9]|"[^"]|[^a-z0-9" \n\t-]' ~ space ~ '[^]} \n\t])'
            ~ '|"(status|state|result|outcome)"' ~ space ~ ':' ~ space
            ~ '"(error|failed)"'
        ) }} as is_told
    from fielded

)

select * from judged
