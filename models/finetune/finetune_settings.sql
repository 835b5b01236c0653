-- The variables as this build used them, whether they stand in the project or were
-- given with --vars: what the rules were, for whoever has only the warehouse.
{% set numbers = {
    'finetune_max_error_share': var('finetune_max_error_share'),
    'finetune_max_chars': var('finetune_max_chars'),
    'finetune_min_thoughts': var('finetune_min_thoughts'),
    'finetune_near_duplicate_similarity': var('finetune_near_duplicate_similarity'),
    'finetune_test_share': var('finetune_test_share'),
    'finetune_validation_share': var('finetune_validation_share'),
} %}
{% set texts = {
    'finetune_allows_open_errors': var('finetune_allows_open_errors') | string | lower,
    'finetune_end_kinds': var('finetune_end_kinds') | join(' '),
    'finetune_rules': var('finetune_rules') | join(' '),
    'finetune_secrets_model': var('finetune_secrets_model') or '',
} %}

with

settings as (
    {% for name, value in numbers.items() %}
    select
        '{{ name }}' as setting,
        '{{ value | string | replace("'", "''") }}' as text_value,
        cast({{ value }} as double) as number_value
    union all
    {% endfor %}
    {% for name, value in texts.items() %}
    {% set text = value | string | replace("'", "''") %}
    select
        '{{ name }}' as setting,
        '{{ text }}' as text_value,
        cast(null as double) as number_value
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from settings
