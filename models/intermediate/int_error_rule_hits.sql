-- Every rule that matches, whether it decides or not. A guard voids what a rule that is
-- enough by itself found in the places it names: a failure that is shown is not one
-- that happened. What fails again with the same arguments is known only then.
-- depends_on: {{ ref('error_rules') }}
{{ config(materialized='table') }}
{% set rules = seed_rows('error_rules') %}

with

error_rules as (

    select * from {{ ref('error_rules') }}

),

int_error_rules_matched as (

    select * from {{ ref('int_error_rules_matched') }}

),

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

guarded as (

    select
        findings.conversation_id,
        findings.turn_index,
        findings.block_index,
        findings.rule_id,
        case when count(*) = 1 then min(guards.rule_id) end as only_guard
    from int_error_rules_matched as findings
    inner join int_error_rules_matched as guards
        using (conversation_id, turn_index, block_index)
    where
        findings.is_sufficient
        and contains(' ' || guards.voids || ' ', ' ' || findings.rule_place || ' ')
    group by
        findings.conversation_id,
        findings.turn_index,
        findings.block_index,
        findings.rule_id

),

judged as (

    select
        conversation_id,
        turn_index,
        block_index,
        rule_id,
        int_error_rules_matched.verdict,
        int_error_rules_matched.side,
        int_error_rules_matched.class,
        int_error_rules_matched.place,
        int_error_rules_matched.rank_number,
        int_error_rules_matched.evidence,
        int_error_rules_matched.evidence_position,
        int_error_rules_matched.is_sufficient,
        guarded.rule_id is not null as is_void,
        guarded.only_guard,
        int_error_rules_matched.verdict = 'error'
        and int_error_rules_matched.is_sufficient
        and guarded.rule_id is null as is_finding
    from int_error_rules_matched
    left join guarded using (conversation_id, turn_index, block_index, rule_id)

),

failing as (

    select distinct
        conversation_id,
        turn_index,
        block_index
    from judged
    where is_finding

),

tried as (

    select
        conversation_id,
        turn_index,
        block_index,
        substring(stg_tool_calls.arguments, 1, 300) as call_text,
        case
            when
                row_number() over (
                    partition by
                        conversation_id,
                        stg_tool_calls.tool_name,
                        stg_tool_calls.arguments_sha256
                    order by turn_index, block_index
                ) > 1
                then 'failed_before'
            else ''
        end as history_words
    from failing
    inner join stg_tool_calls using (conversation_id, turn_index, block_index)
    where stg_tool_calls.arguments_sha256 is not null

),

repeated as (

    select
        conversation_id,
        turn_index,
        block_index,
        call_text,
        {{ rules_matched(
            'history_words', rules | selectattr('place', 'equalto', 'history')
        ) }} as rule_ids
    from tried

),

hits as (

    select * from judged
    union all
    select
        repeated.conversation_id,
        repeated.turn_index,
        repeated.block_index,
        error_rules.rule_id,
        error_rules.verdict,
        error_rules.side,
        error_rules.class,
        'call' as place,
        error_rules.priority as rank_number,
        repeated.call_text as evidence,
        cast(null as bigint) as evidence_position,
        error_rules.is_sufficient,
        false as is_void,
        cast(null as string) as only_guard,
        error_rules.is_sufficient as is_finding
    from repeated
    inner join error_rules
        on contains(repeated.rule_ids, '|' || error_rules.rule_id || '|')

)

select * from hits
