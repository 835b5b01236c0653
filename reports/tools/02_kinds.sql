-- title: Calls by kind of tool and category of the task
-- question: What are they used for?
-- chart: heatmap
-- unit: Share of the calls within a category of tasks; · means less than 0.5%. Most
--   called kind first, category with most calls at the left.
-- note: The kind of a tool is read from its name (seeds/tool_kinds.csv); a name that is
--   not listed there is of kind other.
-- note: Within a category the shares of all kinds add up to 100%.
-- columns: column=Category | row=Kind of tool | calls=Calls | value=Share of calls %
--   | lo=From % | hi=To % | n=Calls of the category | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
-- a column of source_parts() is what is compared: here the category
create or replace temp table kind_calls as

select
    tool_kind as label,
    coalesce(category, 'not recorded') as source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from fct_tool_calls
group by label, category, group_id;

-- part: rows
select
    found.label as row,
    found.source as "column",
    found.hits as calls,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    cell_text(found.share) as text,
    found.label || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'calls')
        as tip
from source_parts('kind_calls') as found
inner join pooled_parts('kind_calls') as pooled on found.label = pooled.label
order by pooled.hits desc, row asc, n desc, "column" asc;

-- part: answer
with

most_called as (

    select
        label,
        share_text(share) || ' of calls ' || support_text(low, high, cases, 'calls')
            as text
    from pooled_parts('kind_calls')
    order by hits desc, label asc
    limit 1

),

categories as (

    select
        share,
        source,
        short_text(source, 40) || ' ' || estimate_text(share, low, high, cases, 'calls')
            as text
    from source_parts('kind_calls')
    where
        source <> 'not recorded'
        and label in (select most_called.label from most_called)

),

extremes as (

    select
        count(*) as category_count,
        max_by(text, (share, source)) as highest,
        min_by(text, (share, source)) as lowest
    from categories

)

select
    case
        when most_called.label is null then 'No tool is called.'
        when most_called.label = 'other'
            then
                'What most tools are for is not known from their names: '
                || most_called.text || ' are of kind other.'
        else
            'Tools of kind ' || most_called.label || ' are called most: '
            || most_called.text || '.'
    end as lead,
    case
        when most_called.label is null then 'So there is no kind to tell.'
        when extremes.category_count = 0 then 'No category is recorded for any call.'
        when extremes.category_count = 1 then ''
        else
            'By category the share goes from ' || extremes.lowest || ' to '
            || extremes.highest || '.'
    end as rest
from extremes
left join most_called on true;

-- part: examples
-- a call of each of the kinds called most
with

calls_of_kind as ( -- noqa: ST03

    select
        tool_kind as label,
        conversation_id,
        turn_index
    from fct_tool_calls

)

select
    conversation_id,
    turn_index,
    'a call of kind ' || label as why
from largest_examples('calls_of_kind')
order by hits desc, label asc;
