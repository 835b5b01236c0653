-- All conversations, exact copies among them: a secret is one wherever it lies. The
-- table has no prefix: people look for it under this name, and count no fact from it.

with

stg_secret_findings as (

    select * from {{ ref('stg_secret_findings') }}

),

stg_conversations as (

    select * from {{ ref('stg_conversations') }}

),

findings as (

    select
        conversation_id,
        stg_secret_findings.finding_index,
        stg_secret_findings.turn_index,
        stg_secret_findings.block_index,
        stg_conversations.source,
        stg_secret_findings.field,
        stg_secret_findings.rule_id,
        stg_secret_findings.kind,
        stg_secret_findings.byte_offset,
        stg_secret_findings.byte_count,
        stg_secret_findings.is_redacted
    from stg_secret_findings
    inner join stg_conversations using (conversation_id)

)

select * from findings
