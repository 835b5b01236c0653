-- Exact copies: the first by source, path and record is the original, the others point
-- to it. Carries what the facts repeat of a conversation, so that they join nothing
-- else.
{{ config(materialized='table') }}

with

stg_conversations as (

    select * from {{ ref('stg_conversations') }}

),

stg_files as (

    select * from {{ ref('stg_files') }}

),

ranked as (

    select
        stg_conversations.conversation_id,
        stg_conversations.prompt_group_id,
        stg_conversations.toolset_id,
        stg_conversations.source,
        stg_conversations.category,
        first_value(stg_conversations.conversation_id) over (
            partition by stg_conversations.content_sha256
            order by
                stg_conversations.source,
                stg_files.path,
                stg_conversations.record_index,
                stg_conversations.conversation_id
        ) as original_id
    from stg_conversations
    inner join stg_files on stg_conversations.file_id = stg_files.file_id

),

deduplicated as (

    select
        conversation_id,
        nullif(original_id, conversation_id) as duplicate_of_id,
        prompt_group_id,
        toolset_id,
        source,
        category,
        original_id = conversation_id as is_original
    from ranked

)

select * from deduplicated
