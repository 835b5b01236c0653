{%- macro text_replace(text, pattern, new) -%}
    {{ return(adapter.dispatch('text_replace', 'tracehouse')(text, pattern, new)) }}
{%- endmacro -%}

{%- macro default__text_replace(text, pattern, new) -%}
    regexp_replace({{ text }}, {{ text_pattern(pattern) }}, '{{ new }}', 'g')
{%- endmacro -%}

{%- macro spark__text_replace(text, pattern, new) -%}
    regexp_replace({{ text }}, {{ text_pattern(pattern) }}, '{{ new }}')
{%- endmacro -%}
