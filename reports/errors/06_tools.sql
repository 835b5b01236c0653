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
    not is_enough as few
from judged_shares('tool_cases')
order by few asc, lo desc nulls last, n desc, label asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all tools ' || share_text(sum(hits) / sum(cases)) as label
from tool_cases
having count(*) > 0;

-- part: answer
select
    lead,
    rest
from worst_shares('tool_cases', 'tool', 'tools');

-- part: examples
-- errors of the tool that the answer names, of the calls that are counted here: not of
-- calls of unknown tools, nor of responses without a call
with

worst as (

    select worst_label as label
    from worst_shares('tool_cases', 'tool', 'tools')

)

select
    fct_errors.conversation_id,
    fct_errors.turn_index,
    short_text(worst.label, 60) || ': ' || short_text(fct_errors.evidence, 80) as why
from fct_errors
inner join fct_tool_calls using (conversation_id, turn_index, block_index)
inner join worst on coalesce(fct_tool_calls.tool_name, '(no name)') = worst.label
where not fct_tool_calls.is_unknown_tool
order by
    fct_errors.conversation_id asc,
    fct_errors.turn_index asc,
    fct_errors.block_index asc
limit 5;
