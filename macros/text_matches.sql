{#- No backslash but `\n` and `\t` stands in patterns: RE2 and Java read them alike. -#}
{%- macro text_matches(text, pattern) -%}
    {{ return(adapter.dispatch('text_matches', 'tracehouse')(text, pattern)) }}
{%- endmacro -%}

{%- macro default__text_matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro -%}

{%- macro spark__text_matches(text, pattern) -%}
    regexp_like({{ text }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro -%}
