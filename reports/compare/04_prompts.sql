-- title: Prompts on which the two differ most
-- question: On which tasks do they differ most?
-- chart: table
-- unit: The twenty shared prompts with the largest difference, the largest first; the
--   first and the second are named in the answer.
-- note: Of each metric the difference on a prompt is divided by the standard deviation
--   of the differences on all shared prompts, and the sizes are averaged over the
--   metrics of the prompt. "Differs most in" is the metric with the largest.
-- note: What stands out among many prompts stands out by chance too: these are cases to
--   read, no finding.
-- note: Examples are of the five prompts that stand first, a conversation of each of
--   the two, at its first error, or else at its beginning.
-- columns: task_text=Task | category=Category | first_count=Conversations of the first
--   | second_count=Of the second | metric=Differs most in | first_text=First
--   | second_text=Second | score=Difference in standard deviations
-- empty: No prompt is shared by two sources or models.

-- part: base
create or replace temp table prompt_differences as

with

cases as (

    select *
    from compared_cases('fct_metrics')

),

pairs as (

    select
        label,
        prompt_group_id,
        sum(hits) filter (where is_first) / sum(cases) filter (where is_first)
            as first_mean,
        sum(hits) filter (where not is_first) / sum(cases) filter (where not is_first)
            as second_mean
    from cases
    where prompt_group_id is not null
    group by label, prompt_group_id
    having bool_or(is_first) and bool_or(not is_first)

),

-- rounded, so that the order of summing makes no difference
scaled as (

    select
        *,
        round(
            abs(first_mean - second_mean) / nullif(
                stddev_samp(first_mean - second_mean) over (partition by label), 0
            ),
            9
        ) as size
    from pairs

),

scores as (

    select
        scaled.prompt_group_id,
        max_by(metric_names.name, (scaled.size, -metric_names.place)) as metric,
        max_by(
            metric_text(scaled.first_mean, metric_names.unit),
            (scaled.size, -metric_names.place)
        ) as first_text,
        max_by(
            metric_text(scaled.second_mean, metric_names.unit),
            (scaled.size, -metric_names.place)
        ) as second_text,
        round(avg(scaled.size), 6) as score
    from scaled
    inner join metric_names() as metric_names on scaled.label = metric_names.label
    group by scaled.prompt_group_id

),

arms as (

    select
        prompt_group_id,
        count(*) filter (where is_first) as first_count,
        count(*) filter (where not is_first) as second_count,
        min(conversation_id) filter (where is_first) as first_id,
        min(conversation_id) filter (where not is_first) as second_id
    from cases
    where label = 'steps'
    group by prompt_group_id

)

select
    scores.*,
    arms.first_count,
    arms.second_count,
    arms.first_id,
    arms.second_id,
    count(*) over () as prompt_count,
    row_number() over (
        order by scores.score desc nulls last, scores.prompt_group_id asc
    ) as place
from scores
inner join arms on scores.prompt_group_id = arms.prompt_group_id;

-- part: rows
select
    coalesce(
        short_text(dim_conversations.task, 160),
        'prompt ' || prompt_differences.prompt_group_id
    ) as task_text,
    coalesce(dim_conversations.category, 'not recorded') as category,
    prompt_differences.first_count,
    prompt_differences.second_count,
    prompt_differences.metric,
    prompt_differences.first_text,
    prompt_differences.second_text,
    prompt_differences.score
from prompt_differences
inner join dim_conversations
    on prompt_differences.first_id = dim_conversations.conversation_id
where prompt_differences.place <= 20
order by prompt_differences.place asc;

-- part: answer
with

farthest as (

    select
        dim_conversations.task,
        prompt_differences.*
    from prompt_differences
    inner join dim_conversations
        on prompt_differences.first_id = dim_conversations.conversation_id
    where prompt_differences.place = 1

)

select
    case
        when len(compared.arms) = 0 then 'There is nothing to compare.'
        when compared.second_arm is null
            then
                'There is only one ' || compared.by_what || ', '
                || compared.first_name || '.'
        when farthest.prompt_group_id is null
            then
                compared.first_name || ' and ' || compared.second_name
                || ' share no prompt.'
        else
            'Of the '
            || counted(farthest.prompt_count, 'shared prompt', 'shared prompts') || ', '
            || coalesce(
                '“' || short_text(farthest.task, 100) || '”',
                farthest.prompt_group_id
            )
            || ' divides ' || compared.first_name || ' and ' || compared.second_name
            || ' most.'
    end as lead,
    case
        when compared.second_arm is null then ''
        when farthest.prompt_group_id is null
            then 'So the two cannot be compared on the same tasks.'
        else
            'There the largest difference is in ' || lower(farthest.metric) || ': '
            || farthest.first_text || ' against ' || farthest.second_text || ' (n = '
            || count_text(farthest.first_count) || ' and '
            || counted(farthest.second_count, 'conversation', 'conversations')
            || '). One prompt has no interval.'
    end as rest
from comparison('fct_metrics') as compared
left join farthest on true;

-- part: examples
with

sides as (

    select
        prompt_differences.place,
        prompt_differences.metric,
        prompt_differences.first_id as conversation_id,
        compared.first_name as arm_name,
        prompt_differences.first_text as value_text,
        1 as side
    from prompt_differences
    cross join comparison('fct_metrics') as compared
    where prompt_differences.place <= 5
    union all
    select
        prompt_differences.place,
        prompt_differences.metric,
        prompt_differences.second_id as conversation_id,
        compared.second_name as arm_name,
        prompt_differences.second_text as value_text,
        2 as side
    from prompt_differences
    cross join comparison('fct_metrics') as compared
    where prompt_differences.place <= 5

),

first_errors as (

    select
        conversation_id,
        min(turn_index) as turn_index
    from fct_errors
    group by conversation_id

)

select
    sides.conversation_id,
    coalesce(first_errors.turn_index, 0) as turn_index,
    'prompt ' || sides.place || ', ' || sides.arm_name || ': ' || lower(sides.metric)
    || ' ' || sides.value_text as why
from sides
left join first_errors on sides.conversation_id = first_errors.conversation_id
order by sides.place asc, sides.side asc;
