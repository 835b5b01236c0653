-- title: Share of calls with an error, by category of the task
-- question: In which tasks?
-- chart: dots
-- unit: Share of the calls with an error by our definition, with its 95% interval;
--   worst first, by the lower end of the interval. Hollow, last: fewer than 100 calls
--   (20 where there are under 5,000 in all), or under 10 prompt groups.
-- note: Categories call different tools and are not equally long: a higher share of
--   errors does not mean that a category is harder.
-- columns: label=Category | errors=Errors | value=Share of calls % | lo=From %
--   | hi=To % | n=Calls | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table category_cases as

select
    coalesce(category, 'not recorded') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_error) as hits,
    count(*) as cases
from fct_tool_calls
group by label, source, group_id;

-- part: rows
select
    label,
    hits as errors,
    share as value,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    share_text(share) as text,
    short_text(label, 60) || ': ' || estimate_text(share, low, high, cases, 'calls')
        as tip,
    low is null
    or cases < case when sum(cases) over () < 5000 then 20 else 100 end as few
from pooled_shares('category_cases')
order by few asc, lo desc nulls last, n desc, label asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all ' || share_text(sum(hits) / sum(cases)) as label
from category_cases
having count(*) > 0;

-- part: answer
with

judged as (

    select
        label,
        hits,
        cases,
        share,
        low,
        high,
        short_text(label, 60) || ', ' || share_text(share) || ' of its calls '
        || support_text(low, high, cases, 'calls') as text,
        low is not null
        and cases >= case when sum(cases) over () < 5000 then 20 else 100 end
            as is_enough
    from pooled_shares('category_cases')

),

totals as (

    select
        count(*) as label_count,
        bool_and(label = 'not recorded') as is_missing,
        count(*) filter (where is_enough) as enough_count,
        sum(hits) as errors,
        max_by(text, (low, cases, label)) filter (where is_enough) as worst,
        min_by(text, (share, -cases, label)) filter (where is_enough) as best,
        max(low) filter (where is_enough)
        > min_by(high, (share, -cases, label)) filter (where is_enough) as is_apart
    from judged

),

worst_of_source as (

    select
        source,
        sum(cases) as cases,
        max_by(
            short_text(label, 40) || ' '
            || estimate_text(share, low, high, cases, 'calls'),
            (low, cases, label)
        ) as text
    from source_shares('category_cases')
    where low is not null and cases >= 20
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || text order by cases desc, source asc
        ) as texts
    from worst_of_source

)

select
    case
        when totals.label_count = 0 then 'No tool is called.'
        when totals.is_missing then 'No category is recorded for any call.'
        when totals.label_count = 1 then 'All calls are of one category.'
        when totals.errors = 0 then 'No call has an error by our definition.'
        when totals.enough_count < 2
            then 'There are no two categories with enough calls to compare.'
        else 'Worst is ' || totals.worst || '.'
    end as lead,
    case
        when totals.label_count = 0 then 'So no call can go wrong.'
        when totals.errors = 0 or totals.enough_count < 2 then ''
        else
            'The lowest share has ' || totals.best || '.'
            || case
                when totals.is_apart then ''
                else ' The two intervals overlap.'
            end
            || compared('Worst', by_source.texts)
    end as rest
from totals
cross join by_source;
