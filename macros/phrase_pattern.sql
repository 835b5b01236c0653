{%- macro phrase_pattern(phrases) -%}
    {{ return('(?i)(^|[^a-z0-9])(' ~ phrases | join('|') ~ ')([^a-z0-9]|$)') }}
{%- endmacro -%}
