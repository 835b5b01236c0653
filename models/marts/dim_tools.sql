-- A tool is a name as offered to, or called by, the models of one source. Calls that
-- name none (malformed ones) belong to no tool.
with

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

stg_tool_definitions as (

    select * from {{ ref('stg_tool_definitions') }}

),

int_conversations_deduplicated as (

    select * from {{ ref('int_conversations_deduplicated') }}

),

tool_kinds as (

    select * from {{ ref('tool_kinds') }}

),

offered as (

    select
        int_conversations_deduplicated.source,
        stg_tool_definitions.tool_name,
        min(int_conversations_deduplicated.conversation_id)
            as offering_conversation_id,
        count(*) as offered_conversation_count
    from stg_tool_definitions
    inner join int_conversations_deduplicated using (toolset_id)
    where int_conversations_deduplicated.is_original
    group by int_conversations_deduplicated.source, stg_tool_definitions.tool_name

),

called as (

    select
        source,
        tool_name,
        count(distinct conversation_id) as calling_conversation_count,
        count(*) as call_count,
        count(*) filter (where is_answered) as answered_call_count,
        count(*) filter (where is_error) as error_count
    from fct_tool_calls
    where tool_name is not null
    group by source, tool_name

),

tools as (

    select
        source,
        tool_name,
        offered.offering_conversation_id,
        coalesce(tool_kinds.tool_kind, 'other') as tool_kind,
        coalesce(offered.offered_conversation_count, 0) as offered_conversation_count,
        coalesce(called.calling_conversation_count, 0) as calling_conversation_count,
        coalesce(called.call_count, 0) as call_count,
        coalesce(called.answered_call_count, 0) as answered_call_count,
        coalesce(called.error_count, 0) as error_count
    from offered
    full outer join called using (source, tool_name)
    left join tool_kinds using (tool_name)

)

select * from tools
