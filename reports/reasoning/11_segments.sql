-- title: Kinds of steps, over the course of a conversation
-- question: What comes early, what late?
-- chart: positions
-- x: twentieth of the conversation
-- unit: Share of the conversations whose step at a place does something, all sources
--   together; darker is more, · means less than 0.5%. Most frequent kind first. Numbers
--   are per cent; all conversations are behind each.
-- note: Each conversation is stretched over 20 equal segments, and counts once in each,
--   with the step at its middle. So all lengths weigh the same; a step of a short
--   conversation stands in several segments.
-- note: The sentences count each step that calls a tool once, in the half of the
--   conversation that it stands in. Steps without a call are left out of them: that
--   conversations end with an answer is how they are made.
-- note: Every kind is compared: of twenty, one would stand out by chance.
-- note: Over several sources a difference is the mean of those within the sources that
--   have 10 prompt groups on both sides, weighted by their turns.
-- columns: row=Kind of step | column=Segment | steps=Conversations with it
--   | value=Share % | lo=From % | hi=To % | n=Conversations | group_count=Prompt groups
-- empty: There is no assistant turn.

-- part: base
create or replace temp table placed_steps as

select
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    step_index,
    position_share,
    has_calls,
    count(*) over (partition by conversation_id) as step_count,
    case kind
        when 'mixed' then 'several kinds'
        when 'empty' then 'nothing'
        else kind
    end as kind
from fct_steps;

-- part: rows
with

stretched as (

    select
        group_id,
        kind,
        unnest(twentieths_of(step_index, step_count)) as segment
    from placed_steps

),

-- a column of source_parts() is what is compared: here the segment
segment_steps as ( -- noqa: ST03

    select
        kind as label,
        segment as source,
        group_id,
        count(*) as hits
    from stretched
    group by kind, segment, group_id

)

select
    found.label as row,
    cast(found.source as varchar) as "column",
    found.hits as steps,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    cell_text(found.share) as text,
    found.label || ', ' || found.source || ' of 20: ' || share_text(found.share) || ' ('
    || coalesce(range_text(found.low, found.high), 'no interval') || ')' as tip
from source_parts('segment_steps') as found
inner join pooled_parts('segment_steps') as pooled on found.label = pooled.label
order by pooled.hits desc, row asc, found.source asc;

-- part: answer
with

halves as (

    select
        source,
        group_id,
        kind,
        position_share >= 0.5 as is_late,
        count(*) as hits
    from placed_steps
    where has_calls
    group by source, group_id, kind, is_late

),

half_totals as (

    select
        source,
        group_id,
        is_late,
        sum(hits) as cases
    from halves
    group by source, group_id, is_late

),

kinds as (

    select distinct kind
    from halves

),

half_cases as ( -- noqa: ST03

    select
        kinds.kind as label,
        half_totals.source,
        '' as stratum,
        half_totals.group_id,
        half_totals.is_late as is_first,
        coalesce(halves.hits, 0) as hits,
        half_totals.cases
    from half_totals
    cross join kinds
    left join halves
        on
            half_totals.source = halves.source
            and half_totals.group_id = halves.group_id
            and half_totals.is_late = halves.is_late
            and kinds.kind = halves.kind

),

differences as (

    select
        *,
        label || ', ' || difference_text(difference, low, high, 'pt', '') as text,
        'n = ' || count_text(first_cases) || ' and ' || count_text(second_cases)
        || ' steps' as basis
    from pooled_differences('half_cases')

),

told as (

    select
        count(*) as kind_count,
        count(low) as known_count,
        max(basis) as basis,
        list(text order by difference asc, label asc) filter (where high < 0) as early,
        list(text order by difference desc, label asc) filter (where low > 0) as late
    from differences

),

totals as (

    select
        count(*) as step_count,
        count(*) filter (where has_calls) as calling_count
    from placed_steps

)

select
    case
        when totals.step_count = 0 then 'There is no assistant turn.'
        when totals.calling_count = 0 then 'No step calls a tool.'
        when told.known_count = 0
            then 'Too few conversations to tell early steps from late ones.'
        when told.early is null and told.late is null
            then
                'No kind of call is clearly more frequent in one half of a conversation'
                || ' than in the other.'
        when told.late is null
            then
                'Among steps that call a tool the second half of a conversation has'
                || ' less ' || told.early[1] || '; ' || told.basis || '.'
        when told.early is null
            then
                'Among steps that call a tool the second half of a conversation has'
                || ' more ' || told.late[1] || '; ' || told.basis || '.'
        else
            'Among steps that call a tool the second half of a conversation has less '
            || told.early[1] || ', and more ' || told.late[1] || '; '
            || told.basis || '.'
    end as lead,
    case
        when totals.step_count = 0 then 'Without one there is no course to follow.'
        when told.known_count = 0 or totals.calling_count = 0 then ''
        else
            ltrim(
                case
                    when len(told.early) > 1
                        then
                            'Less frequent late, too: '
                            || array_to_string(told.early[2:], '; ') || '.'
                    else ''
                end
                || case
                    when len(told.late) > 1
                        then
                            ' More frequent late, too: '
                            || array_to_string(told.late[2:], '; ') || '.'
                    else ''
                end
            )
    end as rest
from told
cross join totals;

-- part: examples
with

chains as (

    select
        conversation_id,
        min(turn_index) as turn_index,
        count(*) as step_count,
        string_agg(kind, ' → ' order by step_index asc) filter (where step_index < 12)
            as kinds_in_order
    from fct_steps
    group by conversation_id

)

select
    conversation_id,
    turn_index,
    'one of the longest, ' || counted(step_count, 'step', 'steps') || ': '
    || kinds_in_order
    || case when step_count > 12 then ' → …' else '' end as why
from chains
order by step_count desc, conversation_id asc
limit 4;
