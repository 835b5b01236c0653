-- title: Words of the thought of calling turns, by step
-- question: Do thoughts get longer or shorter as a conversation goes on?
-- chart: lines
-- x: step of the conversation
-- pct: false
-- unit: Mean number of words of the thought of a turn that calls a tool and has one, by
--   step, with its 95% interval; 21 stands for all later steps. The first point is
--   opening calls, the others are nearly all calls after results. Hollow: n under 20,
--   or under 10 prompt groups.
-- note: Halves are those of the conversation's steps. A conversation that calls often
--   goes on longer, so later steps are of other conversations than early ones.
-- note: Over several sources a difference is the mean of those within the sources that
--   have 10 prompt groups on both sides, weighted by their turns.
-- columns: series=Source | step=Step | y=Mean words | lo=From | hi=To | n=Thoughts
--   | group_count=Prompt groups
-- empty: No thought is recorded before a call.

-- part: base
create or replace temp table step_words as

select
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    least(step_index + 1, 21) as step,
    is_after_results,
    has_calls,
    position_share >= 0.5 as is_late,
    sum(think_words) as hits,
    count(*) as cases
from fct_steps
where has_thought and (has_calls or has_answer)
group by source, group_id, step, is_after_results, has_calls, is_late;

-- part: rows
with

calling_turns as ( -- noqa: ST03

    select
        step as label,
        source,
        group_id,
        hits,
        cases
    from step_words
    where has_calls

)

select
    source as series,
    label as step,
    label as x,
    mean as y,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    short_text(source, 60) || ', step ' || label
    || case when label = 21 then ' or later: ' else ': ' end
    || mean_text(mean, low, high, 'words', cases, 'thought', 'thoughts') as tip,
    cases < 20 or low is null as few
from source_means('calling_turns')
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
    from step_words
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
    from step_words
    where is_after_results

),

contrasts as (

    select
        max(verdict) filter (where label = 'late') as late_verdict,
        max(text) filter (where label = 'late') as late_text,
        max(texts) filter (where label = 'late') as late_texts,
        max(text) filter (where label = 'answers') as answers_text,
        max(support_share) filter (where label = 'answers') as answers_support
    from contrast_texts('contrast_cases', 'words', 'thoughts')

),

totals as (

    select
        count(*) as row_count,
        count(*) filter (where has_calls) as calling_count
    from step_words

)

select
    case
        when totals.row_count = 0 then 'No thought is recorded.'
        when totals.calling_count = 0 then 'No thought stands before a call.'
        when contrasts.late_text is null
            then 'No position can be compared: such thoughts stand in one half only.'
        else
            'Among calls after results alone, thoughts in the second half of a'
            || ' conversation ' || case contrasts.late_verdict
                when 'higher' then 'are longer than those in the first'
                when 'lower' then 'are shorter than those in the first'
                when 'mixed' then 'are longer in some sources and shorter in others'
                when 'unclear'
                    then 'don’t differ clearly in length from those in the first'
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
                        || ' of these thoughts stand at a step with enough of both.'
                end
                || compared('Second half less first', contrasts.late_texts)
            )
    end as rest
from contrasts
cross join totals;

-- part: examples
with

ranked as (

    select
        conversation_id,
        turn_index,
        step_index,
        think_words,
        position_share >= 0.5 as is_late,
        row_number() over (
            partition by position_share >= 0.5
            order by think_words desc, conversation_id asc, turn_index asc
        ) as place
    from fct_steps
    where has_thought and has_calls and is_after_results

)

select
    conversation_id,
    turn_index,
    counted(think_words, 'word', 'words') || ' at step ' || (step_index + 1)
    || ', among the longest of the '
    || case when is_late then 'second half' else 'first half' end as why
from ranked
where place <= 3
order by is_late desc, place asc;
