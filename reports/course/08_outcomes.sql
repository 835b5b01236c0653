-- title: Recorded outcomes: passed once, and passed each time
-- question: How often do conversations fail?
-- chart: dots
-- unit: Share of conversations that pass by their recorded outcome, and, where a task
--   was tried several times, the chance that k tries of it all pass (pass^k, over
--   tasks), with 95% intervals. Hollow: n under 20, or under 10 prompt groups.
-- note: The outcome stands in the record: a score, such as the reward of tau-bench, or
--   else whether the run was completed. A score under 1 is not a pass. Scores that are
--   not 0, 0.5 or 1 are no pass and no failure: they are left out.
-- note: "Completed" says that the run came to its end, not that the task is solved.
-- note: pass^k of a task with c passes in n tries is C(c,k) / C(n,k); it is averaged
--   over the tasks with at least k tries by the same model, and shown up to k = 8 where
--   there are ten such tasks. The mean tells how good one try is, pass^k how reliable.
-- columns: measure=Measure | source=Source | outcome=Outcome | value=Passed %
--   | lo=From % | hi=To % | n=Cases | noun=Of | group_count=Prompt groups
-- empty: No conversation has a recorded outcome that is a pass or a failure.

-- part: base
create or replace temp table outcomes as

select
    found.conversation_id,
    -- what stands beside each other: a source and its outcome
    found.source || chr(31) || found.outcome as stratum,
    coalesce(dim_conversations.model, '') as model_name,
    found.group_id,
    not found.is_failed as is_passed
from recorded_outcomes('dim_conversations') as found
inner join dim_conversations
    on found.conversation_id = dim_conversations.conversation_id
where found.is_failed is not null;

-- part: rows
with

passes as ( -- noqa: ST03

    select *
    from repeated_passes('outcomes')

),

named as (

    select
        *,
        label as k,
        split_part(source, chr(31), 1) as source_name,
        split_part(source, chr(31), 2) as outcome,
        case label when 1 then 'conversations' else 'tasks' end as noun,
        case label
            when 1 then 'One try (mean)'
            else 'All of ' || label || ' tries (pass^' || label || ')'
        end as measure,
        max(cases) over (partition by source) as source_size
    from source_shares('passes')

)

select
    measure,
    outcome,
    noun,
    source_name as source,
    share as value,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    measure || ', ' || source_name || ' by ' || outcome as label,
    share_text(share) as text,
    short_text(source_name, 60) || ' by ' || short_text(outcome, 40) || ', '
    || lower(measure) || ': ' || estimate_text(share, low, high, cases, noun) as tip,
    cases < 20 or low is null as few
from named
order by few asc, source_size desc, source_name asc, outcome asc, k asc;

-- part: answer
with

fails as ( -- noqa: ST03

    select
        '' as label,
        stratum as source,
        group_id,
        count(*) filter (where not is_passed) as hits,
        count(*) as cases
    from outcomes
    group by stratum, group_id

),

failing as (

    select
        source,
        cases,
        hits,
        short_text(split_part(source, chr(31), 1), 40) || ' by '
        || short_text(split_part(source, chr(31), 2), 40) as outcome_text,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        counted(group_count, 'prompt', 'prompts') as prompt_text,
        row_number() over (order by cases desc, source asc) as place
    from source_shares('fails')

),

chances as ( -- noqa: ST03

    select *
    from repeated_passes('outcomes')
    where label > 1

),

-- the most tries of the largest source that has any
repeated as (

    select
        found.label as k,
        estimate_text(found.share, found.low, found.high, found.cases, 'tasks')
            as estimate,
        failing.outcome_text,
        share_text(cast(failing.cases - failing.hits as double) / failing.cases)
            as mean_text,
        row_number() over (order by failing.place asc, found.label desc) as place
    from source_shares('chances') as found
    inner join failing on found.source = failing.source

),

told as (

    select
        count(*) as outcome_count,
        max(outcome_text) filter (where place = 1) as first_name,
        max(estimate) filter (where place = 1) as first_share,
        max(prompt_text) filter (where place = 1) as first_prompts,
        list(outcome_text || ' ' || estimate order by place asc) as texts
    from failing

),

tried as (

    select
        max(
            'All of ' || k || ' tries of a task pass in ' || estimate || ', though '
            || mean_text || ' of single tries do (' || outcome_text || ').'
        ) filter (where place = 1) as sentence
    from repeated

),

sizes as (

    select
        count(*) as conversations,
        count(*) filter (
            where outcome_score is not null or is_completed is not null
        ) as recorded
    from dim_conversations
    where duplicate_of_id is null

),

judged as (

    select count(*) as conversations
    from outcomes

)

select
    case
        when sizes.conversations = 0 then 'There is no conversation.'
        when sizes.recorded = 0
            then
                'No outcome is recorded, so how many conversations fail is not known.'
        when judged.conversations = 0
            then 'The recorded outcomes are scores that are no pass and no failure.'
        else
            told.first_share || ' of conversations fail, from ' || told.first_prompts
            || ' (' || told.first_name || ').'
    end as lead,
    case
        when sizes.conversations = 0 then 'Without one there is no outcome.'
        when judged.conversations = 0
            then
                'Signs of trouble stand in the sections below; they are no outcome.'
        else
            coalesce(tried.sentence, 'No ten tasks were tried more than once.')
            || compared('Failing', told.texts)
            || case
                when judged.conversations = sizes.conversations then ''
                else
                    ' Without an outcome that is a pass or a failure: '
                    || counted(
                        sizes.conversations - judged.conversations,
                        'conversation', 'conversations'
                    )
                    || ', left out.'
            end
    end as rest
from told
cross join tried
cross join sizes
cross join judged;

-- part: examples
-- tasks that pass at times and fail at times show most
with

tasks as (

    select
        *,
        count(*) over (partition by stratum, model_name, group_id) as tries,
        count(*) filter (where is_passed) over (
            partition by stratum, model_name, group_id
        ) as passes
    from outcomes

),

last_turns as (

    select
        conversation_id,
        max(turn_index) as turn_index
    from fct_turns
    where role = 'assistant'
    group by conversation_id

),

ranked as (

    select
        tasks.conversation_id,
        split_part(tasks.stratum, chr(31), 2) as outcome,
        tasks.is_passed,
        tasks.tries,
        tasks.passes,
        coalesce(last_turns.turn_index, 0) as turn_index,
        tasks.passes > 0 and tasks.passes < tasks.tries as is_mixed,
        row_number() over (
            partition by tasks.stratum, tasks.is_passed
            order by
                abs(2 * tasks.passes - tasks.tries) asc,
                tasks.tries desc,
                tasks.group_id asc,
                tasks.conversation_id asc
        ) as place
    from tasks
    left join last_turns on tasks.conversation_id = last_turns.conversation_id

)

select
    conversation_id,
    turn_index,
    case when is_passed then 'passes by ' else 'fails by ' end
    || short_text(outcome, 40)
    || case
        when is_mixed
            then ', of a task that passes in ' || passes || ' of ' || tries || ' tries'
        else ''
    end as why
from ranked
where place <= 2
order by is_mixed desc, is_passed asc, conversation_id asc
limit 6;
