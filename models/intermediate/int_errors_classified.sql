-- A tool use is an error where a rule that is enough by itself matches and no guard
-- voids it. Of all error rules that match there, void or not enough ones left out where
-- they would stand alone, the one with the lowest number names side and class.
{{ config(materialized='table') }}

with

int_error_rule_hits as (

    select * from {{ ref('int_error_rule_hits') }}

),

failing as (

    select distinct
        conversation_id,
        turn_index,
        block_index
    from int_error_rule_hits
    where verdict = 'error' and is_sufficient and not is_void

),

numbered as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_error_rule_hits.side,
        int_error_rule_hits.class,
        int_error_rule_hits.rule_id as rule,
        int_error_rule_hits.evidence,
        int_error_rule_hits.evidence_position,
        case when int_error_rule_hits.place = 'call' then 'call' else 'response' end
            as evidence_from,
        row_number() over (
            partition by conversation_id, turn_index, block_index
            order by int_error_rule_hits.rank_number, int_error_rule_hits.rule_id
        ) as number
    from int_error_rule_hits
    inner join failing using (conversation_id, turn_index, block_index)
    where
        int_error_rule_hits.verdict = 'error' and not int_error_rule_hits.is_void

),

classified as (

    select
        conversation_id,
        turn_index,
        block_index,
        side,
        class,
        rule,
        evidence,
        evidence_position,
        evidence_from
    from numbered
    where number = 1

)

select * from classified
