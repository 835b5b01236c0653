-- title: What assistant turns hold, by source
-- question: How often does a turn hold a thought, calls, both or neither?
-- chart: stacked
-- unit: Share of the assistant turns of a source, by whether they hold a thought and
--   whether they call a tool. The largest source first.
-- note: A turn that neither thinks nor calls is nearly always an answer; of those with
--   a thought and no call, too, the answer is what they end in.
-- note: In a source that records no thoughts, only calls can be told from no calls.
-- columns: row=Source | series=Holds | turns=Turns | share=Share % | lo=From %
--   | hi=To % | n=Assistant turns | group_count=Prompt groups
-- empty: There is no assistant turn.

-- part: base
create or replace temp table turn_kinds as

with

recording as (

    select
        source,
        coalesce(bool_or(has_thought), false) as is_recorded
    from fct_steps
    group by source

)

select
    case
        when fct_steps.has_thought and fct_steps.has_calls then 1
        when fct_steps.has_thought then 2
        when fct_steps.has_calls then 3
        else 4
    end as label,
    case
        when recording.is_recorded then fct_steps.source
        else fct_steps.source || ' (thoughts not recorded)'
    end as source,
    recording.is_recorded,
    coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
    count(*) as hits
from fct_steps
inner join recording on fct_steps.source = recording.source
group by label, fct_steps.source, recording.is_recorded, group_id;

-- part: rows
with

kinds (label, kind) as (

    values
    (1, 'Thought and call'),
    (2, 'Thought, no call'),
    (3, 'Call, no thought'),
    (4, 'Neither')

),

recording as (

    select distinct
        source,
        is_recorded
    from turn_kinds

)

select
    found.source as row,
    -- where no source records thoughts, the names of the parts leave them out too
    case
        when bool_or(recording.is_recorded) over () then kinds.kind
        when found.label = 3 then 'Call'
        else 'No call'
    end as series,
    found.share,
    found.hits as turns,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    short_text(found.source, 60) || ', '
    || case
        when recording.is_recorded then lower(kinds.kind)
        when found.label = 3 then 'a call'
        else 'no call'
    end
    || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'turns') as tip
from source_parts('turn_kinds') as found
inner join kinds on found.label = kinds.label
inner join recording
    on found.source = recording.source and (recording.is_recorded or found.label > 2)
order by n desc, row asc, found.label asc;

-- part: answer
with

recorded_kinds as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        hits
    from turn_kinds
    where is_recorded

),

shares as (

    select
        label,
        share_text(share) as share,
        support_text(low, high, cases, 'turns') as basis
    from pooled_parts('recorded_kinds')

),

by_source as (

    select source_texts(source, share, low, high, cases, 'turns') as texts
    from source_parts('recorded_kinds')
    where label = 1

),

sources as (

    select
        count(distinct source) as source_count,
        count(distinct source) filter (where is_recorded) as recorded_count
    from turn_kinds

),

told as (

    select
        max(share) filter (where label = 1) as both_share,
        max(basis) filter (where label = 1) as both_basis,
        coalesce(max(share) filter (where label = 2), '0%') as thought_share,
        coalesce(max(share) filter (where label = 3), '0%') as call_share,
        coalesce(max(share) filter (where label = 4), '0%') as neither_share,
        max(basis) as any_basis
    from shares

)

select
    case
        when sources.source_count = 0 then 'There is no assistant turn.'
        when sources.recorded_count = 0 then 'Thoughts are not recorded.'
        when told.both_share is null then 'No turn holds both a thought and a call.'
        else
            told.both_share || ' of assistant turns hold both a thought and a call '
            || told.both_basis || '.'
    end as lead,
    case
        when sources.source_count = 0 then 'Without one there is nothing to count.'
        when sources.recorded_count = 0
            then 'So of a turn only its calls can be told: the figure has their share.'
        else
            told.thought_share || ' hold a thought and no call, ' || told.call_share
            || ' a call and no thought, ' || told.neither_share || ' neither.'
            || compared('Both', by_source.texts)
            || unrecorded_text('Thoughts', sources.recorded_count, sources.source_count)
    end as rest
from told
cross join by_source
cross join sources;

-- part: examples
with

recording as (

    select distinct source
    from fct_steps
    where has_thought

),

named as (

    select
        fct_steps.conversation_id,
        fct_steps.turn_index,
        case
            when fct_steps.has_thought then 'a thought and no call'
            when fct_steps.has_calls then 'a call and no thought'
            when fct_steps.has_answer then 'an answer, with neither thought nor call'
            else 'nothing: neither thought nor call nor answer'
        end as why
    from fct_steps
    inner join recording on fct_steps.source = recording.source
    where not (fct_steps.has_thought and fct_steps.has_calls)

),

-- the rarer, the more worth a look
ranked as (

    select
        *,
        count(*) over (partition by why) as turn_count,
        row_number() over (
            partition by why order by conversation_id asc, turn_index asc
        ) as place
    from named

)

select
    conversation_id,
    turn_index,
    'holds ' || why as why
from ranked
where place <= 2
order by turn_count asc, why asc, place asc;
