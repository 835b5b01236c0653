with

error_rules as (

    select * from {{ ref('error_rules') }}

),

int_error_rule_hits as (

    select * from {{ ref('int_error_rule_hits') }}

),

int_errors_classified as (

    select * from {{ ref('int_errors_classified') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

hits as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_error_rule_hits.rule_id,
        int_error_rule_hits.is_void,
        int_error_rule_hits.only_guard,
        int_error_rule_hits.is_finding,
        int_errors_classified.rule is not null as is_error,
        coalesce(int_errors_classified.rule = int_error_rule_hits.rule_id, false)
            as is_named_by
    from int_error_rule_hits
    inner join int_conversations_deduplicated using (conversation_id)
    left join int_errors_classified using (conversation_id, turn_index, block_index)
    where int_conversations_deduplicated.is_original

),

counts as (

    select
        rule_id,
        cast(count(*) as bigint) as hit_count,
        cast(sum(case when is_void then 1 else 0 end) as bigint) as void_count,
        cast(sum(case when is_named_by then 1 else 0 end) as bigint) as named_count
    from hits
    group by rule_id

),

-- what would be no error without the rule, or, of a guard, what would be one
found_by_one as (

    select min(rule_id) as rule_id
    from hits
    where is_finding
    group by conversation_id, turn_index, block_index
    having count(*) = 1

),

kept_by_one as (

    select distinct
        conversation_id,
        turn_index,
        block_index,
        only_guard as rule_id
    from hits
    where is_void and not is_error and only_guard is not null

),

alone as (

    select rule_id from found_by_one
    union all
    select rule_id from kept_by_one

),

uniques as (

    select
        rule_id,
        cast(count(*) as bigint) as unique_count
    from alone
    group by rule_id

),

rules as (

    select
        rule_id,
        error_rules.verdict,
        error_rules.side,
        error_rules.class,
        error_rules.is_sufficient,
        error_rules.tool_kinds,
        error_rules.tool_names,
        error_rules.place,
        error_rules.voids,
        error_rules.priority,
        error_rules.pattern,
        coalesce(counts.hit_count, 0) as hit_count,
        coalesce(counts.void_count, 0) as void_count,
        coalesce(uniques.unique_count, 0) as unique_count,
        coalesce(counts.named_count, 0) as named_count
    from error_rules
    left join counts using (rule_id)
    left join uniques using (rule_id)

)

select * from rules
