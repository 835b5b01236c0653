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
create or replace temp table tool_calls as

select
    coalesce(tool_name, '(no name)') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    conversation_id,
    max(tool_kind) as kind,
    count(*) as hits,
    bool_or(tool_name is null) as is_nameless
from fct_tool_calls
group by label, source, group_id, conversation_id;

-- part: rows
with

tools as (

    select
        label,
        max(kind) as kind,
        count(distinct conversation_id) as conversations,
        count(distinct source) as sources,
        bool_or(is_nameless) as is_nameless
    from tool_calls
    group by label

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
from pooled_parts('tool_calls') as pooled
inner join tools on pooled.label = tools.label
order by tools.is_nameless asc, calls desc, tools.label asc;

-- part: answer
with

ranked as (

    select
        share,
        hits,
        short_text(label, 60) as short_name,
        rank() over (order by hits desc) as rank_by_hits,
        row_number() over (order by hits desc, label asc) as place,
        share_text(share) || ' of calls '
        || support_text(low, high, cases, 'calls') as estimate
    from pooled_parts('tool_calls')

),

totals as (

    select
        count(*) as tool_count,
        count(*) filter (where rank_by_hits = 1) as most_count,
        max(hits) as most_hits,
        max(estimate) filter (where place = 1) as most_share,
        list(
            short_name order by place asc
        ) filter (where rank_by_hits = 1) as most_names,
        list(short_name order by place asc) filter (where place <= 3) as top_names,
        sum(share) filter (where place <= 3) as top_share
    from ranked

),

by_source as (

    select *
    from largest_parts('tool_calls', 'calls')

)

select
    case
        when totals.tool_count = 0 then 'No tool is called.'
        when totals.most_count = 1
            then totals.most_names[1] || ' is called most: ' || totals.most_share || '.'
        else
            listed(
                case
                    when totals.most_count <= 4 then totals.most_names
                    else
                        list_append(
                            totals.most_names[:3],
                            count_text(totals.most_count - 3) || ' others'
                        )
                end
            )
            || ' are called most, ' || counted(totals.most_hits, 'time', 'times')
            || ' each.'
    end as lead,
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

-- part: examples
-- a call of each of the tools called most
with

named_calls as ( -- noqa: ST03

    select
        tool_name as label,
        conversation_id,
        turn_index
    from fct_tool_calls

)

select
    conversation_id,
    turn_index,
    'a call of ' || short_text(label, 60) as why
from largest_examples('named_calls')
order by hits desc, label asc;
