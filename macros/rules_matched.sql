{%- macro rules_matched(text, rules) -%}
    concat(
        '|'
        {%- for row in rules %},
        case when {{ text_matches(text, row.pattern) }} then '{{ row.rule_id }}|' else '' end
        {%- endfor %}
    )
{%- endmacro -%}
