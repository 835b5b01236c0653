-- title: Thoughts before calls that show a behaviour, over the course of a conversation
-- question: How do they spread over the course of a conversation?
-- chart: lines
-- x: twentieth of the conversation's calling steps
-- unit: Share of the thoughts at a place of the conversation that show a behaviour by
--   their words, with its 95% interval; all sources together. Hollow: n under 20, or
--   under 10 prompt groups.
-- note: Only steps that call a tool: conversations end with an answer, and its thought
--   has little left to plan or to check.
-- note: The calling steps of each conversation are stretched over 20 equal segments. It
--   counts once in each, with the step at its middle, where that has a thought. So all
--   lengths weigh the same; a step of a short conversation stands in several segments.
-- note: The sentences compare the last third of these steps with the first, each
--   thought once, within the same source and length of thought (under 10, 30, 100, 300,
--   1,000 words or more): where thoughts get shorter, they show less for that alone.
-- note: Shown are words, not acts. Presence is counted, once for each
--   thought.
-- note: Four behaviours are compared: of twenty, one would stand out by chance.
-- columns: series=Behaviour | segment=Segment | thoughts=Thoughts with it | y=Share %
--   | lo=From % | hi=To % | n=Thoughts | group_count=Prompt groups
-- empty: No thought is recorded before a call.

-- part: base
create or replace temp table placed_thoughts as

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
    fct_thoughts.source,
    coalesce(fct_thoughts.prompt_group_id, fct_thoughts.conversation_id) as group_id,
    steps.place,
    steps.step_count,
    case
        when fct_thoughts.think_words < 10 then 1
        when fct_thoughts.think_words < 30 then 2
        when fct_thoughts.think_words < 100 then 3
        when fct_thoughts.think_words < 300 then 4
        when fct_thoughts.think_words < 1000 then 5
        else 6
    end as length_class,
    count(*) filter (where fct_thoughts.has_plan) as plan,
    count(*) filter (where fct_thoughts.has_self_correction) as self_correction,
    count(*) filter (where fct_thoughts.has_verification) as verification,
    count(*) filter (where fct_thoughts.has_alternatives) as alternatives,
    count(*) as cases
from fct_thoughts
inner join steps
    on
        fct_thoughts.conversation_id = steps.conversation_id
        and fct_thoughts.step_index = steps.step_index
group by all;

-- part: rows
with

stretched as (

    select
        *,
        unnest(twentieths_of(place, step_count)) as segment
    from placed_thoughts

),

-- the table has a column for each source: here the segment is one
sums as (

    select
        segment as source,
        group_id,
        sum(plan) as plan,
        sum(self_correction) as self_correction,
        sum(verification) as verification,
        sum(alternatives) as alternatives,
        sum(cases) as cases
    from stretched
    group by segment, group_id

),

segment_thoughts as ( -- noqa: ST03

    select
        source,
        group_id,
        cases,
        marker as label,
        hits
    from sums
    unpivot (hits for marker in (plan, self_correction, verification, alternatives))

),

names (label, behaviour) as (

    values
    ('plan', 'Plan'),
    ('self_correction', 'Self-correction'),
    ('verification', 'Verification'),
    ('alternatives', 'Alternatives')

)

select
    names.behaviour as series,
    found.source as segment,
    found.source as x,
    found.hits as thoughts,
    found.share as y,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    names.behaviour || ', segment ' || found.source || ' of 20: '
    || estimate_text(found.share, found.low, found.high, found.cases, 'thoughts')
        as tip,
    found.cases < 20 or found.low is null as few
from source_shares('segment_thoughts') as found
inner join names on found.label = names.label
order by series asc, segment asc;

-- part: answer
with

thirds as (

    select
        source,
        group_id,
        length_class,
        third_of(place, step_count) = 'last' as is_first,
        sum(plan) as plan,
        sum(self_correction) as self_correction,
        sum(verification) as verification,
        sum(alternatives) as alternatives,
        sum(cases) as cases
    from placed_thoughts
    where third_of(place, step_count) in ('first', 'last')
    group by all

),

third_cases as ( -- noqa: ST03

    select
        replace(marker, '_', '-') as label,
        source,
        cast(length_class as varchar) as stratum,
        group_id,
        is_first,
        hits,
        cases
    from thirds
    unpivot (hits for marker in (plan, self_correction, verification, alternatives))

),

contrasts as (

    select
        label,
        verdict,
        ', n = ' || count_text(first_cases) || ' and ' || count_text(second_cases)
        || ' thoughts' as basis,
        label || ' ' || difference_text(difference, low, high, 'pt', '') as text
    from contrast_texts('third_cases', 'pt', 'thoughts')

),

told as (

    select
        count(*) as marker_count,
        count(*) filter (where verdict = 'unknown') as unknown_count,
        list(label order by label asc) filter (where verdict = 'higher') as more_often,
        list(label order by label asc) filter (where verdict = 'lower') as less_often,
        list(label order by label asc) filter (where verdict = 'mixed') as mixed,
        list(text order by label asc) as texts,
        max(basis) as basis
    from contrasts

),

totals as (

    select count(*) as row_count
    from placed_thoughts

)

select
    case
        when totals.row_count = 0 then 'No thought is recorded before a call.'
        when told.marker_count = told.unknown_count
            then 'Too few thoughts or prompts to compare the course of conversations.'
        when told.more_often is null and told.less_often is null
            then
                'No marker is clearly more or less frequent in late thoughts before'
                || ' calls than in early ones of the same length.'
        when told.less_often is null
            then
                'Late thoughts before calls show ' || listed(told.more_often)
                || ' more often than early ones of the same length.'
        when told.more_often is null
            then
                'Late thoughts before calls show ' || listed(told.less_often)
                || ' less often than early ones of the same length.'
        else
            'Late thoughts before calls show ' || listed(told.more_often)
            || ' more often than early ones of the same length, and '
            || listed(told.less_often) || ' less often.'
    end as lead,
    case
        when totals.row_count = 0 then 'So there is no course to follow.'
        when told.marker_count = 0 then ''
        else
            'Last third less first' || told.basis || ': '
            || array_to_string(told.texts, '; ') || '.'
            || case
                when told.mixed is null then ''
                else ' Sources go clearly both ways in ' || listed(told.mixed) || '.'
            end
    end as rest
from told
cross join totals;

-- part: examples
with

thoughts as (

    select
        conversation_id,
        turn_index,
        step_index,
        marker
    from fct_thoughts
    unpivot (
        is_met for marker in (
            has_plan, has_self_correction, has_verification, has_alternatives
        )
    )
    where is_met and has_calls

),

-- the latest of each behaviour
ranked as (

    select
        *,
        row_number() over (
            partition by marker
            order by step_index desc, conversation_id asc, turn_index asc
        ) as place
    from thoughts

)

select
    conversation_id,
    turn_index,
    case marker
        when 'has_plan' then 'plan'
        when 'has_self_correction' then 'self-correction'
        when 'has_verification' then 'verification'
        else 'alternatives'
    end
    || ' as late as step ' || (step_index + 1) as why
from ranked
where place <= 2
order by marker asc, place asc;
