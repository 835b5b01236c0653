{%- macro rule_pattern(rules) -%}
    {{ return('(' ~ rules | map(attribute='pattern') | join(')|(') ~ ')') }}
{%- endmacro -%}
