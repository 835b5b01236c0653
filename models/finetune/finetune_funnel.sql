-- A rule without a conversation is a row as well: nothing was lost to it.
{% set rules = var('finetune_rules') %}

with

finetune_selection as (

    select * from {{ ref('finetune_selection') }}

),

sources as (

    select
        source,
        count(*) as conversation_count
    from finetune_selection
    group by source

),

rules as (
    {% for rule in rules %}
    select
        cast({{ loop.index0 }} as bigint) as rule_index,
        '{{ rule }}' as rule
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

lost as (

    select
        sources.source,
        rules.rule_index,
        rules.rule,
        sources.conversation_count,
        count(*) filter (where finetune_selection.drop_reason = rules.rule)
            as lost_count,
        count(*) filter (
            where
            concat(' ', finetune_selection.drop_reasons, ' ')
            like concat('% ', rules.rule, ' %')
        ) as broken_count,
        count(*) filter (where finetune_selection.drop_reasons = rules.rule)
            as alone_count
    from sources
    cross join rules
    inner join finetune_selection on sources.source = finetune_selection.source
    group by
        sources.source,
        rules.rule_index,
        rules.rule,
        sources.conversation_count

),

funnel as (

    select
        source,
        rule_index,
        rule,
        lost_count,
        broken_count,
        alone_count,
        cast(
            conversation_count - sum(lost_count) over (
                partition by source order by rule_index
            ) as bigint
        ) as left_count
    from lost

)

select * from funnel
