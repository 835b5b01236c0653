-- title: Calls per step over the course of a conversation
-- question: Do agents call more at once early or late?
-- chart: lines
-- pct: false
-- x: twentieth of the conversation's calling steps
-- unit: Calls, and different tools, per step that calls a tool, with 95% interval; all
--   sources together. Hollow: n under 20, or under 10 prompt groups.
-- note: The calling steps of each conversation are stretched over 20 equal segments. It
--   counts once in each, with the step at its middle. So all lengths weigh the same; a
--   step of a short conversation stands in several segments.
-- note: The sentences compare the last third of these steps with the first, each step
--   once.
-- columns: series=Measure | segment=Segment | y=Per step | lo=From | hi=To
--   | n=Steps | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table placed_steps as

with

steps as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        call_count,
        distinct_tool_count,
        row_number() over (partition by conversation_id order by step_index asc) - 1
            as place,
        count(*) over (partition by conversation_id) as step_count
    from fct_steps
    where has_calls

)

select
    source,
    group_id,
    place,
    step_count,
    cast(sum(call_count) as bigint) as calls,
    cast(sum(distinct_tool_count) as bigint) as tools,
    count(*) as cases
from steps
group by all;

-- part: rows
with

stretched as (

    select
        *,
        unnest(twentieths_of(place, step_count)) as segment
    from placed_steps

),

-- the table has a column for each source: here the segment is one
segment_steps as ( -- noqa: ST03

    select
        'Calls' as label,
        segment as source,
        group_id,
        calls as hits,
        cases
    from stretched
    union all
    select
        'Different tools' as label,
        segment as source,
        group_id,
        tools as hits,
        cases
    from stretched

)

select
    label as series,
    source as segment,
    source as x,
    mean as y,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    label || ', segment ' || source || ' of 20: '
    || mean_text(mean, low, high, 'per step', cases, 'step', 'steps') as tip,
    cases < 20 or low is null as few
from source_means('segment_steps')
order by series asc, segment asc;

-- part: answer
with

thirds as ( -- noqa: ST03

    select
        'calls' as label,
        source,
        '' as stratum,
        group_id,
        third_of(place, step_count) = 'last' as is_first,
        calls as hits,
        cases
    from placed_steps
    where third_of(place, step_count) in ('first', 'last')

),

contrast as (

    select
        max(verdict) as verdict,
        max(text) as text,
        max(texts) as texts
    from contrast_texts('thirds', 'calls', 'steps')

),

all_steps as ( -- noqa: ST03

    select
        'tools' as label,
        '' as source,
        group_id,
        tools as hits,
        cases
    from placed_steps
    union all
    select
        'calls' as label,
        '' as source,
        group_id,
        calls as hits,
        cases
    from placed_steps

),

means as (

    select
        max(mean_text(mean, low, high, 'calls', cases, 'step', 'steps')) filter (
            where label = 'calls'
        ) as calls,
        max(mean_text(mean, low, high, 'different tools', cases, 'step', 'steps'))
        filter (where label = 'tools') as tools
    from source_means('all_steps')

)

select
    case
        when means.calls is null then 'No tool is called.'
        when contrast.verdict is null or contrast.verdict = 'unknown'
            then
                'Too few steps or prompts to compare late calling steps with early'
                || ' ones.'
        when contrast.verdict = 'higher'
            then
                'Late steps call more at once than early ones: ' || contrast.text || '.'
        when contrast.verdict = 'lower'
            then
                'Late steps call less at once than early ones: ' || contrast.text || '.'
        when contrast.verdict = 'mixed'
            then
                'Late steps call more at once than early ones in some sources, less in'
                || ' others.'
        else
            'Late steps call neither clearly more nor less at once than early ones: '
            || contrast.text || '.'
    end as lead,
    case
        when means.calls is null then 'So there is no step to count in.'
        else
            'A step that calls a tool makes ' || means.calls || ' of ' || means.tools
            || '.'
            || compared('Late less early', contrast.texts)
    end as rest
from means
cross join contrast;

-- part: examples
-- the steps with most calls
select
    conversation_id,
    min_by(turn_index, (-call_count, turn_index)) as turn_index,
    counted(max(call_count), 'call', 'calls') || ' in one step' as why
from fct_steps
where has_calls
group by conversation_id
order by max(call_count) desc, conversation_id asc
limit 4;
