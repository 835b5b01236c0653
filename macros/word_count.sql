{#-
    Each word, with the white space before it, becomes one character. The word put at
    the end takes up white space that no word follows; it is not counted. One linear pass.
-#}
{%- macro word_count(text) -%}
    length({{ text_replace(text ~ " || ' x'", '[ \t\r\n]*[^ \t\r\n]+', 'x') }}) - 1
{%- endmacro -%}
