-- The default of the variable finetune_secrets_model. What --redact took out is no
-- reason to drop a conversation.

with

secret_findings as (

    select * from {{ ref('secret_findings') }}

),

left_in as (

    select distinct conversation_id
    from secret_findings
    where kind = 'secret' and not is_redacted

)

select * from left_in
