-- Which rule an error's text fires, and the piece of text that it fired on. The first
-- rule wins, in `error` before the rest of the response, so the order is from special
-- to general. Each is (rule, class, pattern). The line that announces a traceback is a
-- rule of its own: it stands before the exception's line, which says more.
{% set rules = [
    ('tool_not_offered', 'unknown_tool', '^Tool .[^ ]+ does not exist|Unknown tool:'),
    ('skipped', 'skipped', '^.Tool execution skipped|^Skipped: '),
    ('cancelled', 'cancelled', '^.Tool execution cancelled|user interrupt'),
    (
        'arguments_dropped', 'malformed_call',
        'tool call arguments were corrupted|Invalid JSON arguments'
    ),
    ('blocked', 'blocked', '^BLOCKED|(?i)requires? approval|blocked (by|for) '),
    (
        'timed_out', 'timeout',
        '(?i)timed out|timeout (of|after|exceeded|expired)|timeout ?error'
        ~ '|deadline exceeded'
    ),
    ('rate_limited', 'rate_limit', '(?i)rate limit|too many requests|quota exceeded'),
    (
        'import_missing', 'import_error',
        'ModuleNotFoundError|ImportError|No module named|Cannot find (module|package)'
    ),
    (
        'command_missing', 'command_not_found',
        'command not found|sh: ([0-9]+: |line [0-9]+: )*[^ /]+: not found'
    ),
    (
        'patch_mismatch', 'patch_mismatch',
        '(?i)could not find (a )?(match|old_string|the (old )?(text|string))'
        ~ '|(string|text) (to replace )?(was )?not found|not unique'
        ~ '|(multiple|[0-9]+) (matches|occurrences)|hunk #?[0-9]+ failed|does not apply'
    ),
    (
        'permission', 'permission',
        'EACCES|EPERM|(?i)permission denied|operation not permitted|access is denied'
    ),
    (
        'resource', 'resource',
        '(?i)no space left|cannot allocate memory|memoryerror|out of memory|disk quota'
    ),
    (
        'network', 'network',
        'ECONN(REFUSED|RESET)|ENOTFOUND|ERR_(NAME|CONNECTION|INTERNET)_'
        ~ '|(?i)could not resolve host|name or service not known|network is unreachable'
        ~ '|failure in name resolution|connection (refused|reset|aborted)'
        ~ '|max retries exceeded'
    ),
    (
        'http_status', 'http_error',
        '(?i)http(/[0-9.]+)?( error| status)?:? ?[45][0-9][0-9]|404 not found'
        ~ '|status( code)?:? ?[45][0-9][0-9]|[45][0-9][0-9] (client|server) error'
    ),
    (
        'element_missing', 'element_not_found',
        '(?i)(element|selector|locator|unknown ref|ref @?e[0-9]+).{0,40}'
        ~ 'not (found|visible)'
    ),
    (
        'arguments_refused', 'invalid_arguments',
        '(?i)invalid (json |input )?(argument|parameter)'
        ~ '|missing ([0-9]+ )?required|unexpected keyword argument'
        ~ '|(unrecognized|unknown) (argument|option)|are (identical|the same)'
        ~ '|required (argument|parameter|property)'
    ),
    (
        'file_missing', 'not_found',
        'FileNotFoundError|ENOENT|(?i)no such file or directory|(file|path) not found'
    ),
    ('syntax', 'syntax_error', 'SyntaxError|IndentationError|(?i)syntax error'),
    (
        'compiler', 'compile_error',
        'error TS[0-9]+|error.E[0-9]+.:|: error: |(?i)undefined reference'
        ~ '|(compilation|build) failed|cannot find symbol'
    ),
    (
        'tests_failed', 'test_failure',
        'AssertionError|--- FAIL|FAILED |failures=[1-9]'
        ~ '|[1-9][0-9]* (tests? )?(failed|failing)|(?i)tests? failed'
    ),
    (
        'tool_failed', 'tool_crash',
        'TOOL_ERROR|Error executing tool|Tool execution failed'
        ~ '|(?i)internal (server )?error'
    ),
    (
        'exception', 'exception',
        '[A-Z][A-Za-z]*(Error|Exception)(: |$)|panicked at'
    ),
    ('traceback', 'exception', 'Traceback .most recent call last'),
    (
        'unavailable', 'tool_unavailable',
        '(?i)not (available in|installed|configured|enabled)|is disabled|no api key'
        ~ '|(tool|service|server|database|extension) (is )?not available'
    ),
    (
        'thing_missing', 'not_found',
        '(?i)not found|does not exist|no such|could not find|unknown (id|user|session)'
    ),
    ('program_failed', 'nonzero_exit', 'fatal: '),
    (
        'forbidden', 'policy',
        '(?i)can ?not |not (allowed|permitted|enough|available)|forbidden|exceed'
        ~ '|does not (match|add up)'
    ),
] %}

