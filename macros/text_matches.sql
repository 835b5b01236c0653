{%- macro text_matches(text, pattern) -%}
    {{ return(adapter.dispatch('text_matches', 'tracehouse')(text, pattern)) }}
{%- endmacro -%}

{%- macro default__text_matches(text, pattern) -%}
    regexp_matches({{ text }}, {{ text_pattern(pattern) }})
{%- endmacro -%}

{%- macro spark__text_matches(text, pattern) -%}
    regexp_like({{ text }}, {{ text_pattern(pattern) }})
{%- endmacro -%}
