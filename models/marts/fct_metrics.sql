-- What conversations are compared by, declared here and nowhere else. A metric of any
-- set of conversations is sum(amount) / sum(case_count): the errors among the calls,
-- the steps per conversation. A conversation without a case of a metric has no row of
-- it.
with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

fct_episodes as (

    select * from {{ ref('fct_episodes') }}

),

step_totals as (

    select
        conversation_id,
        count(*) as step_count,
        count(*) filter (where has_thought) as thinking_step_count,
        count(*) filter (where has_calls) as calling_step_count
    from fct_steps
    group by conversation_id

),

-- what becomes of an episode that is cut is not known
episode_totals as (

    select
        conversation_id,
        count(*) as episode_count,
        count(*) filter (where is_resolved) as resolved_count
    from fct_episodes
    where fate <> 'cut'
    group by conversation_id

),

-- where no thought is recorded at all, none is no finding
thinking_models as (

    select
        source,
        coalesce(model, '') as model_name
    from dim_conversations
    group by source, coalesce(model, '')
    having sum(thought_count) > 0

),

-- a score on another scale is no pass and no failure
scales as (

    select
        source,
        outcome_name,
        bool_and(outcome_score in (0, 0.5, 1)) as is_pass_or_fail
    from dim_conversations
    where outcome_score is not null
    group by source, outcome_name

),

conversations as (

    select
        conversation_id,
        dim_conversations.prompt_group_id,
        dim_conversations.source,
        dim_conversations.model,
        dim_conversations.category,
        dim_conversations.call_count,
        dim_conversations.error_count,
        dim_conversations.think_words,
        coalesce(step_totals.step_count, 0) as step_count,
        coalesce(step_totals.thinking_step_count, 0) as thinking_step_count,
        coalesce(step_totals.calling_step_count, 0) as calling_step_count,
        coalesce(episode_totals.episode_count, 0) as episode_count,
        coalesce(episode_totals.resolved_count, 0) as resolved_count,
        thinking_models.source is not null as records_thoughts,
        dim_conversations.end_kind = 'final_answer' as has_answer,
        case
            when dim_conversations.outcome_score is null
                then dim_conversations.is_completed
            when scales.is_pass_or_fail then dim_conversations.outcome_score = 1
        end as is_passed
    from dim_conversations
    left join step_totals using (conversation_id)
    left join episode_totals using (conversation_id)
    left join thinking_models
        on
            dim_conversations.source = thinking_models.source
            and coalesce(dim_conversations.model, '') = thinking_models.model_name
    left join scales
        on
            dim_conversations.source = scales.source
            and coalesce(dim_conversations.outcome_name, '')
            = coalesce(scales.outcome_name, '')
            and dim_conversations.outcome_score is not null
    where dim_conversations.duplicate_of_id is null

),

amounts as (

    select
        conversation_id,
        'errors_per_call' as metric,
        error_count as amount,
        call_count as case_count
    from conversations
    union all
    select
        conversation_id,
        'resolved_errors' as metric,
        resolved_count as amount,
        episode_count as case_count
    from conversations
    union all
    select
        conversation_id,
        'final_answers' as metric,
        case when has_answer then 1 else 0 end as amount,
        1 as case_count
    from conversations
    union all
    select
        conversation_id,
        'passed_outcomes' as metric,
        case when is_passed then 1 else 0 end as amount,
        case when is_passed is null then 0 else 1 end as case_count
    from conversations
    union all
    select
        conversation_id,
        'steps_with_thought' as metric,
        thinking_step_count as amount,
        step_count as case_count
    from conversations
    where records_thoughts
    union all
    select
        conversation_id,
        'think_words_per_step' as metric,
        think_words as amount,
        step_count as case_count
    from conversations
    where records_thoughts
    union all
    select
        conversation_id,
        'steps' as metric,
        step_count as amount,
        1 as case_count
    from conversations
    union all
    select
        conversation_id,
        'calls' as metric,
        call_count as amount,
        1 as case_count
    from conversations
    union all
    select
        conversation_id,
        'calls_per_calling_step' as metric,
        call_count as amount,
        calling_step_count as case_count
    from conversations

),

metrics as (

    select
        conversation_id,
        amounts.metric,
        conversations.prompt_group_id,
        conversations.source,
        conversations.model,
        conversations.category,
        cast(amounts.amount as bigint) as amount,
        cast(amounts.case_count as bigint) as case_count
    from amounts
    inner join conversations using (conversation_id)
    where amounts.case_count > 0

)

select * from metrics
