{%- macro text_matches(text, pattern) -%}
    {{ return(adapter.dispatch('text_matches', 'tracehouse')(text, pattern)) }}
{%- endmacro -%}

{%- macro default__text_matches(text, pattern) -%}
    regexp_matches({{ text }}, {{ text_pattern(pattern) }})
{%- endmacro -%}

{%- macro spark__text_matches(text, pattern) -%}
    {%- set searched = case_folded(text) if '(?i' in pattern else text -%}
    regexp_like({{ searched }}, {{ text_pattern(pattern) }})
{%- endmacro -%}
