{#- Matches where one of the rules does; never where there are none. -#}
{%- macro rule_pattern(rules) -%}
    {{ return('((' ~ (rules | map(attribute='pattern') | join(')|(') or 'x^') ~ '))') }}
{%- endmacro -%}
