-- title: Calling turns with a captured thought, by step
-- question: Is it the place, or the position in the conversation?
-- chart: lines
-- x: step of the conversation
-- unit: Share of the turns that call a tool at a step which hold a thought, with its
--   95% interval; 21 stands for all later steps. Only calling turns, so that a line
--   compares like with like: the first point is opening calls, the others are nearly
--   all calls after results. Hollow: n under 20, or under 10 prompt groups.
-- note: Halves are those of the conversation's steps. A conversation that calls often
--   goes on longer, so later steps are of other conversations than early ones.
-- note: At the same step number, answering conversations are about to end and calling
--   ones are not: position is made equal here, what is being done is not.
-- note: Over several sources a difference is the mean of those within the sources that
--   have 10 prompt groups on both sides, weighted by their turns.
-- columns: series=Source | step=Step | thoughts=With a thought | y=Share % | lo=From %
--   | hi=To % | n=Calling turns | group_count=Prompt groups
-- empty: No source records thoughts, or no turn calls a tool.

-- part: base
create or replace temp table step_turns as

with

recording as (

    select distinct source
    from fct_steps
    where has_thought

)

select
    fct_steps.source,
    coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
    least(fct_steps.step_index + 1, 21) as step,
    fct_steps.is_after_results,
    fct_steps.has_calls,
    fct_steps.position_share >= 0.5 as is_late,
    count(*) filter (where fct_steps.has_thought) as hits,
    count(*) as cases
from fct_steps
inner join recording on fct_steps.source = recording.source
where fct_steps.has_calls or fct_steps.has_answer
group by
    fct_steps.source,
    group_id,
    step,
    fct_steps.is_after_results,
    fct_steps.has_calls,
    is_late;

-- part: rows
with

calling_turns as ( -- noqa: ST03

    select
        step as label,
        source,
        group_id,
        hits,
        cases
    from step_turns
    where has_calls

)

select
    source as series,
    label as step,
    label as x,
    hits as thoughts,
    share as y,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    short_text(source, 60) || ', step ' || label
    || case when label = 21 then ' or later: ' else ': ' end
    || estimate_text(share, low, high, cases, 'calling turns') as tip,
    cases < 20 or low is null as few
from source_shares('calling_turns')
order by sum(cases) over (partition by source) desc, source asc, label asc;

-- part: answer
with

contrast_cases as ( -- noqa: ST03

    select
        'late' as label,
        source,
        '' as stratum,
        group_id,
        is_late as is_first,
        hits,
        cases
    from step_turns
    where has_calls and is_after_results
    union all
    select
        'answers' as label,
        source,
        cast(step as varchar) as stratum,
        group_id,
        has_calls as is_first,
        hits,
        cases
    from step_turns
    where is_after_results

),

contrasts as (

    select
        max(verdict) filter (where label = 'late') as late_verdict,
        max(text) filter (where label = 'late') as late_text,
        max(texts) filter (where label = 'late') as late_texts,
        max(text) filter (where label = 'answers') as answers_text,
        max(support_share) filter (where label = 'answers') as answers_support
    from contrast_texts('contrast_cases', 'pt', 'turns')

),

totals as (

    select
        count(*) as row_count,
        count(*) filter (where has_calls) as calling_count,
        cast(
            sum(cases) filter (where has_calls and not is_after_results) as bigint
        ) as opening_count,
        cast(
            sum(cases) filter (
                where has_calls and not is_after_results and step = 1
            ) as bigint
        ) as first_count
    from step_turns

)

select
    case
        when totals.row_count = 0 then 'Thoughts are not recorded.'
        when totals.calling_count = 0 then 'No turn calls a tool.'
        when contrasts.late_text is null
            then
                'No position can be compared: calls after results stand in one half'
                || ' only.'
        else
            'Among calls after results alone, those in the second half of a'
            || ' conversation ' || case contrasts.late_verdict
                when 'higher' then 'hold a thought more often than those in the first'
                when 'lower' then 'hold a thought less often than those in the first'
                when 'mixed'
                    then
                        'hold a thought more often in some sources and less often in'
                        || ' others'
                when 'unclear'
                    then
                        'don’t differ clearly from those in the first in how often they'
                        || ' hold a thought'
                else 'are too few to be told from those in the first'
            end
            || ': ' || contrasts.late_text || '.'
    end as lead,
    case
        when totals.row_count = 0 then 'So there is nothing to compare by position.'
        else
            ltrim(
                case
                    when contrasts.answers_text is null then ''
                    else
                        'Calling less answering after results, at the same step: '
                        || contrasts.answers_text || '; '
                        || share_text(contrasts.answers_support)
                        || ' of these turns stand at a step with enough of both.'
                end
                || case
                    when totals.opening_count is null then ''
                    else
                        ' Of opening calls '
                        || share_text(
                            coalesce(totals.first_count, 0) / totals.opening_count
                        )
                        || ' are the first step (n = '
                        || counted(totals.opening_count, 'turn', 'turns')
                        || '): what sets them apart from later calls can’t be told from'
                        || ' what comes with being first.'
                end
                || compared('Second half less first', contrasts.late_texts)
            )
    end as rest
from contrasts
cross join totals;

-- part: examples
with

-- calls without a thought that come late, after thoughts before
ranked as (

    select
        conversation_id,
        turn_index,
        step_index,
        has_thought,
        has_calls,
        count(*) filter (where has_thought) over (
            partition by conversation_id
            order by step_index asc
            rows between unbounded preceding and 1 preceding
        ) as thoughts_before
    from fct_steps

)

select
    conversation_id,
    turn_index,
    'calls at step ' || (step_index + 1) || ' without a thought, after '
    || counted(thoughts_before, 'thought', 'thoughts') as why
from ranked
where has_calls and not has_thought and thoughts_before > 0
order by thoughts_before desc, conversation_id asc, turn_index asc
limit 5;
