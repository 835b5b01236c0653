-- title: Share of calls with an error, by tool
-- question: Where do calls go wrong?
-- chart: dots
-- unit: Share of a tool's calls with an error by our definition, with its 95%
--   interval; worst first, by the lower end of the interval. Hollow, last: fewer than
--   100 calls (20 where there are under 5,000 in all), or under 10 prompt groups.
-- note: Calls of tools that are not on offer are errors whatever the tool is; they are
--   left out here and stand under the class unknown tool.
-- note: Sorting by the lower end of the interval keeps a tool with few calls, all of
--   them errors, from standing first.
-- note: A tool that fails often may be used where failing is part of the work: a
--   terminal runs tests that are expected to fail.
-- columns: label=Tool | errors=Errors | value=Share of calls % | lo=From %
--   | hi=To % | n=Calls | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table tool_cases as

select
    coalesce(tool_name, '(no name)') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_error) as hits,
    count(*) as cases
from fct_tool_calls
where not is_unknown_tool
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
from pooled_shares('tool_cases')
order by few asc, lo desc nulls last, n desc, label asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all tools ' || share_text(sum(hits) / sum(cases)) as label
from tool_cases
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
    from pooled_shares('tool_cases')

),

totals as (

    select
        count(*) as label_count,
        count(*) filter (where is_enough) as enough_count,
        sum(hits) as errors,
        max_by(text, (low, cases, label)) filter (where is_enough) as worst,
        min_by(text, (share, -cases, label)) filter (where is_enough) as best,
        max(low) filter (where is_enough)
        > min_by(high, (share, -cases, label)) filter (where is_enough) as is_apart
    from judged

)

select
    case
        when totals.label_count = 0 then 'No tool is called.'
        when totals.errors = 0 then 'No call has an error by our definition.'
        when totals.enough_count < 2
            then 'Too few calls to compare tools.'
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
            || case
                when totals.label_count = totals.enough_count then ''
                else
                    ' Too few calls to be compared: '
                    || counted(
                        totals.label_count - totals.enough_count, 'tool', 'tools'
                    ) || '.'
            end
    end as rest
from totals;

-- part: examples
with

worst as (

    select label
    from pooled_shares('tool_cases')
    where hits > 0
    order by
        low is not null and cases >= 20 desc,
        low desc nulls last,
        cases desc,
        label asc
    limit 1

)

select
    fct_errors.conversation_id,
    fct_errors.turn_index,
    short_text(worst.label, 60) || ': ' || short_text(fct_errors.evidence, 80) as why
from fct_errors
inner join worst on coalesce(fct_errors.tool_name, '(no name)') = worst.label
order by
    fct_errors.conversation_id asc,
    fct_errors.turn_index asc,
    fct_errors.block_index asc
limit 5;
