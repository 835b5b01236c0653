-- title: What assistant turns hold, by category of the task
-- question: Does that depend on the task?
-- chart: stacked
-- unit: Share of the assistant turns in conversations of a category, by whether they
--   hold a thought and whether they call a tool; all sources that record thoughts
--   together. The category with most turns first.
-- note: Categories differ in how much they call for tools, and sources in how much of
--   each they hold: this is no comparison at equal work.
-- columns: row=Category | series=Holds | turns=Turns | share=Share % | lo=From %
--   | hi=To % | n=Assistant turns | group_count=Prompt groups
-- empty: No source records thoughts, or there is no assistant turn.

-- part: base
-- a column of source_parts() is what is compared: here the category
create or replace temp table category_turns as

with

recording as (

    select distinct source
    from fct_steps
    where has_thought

)

select
    case
        when fct_steps.has_thought and fct_steps.has_calls then 1
        when fct_steps.has_thought then 2
        when fct_steps.has_calls then 3
        else 4
    end as label,
    coalesce(fct_steps.category, 'not recorded') as source,
    coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
    count(*) as hits
from fct_steps
inner join recording on fct_steps.source = recording.source
group by label, fct_steps.category, group_id;

-- part: rows
with

kinds (label, kind) as (

    values
    (1, 'Thought and call'),
    (2, 'Thought, no call'),
    (3, 'Call, no thought'),
    (4, 'Neither')

)

select
    found.source as row,
    kinds.kind as series,
    found.share,
    found.hits as turns,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    short_text(found.source, 60) || ', ' || lower(kinds.kind) || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'turns') as tip
from source_parts('category_turns') as found
inner join kinds on found.label = kinds.label
order by n desc, row asc, found.label asc;

-- part: answer
with

-- turns with a thought of all turns
thought_cases as ( -- noqa: ST03

    select
        source as label,
        '' as source,
        group_id,
        coalesce(sum(hits) filter (where label <= 2), 0) as hits,
        sum(hits) as cases
    from category_turns
    where source <> 'not recorded'
    group by source, group_id

),

judged as (

    select
        *,
        short_text(label, 40) || ', '
        || estimate_text(share, low, high, cases, 'turns') as text
    from judged_shares('thought_cases')

),

extremes as (

    select
        count(*) as category_count,
        count(*) filter (where is_enough) as enough_count,
        max_by(text, (share, cases, label)) filter (where is_enough) as highest,
        min_by(text, (share, -cases, label)) filter (where is_enough) as lowest,
        max_by(low, (share, cases, label)) filter (where is_enough)
        > min_by(high, (share, -cases, label)) filter (where is_enough) as is_apart
    from judged

),

totals as (

    select count(*) as row_count
    from category_turns

)

select
    case
        when totals.row_count = 0 then 'Thoughts are not recorded.'
        when extremes.category_count = 0 then 'No category is recorded.'
        when extremes.enough_count < 2
            then 'Too few turns or prompts to compare categories.'
        else 'Turns hold a thought most often in ' || extremes.highest || '.'
    end as lead,
    case
        when totals.row_count = 0 then 'So there is nothing to compare by category.'
        when extremes.enough_count < 2 then ''
        else
            'Least often they do in ' || extremes.lowest || '.'
            || case
                when extremes.is_apart then ''
                else ' The two intervals overlap.'
            end
            || case
                when extremes.category_count = extremes.enough_count then ''
                else
                    ' Too few turns to be compared: '
                    || counted(
                        extremes.category_count - extremes.enough_count,
                        'category', 'categories'
                    )
                    || '.'
            end
    end as rest
from extremes
cross join totals;

-- part: examples
with

recording as (

    select distinct source
    from fct_steps
    where has_thought

),

ranked as (

    select
        fct_steps.conversation_id,
        fct_steps.turn_index,
        fct_steps.category,
        fct_steps.call_count,
        count(*) over (partition by fct_steps.category) as turn_count,
        row_number() over (
            partition by fct_steps.category
            order by
                fct_steps.call_count desc,
                fct_steps.conversation_id asc,
                fct_steps.turn_index asc
        ) as place
    from fct_steps
    inner join recording on fct_steps.source = recording.source
    where
        fct_steps.has_calls
        and not fct_steps.has_thought
        and fct_steps.category is not null

)

select
    conversation_id,
    turn_index,
    short_text(category, 40) || ': ' || counted(call_count, 'call', 'calls')
    || ' and no thought' as why
from ranked
where place = 1
order by turn_count desc, category asc
limit 6;
