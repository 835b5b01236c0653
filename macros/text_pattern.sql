{#- Java's `.` stops at all line ends without `(?d)`, and its `$` is also before the last. -#}
{%- macro text_pattern(pattern) -%}
    {{ return(adapter.dispatch('text_pattern', 'tracehouse')(pattern)) }}
{%- endmacro -%}

{%- macro default__text_pattern(pattern) -%}
    '{{ pattern | replace("'", "''") }}'
{%- endmacro -%}

{%- macro spark__text_pattern(pattern) -%}
    '(?d){{ spark__escape_single_quotes(pattern) | replace("$", "\\\\z") }}'
{%- endmacro -%}
