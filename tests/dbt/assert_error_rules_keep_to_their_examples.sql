-- Each pattern by itself, as a constant: the way in which the models use it. `\n` in an
-- example is a line end. What is tried on whole texts has to hold one of the words
-- without which it is not tried.
-- depends_on: {{ ref('error_rules') }}
{% set rules = seed_rows('error_rules') %}
with

error_rules as (

    select * from {{ ref('error_rules') }}

),

texts as (

    select
        rule_id,
        is_sufficient and place in ('json', 'line', 'body') as is_tried_on_words,
        replace(example, chr(92) || 'n', chr(10)) as example,
        replace(counterexample, chr(92) || 'n', chr(10)) as counterexample
    from error_rules

),

matched as (

    select
        rule_id,
        example,
        counterexample,
        not is_tried_on_words or {{ text_matches('example', failure_words()) }}
            as is_tried,
        case rule_id
        {% for row in rules %}
                when '{{ row.rule_id }}' then {{ text_matches('example', row.pattern) }}
            {% endfor %}
            else false
        end as is_example_found,
        case rule_id
        {% for row in rules %}
                when '{{ row.rule_id }}'
                    then {{ text_matches('counterexample', row.pattern) }}
            {% endfor %}
            else true
        end as is_counterexample_found
    from texts

)

select * from matched
where not is_example_found or is_counterexample_found or not is_tried
