-- Law 2: what goes in comes out as a conversation, a reject or a blank, and is really
-- there.
with

dim_files as (

    select * from {{ ref('dim_files') }}

),

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_rejects as (

    select * from {{ ref('fct_rejects') }}

),

conversations as (

    select
        file_id,
        count(*) as found_conversation_count
    from dim_conversations
    group by file_id

),

rejects as (

    select
        file_id,
        count(*) as found_reject_count
    from fct_rejects
    group by file_id

),

counted as (

    select
        file_id,
        dim_files.path,
        dim_files.row_count,
        dim_files.conversation_count,
        dim_files.reject_count,
        dim_files.blank_count,
        coalesce(conversations.found_conversation_count, 0)
            as found_conversation_count,
        coalesce(rejects.found_reject_count, 0) as found_reject_count
    from dim_files
    left join conversations using (file_id)
    left join rejects using (file_id)

)

select * from counted
where
    row_count <> conversation_count + reject_count + blank_count
    or conversation_count <> found_conversation_count
    or reject_count <> found_reject_count
