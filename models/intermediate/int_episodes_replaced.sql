-- Episodes whose tool works no more in the exchange, while another tool of its kind
-- does in a step after the last error: the first such use. `other` is no kind: what
-- tools of it have in common is that nobody has sorted them.
with

int_errors_grouped as (

    select * from {{ ref('int_errors_grouped') }}

),

int_tool_uses_tried as (

    select * from {{ ref('int_tool_uses_tried') }}

),

episodes as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        exchange_index,
        tool_name,
        tool_kind,
        max(step_index) as last_error_step_index
    from int_errors_grouped
    where closing_step_index is null and tool_kind <> 'other'
    group by
        conversation_id,
        episode_turn_index,
        episode_block_index,
        exchange_index,
        tool_name,
        tool_kind

),

successes as (

    select
        conversation_id,
        turn_index,
        block_index,
        step_index,
        exchange_index,
        tool_name,
        tool_kind
    from int_tool_uses_tried
    where is_success

),

ranked as (

    select
        episodes.conversation_id,
        episodes.episode_turn_index,
        episodes.episode_block_index,
        successes.turn_index,
        successes.block_index,
        row_number() over (
            partition by
                episodes.conversation_id,
                episodes.episode_turn_index,
                episodes.episode_block_index
            order by successes.turn_index, successes.block_index
        ) as success_number
    from episodes
    inner join successes
        on
            episodes.conversation_id = successes.conversation_id
            and episodes.exchange_index = successes.exchange_index
            and episodes.tool_kind = successes.tool_kind
            and episodes.tool_name <> successes.tool_name
            and episodes.last_error_step_index < successes.step_index

),

replaced as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        turn_index as closing_turn_index,
        block_index as closing_block_index
    from ranked
    where success_number = 1

)

select * from replaced
