-- title: Shares by source
-- question: What do the agents do?
-- chart: dots
-- unit: Shares of assistant turns, of calls and (at least one error) of conversations,
--   with their 95% interval, n at the right; one dot per source. Hollow: n under 100.
--   No interval where a source has fewer than 10 prompt groups.
-- note: A turn has a thought where it holds readable reasoning. An empty or encrypted
--   think block means that none was captured, not that there was none.
-- note: A source without any thought has no row of thoughts: not recorded is not 0%.
-- note: An error is one by our definition; others differ widely, see the report Errors.
-- note: Intervals: Wilson, with the effective number of cases among prompt groups.
-- columns: measure=Measure | source=Source | value=Share % | lo=From % | hi=To %
--   | n=Cases | noun=Of | group_count=Prompt groups
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table share_cases as

select
    'Turns that call a tool' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where has_calls) as hits,
    count(*) as cases
from fct_turns
where role = 'assistant'
group by source, group_id
union all
select
    'Turns with a thought' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where has_thought) as hits,
    count(*) as cases
from fct_turns
where
    role = 'assistant'
    -- a source without any thought does not record them
    and source in (
        select turns.source
        from fct_turns as turns
        where turns.has_thought
    )
group by source, group_id
union all
select
    'Calls with an error' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_error) as hits,
    count(*) as cases
from fct_tool_calls
group by source, group_id
union all
select
    'At least one error' as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where error_count > 0) as hits,
    count(*) as cases
from dim_conversations
where duplicate_of_id is null
group by source, group_id;

-- part: rows
with

measures (place, measure, noun) as (

    values
    (1, 'Turns that call a tool', 'assistant turns'),
    (2, 'Turns with a thought', 'assistant turns'),
    (3, 'Calls with an error', 'calls'),
    (4, 'At least one error', 'conversations')

),

sources as (

    select count(distinct source) as source_count
    from share_cases

)

select
    measures.measure,
    measures.noun,
    found.source,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    -- a chart names the source only where there is something to tell apart
    case
        when sources.source_count = 1 then measures.measure
        else measures.measure || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    measures.measure || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, measures.noun
    ) as tip,
    found.cases < 100 as few
from source_shares('share_cases') as found
inner join measures on found.label = measures.measure
cross join sources
order by few asc, measures.place asc, found.source asc;

-- part: answer
with

pooled as (

    select
        share_text(share) as share,
        support_text(low, high, cases, 'turns') as basis,
        label = 'Turns with a thought' as is_thought
    from pooled_shares('share_cases')
    where label in ('Turns that call a tool', 'Turns with a thought')

),

thoughts as (

    select
        count(*) as source_count,
        source_texts(source, share, low, high, cases, 'turns') as texts
    from source_shares('share_cases')
    where label = 'Turns with a thought'

),

sources as (

    select count(*) as source_count
    from source_shares('share_cases')
    where label = 'Turns that call a tool'

),

missing as (

    select
        thoughts.texts,
        case
            when sources.source_count = 0
                then 'Without one there is nothing to measure.'
            when thoughts.source_count = 0 then 'Thoughts are not recorded.'
            when thoughts.source_count < sources.source_count
                then
                    ' Thoughts are not recorded in '
                    || count_text(sources.source_count - thoughts.source_count)
                    || ' of ' || count_text(sources.source_count)
                    || ' sources, which are left out of this.'
            else ''
        end as sentence
    from thoughts
    cross join sources

)

select
    coalesce(
        max(
            pooled.share || ' of assistant turns call a tool ' || pooled.basis || '.'
        ) filter (where not pooled.is_thought),
        'There is no assistant turn.'
    ) as lead,
    coalesce(
        max(
            'A thought was captured in ' || pooled.share || ' of assistant turns '
            || pooled.basis || '.' || compared('A thought', missing.texts)
            || missing.sentence
        ) filter (where pooled.is_thought),
        max(missing.sentence)
    ) as rest
from missing
left join pooled on true;

-- part: examples
-- who has most errors for its calls, and who has most calls without one
with

ranked as (

    select
        conversation_id,
        call_count,
        error_count,
        row_number() over (
            order by error_count / call_count desc, call_count desc, conversation_id asc
        ) as worst,
        row_number() over (
            order by error_count = 0 desc, call_count desc, conversation_id asc
        ) as best
    from dim_conversations
    where duplicate_of_id is null and call_count > 0

)

select
    conversation_id,
    0 as turn_index,
    counted(error_count, 'error', 'errors') || ' in '
    || counted(call_count, 'call', 'calls') as why
from ranked
where worst <= 2 or best <= 2
order by worst asc;
