-- Every error lies in exactly one episode of its tool and exchange: at or after its
-- first error, before the step in which the tool works again. And every episode has as
-- many errors as it says.
with

fct_errors as (

    select * from {{ ref('fct_errors') }}

),

fct_episodes as (

    select * from {{ ref('fct_episodes') }}

),

episodes as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(step_index, -1) as step_index,
        case when is_resolved then end_step_index end as closing_step_index,
        coalesce(exchange_index, -1) as exchange_index,
        coalesce(tool_name, '') as tool_name,
        error_count,
        lead(coalesce(step_index, -1)) over (
            partition by
                conversation_id, coalesce(exchange_index, -1), coalesce(tool_name, '')
            order by turn_index, block_index
        ) as next_step_index
    from fct_episodes

),

errors as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(step_index, -1) as step_index,
        coalesce(exchange_index, -1) as exchange_index,
        coalesce(tool_name, '') as tool_name
    from fct_errors

),

held as (

    select
        errors.conversation_id,
        errors.turn_index,
        errors.block_index,
        episodes.turn_index as episode_turn_index,
        episodes.block_index as episode_block_index,
        count(episodes.turn_index) over (
            partition by
                errors.conversation_id, errors.turn_index, errors.block_index
        ) as holder_count
    from errors
    left join episodes
        on
            errors.conversation_id = episodes.conversation_id
            and errors.exchange_index = episodes.exchange_index
            and errors.tool_name = episodes.tool_name
            and errors.step_index >= episodes.step_index
            and (
                episodes.closing_step_index is null
                or errors.step_index < episodes.closing_step_index
            )

),

counted as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        count(*) as found_error_count,
        max(holder_count) as holder_count
    from held
    group by conversation_id, episode_turn_index, episode_block_index

),

compared as (

    select
        coalesce(counted.conversation_id, episodes.conversation_id) as conversation_id,
        coalesce(counted.episode_turn_index, episodes.turn_index) as turn_index,
        coalesce(counted.episode_block_index, episodes.block_index) as block_index,
        episodes.error_count,
        counted.found_error_count,
        counted.holder_count,
        -- a success closes an episode before the next one of its tool opens
        episodes.next_step_index is not null
        and (
            episodes.closing_step_index is null
            or episodes.next_step_index < episodes.closing_step_index
        ) as is_overlapping
    from counted
    full outer join episodes
        on
            counted.conversation_id = episodes.conversation_id
            and counted.episode_turn_index = episodes.turn_index
            and counted.episode_block_index = episodes.block_index

)

select * from compared
where
    holder_count is distinct from 1
    or error_count is distinct from found_error_count
    or is_overlapping
