-- A resolved episode closes with a use of its own tool, a replaced one with a use of
-- another tool of its kind, in a later step, and that is no error. Other fates close
-- with none. (What has no call, an orphan, has no row in fct_tool_calls.)
with

fct_episodes as (

    select * from {{ ref('fct_episodes') }}

),

fct_tool_calls as (

    select * from {{ ref('fct_tool_calls') }}

),

closed as (

    select
        fct_episodes.conversation_id,
        fct_episodes.turn_index,
        fct_episodes.block_index,
        fct_episodes.closing_turn_index,
        fct_episodes.step_index,
        fct_episodes.end_step_index,
        fct_episodes.tool_name,
        fct_episodes.tool_kind,
        fct_episodes.fate,
        fct_episodes.is_resolved,
        fct_tool_calls.step_index as closing_step_index,
        fct_tool_calls.tool_name as closing_tool_name,
        fct_tool_calls.tool_kind as closing_tool_kind,
        fct_tool_calls.is_error
    from fct_episodes
    left join fct_tool_calls
        on
            fct_episodes.conversation_id = fct_tool_calls.conversation_id
            and fct_episodes.closing_turn_index = fct_tool_calls.turn_index
            and fct_episodes.closing_block_index = fct_tool_calls.block_index

)

select * from closed
where
    (closing_turn_index is not null) <> (is_resolved or fate = 'replaced')
    or is_resolved <> (fate in ('resolved_same_target', 'resolved_other_target'))
    or is_error
    or closing_step_index <= step_index
    or (is_resolved and closing_step_index <> end_step_index)
    or (is_resolved and closing_tool_name <> tool_name)
    or (fate = 'replaced' and closing_tool_name = tool_name)
    or (fate = 'replaced' and closing_tool_kind <> tool_kind)
