-- title: Failing calls over the course of a conversation
-- question: Do calls fail more often early or late?
-- chart: lines
-- x: twentieth of the conversation's calling steps
-- unit: Share of calls that are an error, with its 95% interval; all sources together.
--   Hollow: n under 20, or under 10 prompt groups.
-- note: The calling steps of each conversation are stretched over 20 equal segments. It
--   counts once in each, with the calls of the step at its middle. So all lengths weigh
--   the same; a step of a short conversation stands in several segments.
-- note: The sentences compare the last third of these steps with the first, each call
--   once and within the same source and kind of tool.
-- note: Conversations that fail at once are short: who gets far may be who fails less.
-- columns: segment=Segment | errors=Errors | y=Share % | lo=From % | hi=To % | n=Calls
--   | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table placed_calls as

with

steps as (

    select
        conversation_id,
        step_index,
        row_number() over (partition by conversation_id order by step_index asc) - 1
            as place,
        count(*) over (partition by conversation_id) as step_count
    from fct_steps
    where has_calls

)

select
    fct_tool_calls.source,
    fct_tool_calls.tool_kind,
    coalesce(fct_tool_calls.prompt_group_id, fct_tool_calls.conversation_id)
        as group_id,
    steps.place,
    steps.step_count,
    count(*) filter (where fct_tool_calls.is_error) as errors,
    count(*) as cases
from fct_tool_calls
inner join steps
    on
        fct_tool_calls.conversation_id = steps.conversation_id
        and fct_tool_calls.step_index = steps.step_index
group by all;

-- part: rows
with

stretched as (

    select
        *,
        unnest(twentieths_of(place, step_count)) as segment
    from placed_calls

),

-- the table has a column for each source: here the segment is one
segment_calls as ( -- noqa: ST03

    select
        'Calls that fail' as label,
        segment as source,
        group_id,
        errors as hits,
        cases
    from stretched

)

select
    label as series,
    source as segment,
    source as x,
    hits as errors,
    share as y,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    'segment ' || source || ' of 20: '
    || estimate_text(share, low, high, cases, 'calls') as tip,
    cases < 20 or low is null as few
from source_shares('segment_calls')
order by segment asc;

-- part: answer
with

thirds as ( -- noqa: ST03

    select
        'errors' as label,
        source,
        tool_kind as stratum,
        group_id,
        third_of(place, step_count) = 'last' as is_first,
        errors as hits,
        cases
    from placed_calls
    where third_of(place, step_count) in ('first', 'last')

),

contrast as (

    select
        max(verdict) as verdict,
        max(text) as text,
        max(texts) as texts
    from contrast_texts('thirds', 'pt', 'calls')

),

first_steps as ( -- noqa: ST03

    select
        place = 0 as label,
        '' as source,
        group_id,
        errors as hits,
        cases
    from placed_calls

),

told as (

    select
        max(estimate_text(share, low, high, cases, 'calls')) filter (where label)
            as first_text,
        max(estimate_text(share, low, high, cases, 'calls')) filter (where not label)
            as later_text
    from pooled_shares('first_steps')

)

select
    case
        when told.first_text is null then 'No tool is called.'
        when contrast.verdict is null or contrast.verdict = 'unknown'
            then 'Too few calls or prompts to compare late calls with early ones.'
        when contrast.verdict = 'higher'
            then
                'Late calls fail more often than early ones of the same kind: '
                || contrast.text || '.'
        when contrast.verdict = 'lower'
            then
                'Late calls fail less often than early ones of the same kind: '
                || contrast.text || '.'
        when contrast.verdict = 'mixed'
            then
                'Late calls fail more often than early ones of the same kind in some'
                || ' sources, less often in others.'
        else
            'Late calls fail neither clearly more nor less often than early ones of the'
            || ' same kind: ' || contrast.text || '.'
    end as lead,
    case
        when told.first_text is null then 'So none fails.'
        else
            'In the first calling step ' || told.first_text || ' fail'
            || coalesce(', later ' || told.later_text, '') || '.'
            || compared('Late less early', contrast.texts)
    end as rest
from told
cross join contrast;

-- part: examples
-- errors in the first step that calls a tool, and in the last
with

steps as (

    select
        conversation_id,
        min(step_index) as first_step,
        max(step_index) as last_step
    from fct_steps
    where has_calls
    group by conversation_id
    having count(*) > 1

),

placed as (

    select
        fct_errors.conversation_id,
        fct_errors.turn_index,
        fct_errors.class,
        fct_errors.step_index = steps.first_step as is_first
    from fct_errors
    inner join steps on fct_errors.conversation_id = steps.conversation_id
    where fct_errors.step_index in (steps.first_step, steps.last_step)

),

ranked as (

    select
        *,
        row_number() over (
            partition by is_first
            order by conversation_id asc, turn_index asc, class asc
        ) as place
    from placed

)

select
    conversation_id,
    turn_index,
    replace(class, '_', ' ') || ' in the '
    || case when is_first then 'first' else 'last' end || ' step that calls' as why
from ranked
where place <= 2
order by is_first desc, place asc;
