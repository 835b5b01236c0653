-- What a response says by itself: the parts of Hermes' two failure rules, and what the
-- error rules read of its fields, as words.
{% set empty_values = "('', 'false', '0', '[]', '{}')" %}
{% set exit_words =
    '(?i)(exited with( exit)? code|exit[ _]?code|exit status|returncode)[^a-z0-9\n-]*(-?[0-9]+)'
%}
{% set said = "coalesce(nullif(error_text, ''), body_text)" %}

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
        tool_name,
        content_kind,
        content_chars,
        error_text,
        status,
        exit_code,
        body_head,
        body_tail,
        substring(body_head, 1, 500) as body_start,
        case
            when content_chars > 3000 then body_head || chr(10) || body_tail
            when content_chars > 2000 then body_head || body_tail
            else body_head
        end as body_text,
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
        tool_name,
        content_kind,
        content_chars,
        {{ trim_space('error_text') }} as error_text,
        exit_code,
        -- harnesses without fields write it on one of the first lines, or at the end
        coalesce(
            cast(exit_code as string),
            nullif(
                regexp_extract(
                    substring(body_head, 1, 120) || chr(10)
                    || substring(body_text, greatest(length(body_text) - 80, 1)),
                    {{ text_pattern(exit_words) }},
                    3
                ),
                ''
            )
        ) as exit_text,
        body_head,
        body_tail,
        body_text,
        substring(
            split_part(
                -- few have space around them, and trimming is slow
                case
                    when
                        substring({{ said }}, 1, 1) <= ' '
                        or substring({{ said }}, -1) <= ' '
                        then {{ trim_space(said) }}
                    else {{ said }}
                end,
                chr(10),
                1
            ),
            1,
            240
        ) as first_line,
        has_exit_code_meaning,
        is_success and not has_error as is_success_without_error,
        has_bytes_written and not has_error as is_written_without_error,
        is_native_error,
        trim(
            lower(coalesce(status, ''))
            || case when is_failure then ' failure' else '' end
            || case when has_error then ' error_set' else '' end
            || case when has_content_error then ' content_error' else '' end
            || case when is_success and not has_error then ' success' else '' end
            || case when has_bytes_written then ' written' else '' end
        ) as status_words,
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
        or body_start like 'Error%' as is_failed_by_text
    from fielded

)

select * from judged
