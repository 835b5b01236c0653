{#- Whether one of the rules that look in one of `places` matches, all tried as one pattern. -#}
{%- macro any_rule_matches(text, rules, places) -%}
    {%- set tried = rules | selectattr('place', 'in', places) | list -%}
    {%- if tried -%}
        {{ text_matches(text, rule_pattern(tried)) }}
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro -%}
