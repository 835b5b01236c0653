{#- Whether one of the rules that look in one of `places` matches, all tried as one pattern. -#}
{%- macro any_rule_matches(text, rules, places) -%}
    {{ text_matches(text, rule_pattern(rules | selectattr('place', 'in', places))) }}
{%- endmacro -%}
