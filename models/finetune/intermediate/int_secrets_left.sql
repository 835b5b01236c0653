-- The default of the variable finetune_secrets_model. What --redact took out is no
-- reason to drop a conversation.

with

secret_findings as (

    select * from {{ ref('secret_findings') }}

),

left_in as (

    select
        conversation_id,
        count(*) as secret_count
    from secret_findings
    where kind = 'secret' and not is_redacted
    group by conversation_id

)

select * from left_in
