-- title: Calls by tool and category of the task
-- question: Which tools, in which categories?
-- chart: heatmap
-- unit: Share of the calls within a category of tasks; · means less than 0.5%. The 15
--   tools called most, in that order; category with most calls at the left.
-- note: Within a category the shares add up to 100%. (others): all tools but the 15.
-- note: A tool is a name, as the call gives it; calls that give none are (no name).
-- columns: column=Category | row=Tool | calls=Calls | value=Share of calls %
--   | lo=From % | hi=To % | n=Calls of the category | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
-- a column of source_parts() is what is compared: here the category
create or replace temp table category_calls as

select
    coalesce(tool_name, '(no name)') as label,
    coalesce(category, 'not recorded') as source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from fct_tool_calls
group by label, category, group_id;

-- part: rows
with

called_most as (

    select
        label,
        hits
    from pooled_parts('category_calls')
    order by hits desc, label asc
    limit 15

),

shown_calls as ( -- noqa: ST03

    select
        category_calls.source,
        category_calls.group_id,
        category_calls.hits,
        coalesce(called_most.label, '(others)') as label
    from category_calls
    left join called_most on category_calls.label = called_most.label

)

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
    short_text(found.label, 60) || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'calls')
        as tip
from source_parts('shown_calls') as found
left join called_most on found.label = called_most.label
order by called_most.hits desc nulls last, row asc, n desc, "column" asc;

-- part: answer
with

sums as (

    select
        source,
        label,
        row_number() over (
            partition by source order by sum(hits) desc, label asc
        ) as place
    from category_calls
    where source <> 'not recorded'
    group by source, label

),

-- the tool called most in each category, among all calls of it
first_calls as ( -- noqa: ST03

    select
        sums.label,
        sums.source,
        category_calls.group_id,
        coalesce(
            sum(category_calls.hits) filter (where category_calls.label = sums.label), 0
        ) as hits,
        sum(category_calls.hits) as cases
    from sums
    inner join category_calls on sums.source = category_calls.source
    where sums.place = 1
    group by sums.label, sums.source, category_calls.group_id

),

firsts as (

    select
        count(*) as category_count,
        count(distinct label) as tool_count,
        min(label) as one_tool,
        list(
            short_text(source, 40) || ': ' || short_text(label, 40) || ' '
            || estimate_text(share, low, high, cases, 'calls')
            order by cases desc, source asc
        ) as texts
    from source_shares('first_calls')

),

calls as (

    select count(*) as call_count
    from fct_tool_calls

)

select
    case
        when calls.call_count = 0 then 'No tool is called.'
        when firsts.category_count = 0 then 'No category is recorded for any call.'
        when firsts.category_count = 1
            then
                'One category is recorded, and called most is '
                || firsts.texts[1] || '.'
        when firsts.tool_count = 1
            then
                short_text(firsts.one_tool, 60) || ' is called most in each of '
                || count_text(firsts.category_count) || ' categories.'
        else
            'Which tool is called most depends on the category: '
            || count_text(firsts.tool_count) || ' tools come first in one or more of '
            || count_text(firsts.category_count) || '.'
    end as lead,
    case
        when firsts.category_count < 2 then ''
        else
            'By category: ' || array_to_string(firsts.texts[:5], '; ')
            || case
                when firsts.category_count <= 5 then ''
                else
                    '; and '
                    || counted(
                        firsts.category_count - 5, 'more category', 'more categories'
                    )
            end
            || '.'
    end as rest
from firsts
cross join calls;

-- part: examples
-- the first call of a conversation of each of the largest categories
with

calls_of_category as ( -- noqa: ST03

    select
        category as label,
        conversation_id,
        turn_index
    from fct_tool_calls

)

select
    conversation_id,
    turn_index,
    short_text(label, 60) || ': its first call' as why
from largest_examples('calls_of_category')
order by hits desc, label asc;
