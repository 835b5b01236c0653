-- An episode that nothing resolves is cut where its exchange is the last and the record
-- stops before the agent did: in the middle of a message, by the record's own flag, or,
-- without one, with a call unanswered or results without a reply.
with

int_errors_grouped as (

    select * from {{ ref('int_errors_grouped') }}

),

int_tool_calls_targeted as (

    select * from {{ ref('int_tool_calls_targeted') }}

),

int_episodes_resolved as (

    select * from {{ ref('int_episodes_resolved') }}

),

int_episodes_replaced as (

    select * from {{ ref('int_episodes_replaced') }}

),

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

fct_thoughts as (

    select * from {{ ref('fct_thoughts') }}

),

errors as (

    select
        conversation_id,
        turn_index,
        block_index,
        int_errors_grouped.episode_turn_index,
        int_errors_grouped.episode_block_index,
        int_errors_grouped.step_index,
        int_errors_grouped.exchange_index,
        int_errors_grouped.closing_step_index,
        int_errors_grouped.last_use_step_index,
        int_errors_grouped.tool_name,
        int_errors_grouped.tool_kind,
        int_tool_calls_targeted.arguments_sha256,
        turn_index = int_errors_grouped.episode_turn_index
        and block_index = int_errors_grouped.episode_block_index as is_first,
        int_errors_grouped.side,
        int_errors_grouped.class
    from int_errors_grouped
    left join int_tool_calls_targeted using (conversation_id, turn_index, block_index)

),

-- what its errors have in common is the same in each
episodes as (

    select
        conversation_id,
        episode_turn_index,
        episode_block_index,
        min(step_index) as step_index,
        max(step_index) as last_error_step_index,
        min(exchange_index) as exchange_index,
        min(closing_step_index) as closing_step_index,
        max(last_use_step_index) as last_use_step_index,
        min(tool_name) as tool_name,
        min(tool_kind) as tool_kind,
        min(side) filter (where is_first) as side,
        min(class) filter (where is_first) as class,
        count(*) as error_count,
        count(arguments_sha256) - count(distinct arguments_sha256) as repeat_count
    from errors
    group by conversation_id, episode_turn_index, episode_block_index

),

conversations as (

    select
        conversation_id,
        prompt_group_id,
        source,
        category,
        exchange_count - 1 as last_exchange_index,
        end_kind = 'length_limit'
        or coalesce(
            not is_completed,
            end_kind in ('after_results', 'no_reply', 'unanswered_call')
        ) as is_cut
    from dim_conversations

),

exchanges as (

    select
        conversation_id,
        coalesce(exchange_index, -1) as exchange_index,
        max(step_index) as last_step_index
    from fct_steps
    group by conversation_id, exchange_index

),

steps as (

    select
        conversation_id,
        step_index,
        cast(
            sum(think_chars) over (
                partition by conversation_id order by step_index
            ) as bigint
        ) as think_chars_so_far,
        cast(
            sum(think_words) over (
                partition by conversation_id order by step_index
            ) as bigint
        ) as think_words_so_far,
        min(case when has_thought then step_index end) over (
            partition by conversation_id
            order by step_index
            range between 1 following and unbounded following
        ) as next_thought_step_index
    from fct_steps

),

thoughts as (

    select
        conversation_id,
        step_index,
        max(case when has_failure then 1 else 0 end) = 1 as is_failure_mentioned
    from fct_thoughts
    group by conversation_id, step_index

),

ended as (

    select
        episodes.conversation_id,
        episodes.episode_turn_index,
        episodes.episode_block_index,
        coalesce(
            episodes.closing_step_index,
            greatest(
                coalesce(exchanges.last_step_index, -1), episodes.last_error_step_index
            )
        ) as end_step_index,
        episodes.closing_step_index is null
        and conversations.is_cut
        and episodes.exchange_index = conversations.last_exchange_index as is_cut
    from episodes
    inner join conversations
        on episodes.conversation_id = conversations.conversation_id
    left join exchanges
        on
            episodes.conversation_id = exchanges.conversation_id
            and episodes.exchange_index = exchanges.exchange_index

),

judged as (

    select
        episodes.conversation_id,
        episodes.episode_turn_index as turn_index,
        episodes.episode_block_index as block_index,
        coalesce(
            int_episodes_resolved.closing_turn_index,
            int_episodes_replaced.closing_turn_index
        ) as closing_turn_index,
        coalesce(
            int_episodes_resolved.closing_block_index,
            int_episodes_replaced.closing_block_index
        ) as closing_block_index,
        nullif(episodes.step_index, -1) as step_index,
        nullif(ended.end_step_index, -1) as end_step_index,
        nullif(episodes.exchange_index, -1) as exchange_index,
        conversations.prompt_group_id,
        conversations.source,
        conversations.category,
        episodes.tool_name,
        episodes.tool_kind,
        episodes.side,
        episodes.class,
        case
            when int_episodes_resolved.is_same_target then 'resolved_same_target'
            when episodes.closing_step_index is not null then 'resolved_other_target'
            when ended.is_cut then 'cut'
            when int_episodes_replaced.closing_turn_index is not null then 'replaced'
            when episodes.last_use_step_index > episodes.last_error_step_index
                then 'dropped'
            else 'last'
        end as fate,
        episodes.error_count,
        episodes.repeat_count,
        ended.end_step_index - episodes.step_index as step_count,
        coalesce(last_steps.think_chars_so_far, 0)
        - coalesce(first_steps.think_chars_so_far, 0) as think_chars,
        coalesce(last_steps.think_words_so_far, 0)
        - coalesce(first_steps.think_words_so_far, 0) as think_words,
        episodes.closing_step_index is not null as is_resolved,
        thoughts.is_failure_mentioned
    from episodes
    inner join conversations
        on episodes.conversation_id = conversations.conversation_id
    inner join ended
        on
            episodes.conversation_id = ended.conversation_id
            and episodes.episode_turn_index = ended.episode_turn_index
            and episodes.episode_block_index = ended.episode_block_index
    left join int_episodes_resolved
        on
            episodes.conversation_id = int_episodes_resolved.conversation_id
            and episodes.episode_turn_index = int_episodes_resolved.episode_turn_index
            and episodes.episode_block_index = int_episodes_resolved.episode_block_index
    left join int_episodes_replaced
        on
            episodes.conversation_id = int_episodes_replaced.conversation_id
            and episodes.episode_turn_index = int_episodes_replaced.episode_turn_index
            and episodes.episode_block_index = int_episodes_replaced.episode_block_index
            and not ended.is_cut
    left join steps as first_steps
        on
            episodes.conversation_id = first_steps.conversation_id
            and episodes.step_index = first_steps.step_index
    left join steps as last_steps
        on
            episodes.conversation_id = last_steps.conversation_id
            and ended.end_step_index = last_steps.step_index
    left join thoughts
        on
            episodes.conversation_id = thoughts.conversation_id
            and first_steps.next_thought_step_index = thoughts.step_index
            and ended.end_step_index >= thoughts.step_index

)

select * from judged
