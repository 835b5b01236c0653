-- A tool use is an error where a rule that is enough by itself matches and no guard
-- voids it. Of all error rules that match there and are not void, the one with the
-- lowest number names side and class. Of the rules that agree with it, one that only
-- names a class quotes best: the message of an exception, not that there was one; and
-- the response quotes better than the call.
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
    where is_finding

),

numbered as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_error_rule_hits.side,
        int_error_rule_hits.class,
        int_error_rule_hits.rule_id,
        int_error_rule_hits.place,
        int_error_rule_hits.is_sufficient,
        int_error_rule_hits.evidence,
        int_error_rule_hits.evidence_position,
        row_number() over (
            partition by conversation_id, turn_index, block_index
            order by int_error_rule_hits.rank_number, int_error_rule_hits.rule_id
        ) as number
    from int_error_rule_hits
    inner join failing using (conversation_id, turn_index, block_index)
    where
        int_error_rule_hits.verdict = 'error' and not int_error_rule_hits.is_void

),

decided as (

    select
        conversation_id,
        turn_index,
        block_index,
        side,
        class,
        rule_id as rule
    from numbered
    where number = 1

),

quotes as (

    select
        conversation_id,
        turn_index,
        block_index,
        decided.side,
        decided.class,
        decided.rule,
        numbered.evidence,
        numbered.evidence_position,
        case when numbered.place = 'call' then 'call' else 'response' end
            as evidence_from,
        row_number() over (
            partition by conversation_id, turn_index, block_index
            order by
                case when numbered.place = 'call' then 1 else 0 end,
                numbered.is_sufficient,
                numbered.number
        ) as quote_number
    from decided
    inner join numbered using (conversation_id, turn_index, block_index)
    where numbered.class = decided.class and numbered.side = decided.side

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
    from quotes
    where quote_number = 1

)

select * from classified