with

int_tool_responses_read as (

    select * from {{ ref('int_tool_responses_read') }}

),

suspects as (

    select
        conversation_id,
        turn_index,
        block_index,
        {{ trim_space("coalesce(error_text, '')") }} as error_text,
        {{ trim_space('body_text') }} as body_text
    from int_tool_responses_read
    where is_reported or is_told or exit_code <> 0

),

error_matched as (

    select
        conversation_id,
        turn_index,
        block_index,
        error_text,
        body_text,
        case
            {%- for rule, class, pattern in rules %}
            when {{ text_matches('error_text', pattern) }} then '{{ rule }}'
            {%- endfor %}
        end as error_rule
    from suspects

),

body_matched as (

    select
        conversation_id,
        turn_index,
        block_index,
        error_text,
        body_text,
        error_rule,
        case
            when error_rule is not null then error_rule
            {%- for rule, class, pattern in rules %}
            when {{ text_matches('body_text', pattern) }} then '{{ rule }}'
            {%- endfor %}
        end as text_rule
    from error_matched

),

-- without a rule the error's own text is quoted, where there is one
quoted as (

    select
        conversation_id,
        turn_index,
        block_index,
        text_rule,
        case
            when error_rule is not null then error_text
            when text_rule is null and error_text <> '' then error_text
            else body_text
        end as full_text
    from body_matched

),

located as (

    select
        conversation_id,
        turn_index,
        block_index,
        text_rule,
        full_text,
        coalesce(
            instr(
                full_text,
                case text_rule
                    {%- for rule, class, pattern in rules %}
                    when '{{ rule }}'
                        then regexp_extract(full_text, {{ text_pattern(pattern) }}, 0)
                    {%- endfor %}
                end
            ),
            1
        ) as match_at
    from quoted

),

-- the line of the match: what stands before it, up to 240 characters from it on; in
-- JSON a line also ends where it has `\n` in it, and a text at its quotes
lined as (

    select
        conversation_id,
        turn_index,
        block_index,
        text_rule,
        split_part(
            split_part(
                split_part(
                    substring(
                        full_text, greatest(match_at - 120, 1), least(match_at - 1, 120)
                    ),
                    chr(10),
                    -1
                ),
                chr(92) || 'n',
                -1
            ),
            '": "',
            -1
        ) as line_before,
        split_part(substring(full_text, match_at, 240), chr(10), 1) as line_from
    from located

),

-- of what stands before the match 60 characters, and the rest of the word they begin in
classified as (

    select
        conversation_id,
        turn_index,
        block_index,
        text_rule,
        case text_rule
            {%- for rule, class, pattern in rules %}
            when '{{ rule }}' then '{{ class }}'
            {%- endfor %}
        end as text_class,
        case
            when text_rule is null then line_from
            else
                regexp_extract(
                    line_before, {{ text_pattern('[^ \t]*[^\n]{0,60}$') }}, 0
                )
                || split_part(split_part(line_from, chr(92) || 'n', 1), '", "', 1)
        end as evidence
    from lined

)

select * from classified
