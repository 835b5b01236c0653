-- title: Calls in one turn
-- question: How often are several tools called at once?
-- chart: dots
-- unit: Share of the assistant turns that call a tool, by number of calls in the turn,
--   with its 95% interval. Hollow: n under 100.
-- note: Two shares go by the name of parallel: of all assistant turns, and of those
--   that call a tool at all. Both stand in the answer, the figure shows the second.
-- note: Several calls in one turn were written at once. Whether they also ran at once
--   is not recorded.
-- columns: label=Calls in the turn | turns=Turns | value=Share % | lo=From % | hi=To %
--   | n=Calling turns | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table turn_widths as

select
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    least(call_count, 8) as width,
    count(*) as hits
from fct_steps
group by source, group_id, width;

-- part: rows
with

widths as ( -- noqa: ST03

    select
        width as label,
        source,
        group_id,
        hits
    from turn_widths
    where width > 0

),

named as (

    select
        *,
        case
            when label = 8 then '8 calls or more'
            else counted(label, 'call', 'calls')
        end as calls
    from pooled_parts('widths')

)

select
    calls as label,
    hits as turns,
    share as value,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    share_text(share) as text,
    calls || ': ' || estimate_text(share, low, high, cases, 'calling turns') as tip,
    cases < 100 as few
from named
order by label asc;

-- part: answer
with

all_turns as (

    select
        'several' as label,
        source,
        group_id,
        sum(hits) as cases,
        coalesce(sum(hits) filter (where width > 0), 0) as calling,
        coalesce(sum(hits) filter (where width > 1), 0) as hits
    from turn_widths
    group by source, group_id

),

calling_turns as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        calling as cases,
        hits
    from all_turns
    where calling > 0

),

of_calling_turns as (

    select
        hits,
        cases,
        share_text(share) || ' of the turns that call a tool '
        || support_text(low, high, cases, 'turns') as text
    from pooled_shares('calling_turns')

),

of_turns as (

    select
        share_text(share) || ' of all assistant turns '
        || support_text(low, high, cases, 'turns') as text
    from pooled_shares('all_turns')

),

by_source as (

    select source_texts(source, share, low, high, cases, 'turns') as texts
    from source_shares('calling_turns')

)

select
    case
        when of_calling_turns.cases is null then 'No tool is called.'
        when of_calling_turns.hits = 0
            then
                'None of the ' || count_text(of_calling_turns.cases)
                || ' turns that call a tool holds several calls.'
        else 'Several calls stand in ' || of_calling_turns.text || '.'
    end as lead,
    case
        when of_calling_turns.cases is null then 'So no turn holds several calls.'
        when of_calling_turns.hits = 0 then ''
        else
            'That is ' || of_turns.text || '.'
            || compared('Of calling turns', by_source.texts)
    end as rest
from by_source
left join of_calling_turns on true
left join of_turns on true;

-- part: examples
select
    conversation_id,
    turn_index,
    counted(call_count, 'call', 'calls') || ' in one turn' as why
from fct_steps
where is_parallel
order by call_count desc, conversation_id asc, turn_index asc
limit 5;
