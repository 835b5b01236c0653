-- title: Calls per tool
-- question: Which tools are called?
-- chart: bars
-- count: conversations
-- unit: Number of calls, all sources together; at the right, conversations that call
--   the tool.
-- note: A tool is a name, as the call gives it. Calls that could not be parsed may give
--   none; they stand as one row at the end.
-- note: The kind of a tool is read from its name (seeds/tool_kinds.csv).
-- columns: label=Tool | kind=Kind | calls=Calls | share=Share % | lo=From % | hi=To %
--   | n=Conversations | sources=Sources
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table tool_cases as

with

groups as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        histogram(coalesce(tool_name, '(no name)')) as sizes,
        count(*) as cases
    from fct_tool_calls
    group by source, group_id

),

tools as (

    select
        coalesce(tool_name, '(no name)') as label,
        max(tool_kind) as kind,
        count(distinct conversation_id) as conversations,
        count(distinct source) as sources,
        bool_or(tool_name is null) as is_nameless
    from fct_tool_calls
    group by label

)

-- each tool in each group, with 0 hits where the group does not call it
select
    tools.label,
    groups.source,
    groups.group_id,
    tools.kind,
    tools.conversations,
    tools.sources,
    tools.is_nameless,
    groups.cases,
    cast(coalesce(groups.sizes[tools.label], 0) as bigint) as hits
from groups
cross join tools;

-- part: rows
with

tools as (

    select distinct
        label,
        kind,
        conversations,
        sources,
        is_nameless
    from tool_cases

)

select
    tools.label,
    tools.kind,
    tools.sources,
    tools.conversations as n,
    pooled.hits as calls,
    cast(pooled.hits as double) as value,
    pooled.share,
    pooled.low as lo,
    pooled.high as hi,
    count_text(pooled.hits) as text,
    short_text(tools.label, 60) || ': ' || counted(pooled.hits, 'call', 'calls') || ', '
    || share_text(pooled.share) || ' of all' as tip,
    pooled.hits = max(pooled.hits) over () as strong
from pooled_shares('tool_cases') as pooled
inner join tools on pooled.label = tools.label
order by tools.is_nameless asc, calls desc, tools.label asc;

-- part: answer
with

ranked as (

    select
        share,
        short_text(label, 60) as short_name,
        row_number() over (order by hits desc, label asc) as place,
        share_text(share) || ' of calls '
        || support_text(low, high, cases, 'calls') as estimate
    from pooled_shares('tool_cases')

),

totals as (

    select
        count(*) as tool_count,
        max(
            short_name || ' is called most: ' || estimate || '.'
        ) filter (where place = 1) as sentence,
        list(short_name order by place asc) filter (where place <= 3) as top_names,
        sum(share) filter (where place <= 3) as top_share
    from ranked

),

most_called as (

    select
        source,
        cases,
        row_number() over (partition by source order by hits desc, label asc) as place,
        short_text(source, 40) || ' ' || short_text(label, 60) || ' '
        || estimate_text(share, low, high, cases, 'calls') as text
    from source_shares('tool_cases')

),

by_source as (

    select list(text order by cases desc, source asc) as texts
    from most_called
    where place = 1

)

select
    coalesce(totals.sentence, 'No tool is called.') as lead,
    case
        when totals.tool_count = 0 then 'So there is no tool to name.'
        when totals.tool_count <= 3
            then
                counted(totals.tool_count, 'tool is', 'tools are') || ' called in all.'
                || compared('Called most', by_source.texts)
        else
            'Of ' || count_text(totals.tool_count) || ' tools called, '
            || listed(totals.top_names) || ' take ' || share_text(totals.top_share)
            || ' of all calls.' || compared('Called most', by_source.texts)
    end as rest
from totals
cross join by_source;
