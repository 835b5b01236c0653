-- Each pattern by itself, as a constant: the way in which int_blocks_measured uses it.
-- depends_on: {{ ref('thought_markers') }}
{% set markers = seed_rows('thought_markers') %}
with

thought_markers as (

    select * from {{ ref('thought_markers') }}

),

matched as (

    select
        pattern,
        example,
        counterexample,
        case pattern
        {% for row in markers %}
                when '{{ row.pattern }}'
                    then {{ text_matches('example', phrase_pattern([row.pattern])) }}
            {% endfor %}
            else false
        end as is_example_found,
        case pattern
        {% for row in markers %}
                when '{{ row.pattern }}'
                    then {{ text_matches('counterexample', phrase_pattern([row.pattern])) }}
            {% endfor %}
            else true
        end as is_counterexample_found
    from thought_markers

)

select * from matched
where not is_example_found or is_counterexample_found
