-- title: Tools offered and never called
-- question: Which tools are never called?
-- chart: table
-- unit: Tools that at least one conversation offers and none calls, in any source;
--   those offered most often first.
-- note: Offered is what the record's own tool definitions list. Where they are not
--   recorded nothing can be said.
-- columns: tool=Tool | kind=Kind | offered=Conversations that offer it
--   | sources=Sources
-- empty: Each tool that is offered is called, or no definitions of tools are recorded.

-- part: base
create or replace temp table offers as

with

-- sources that record what they offer
recording as (

    select
        source,
        sum(offered_conversation_count) as offered
    from dim_tools
    group by source
    having sum(offered_conversation_count) > 0

)

select
    dim_tools.tool_name,
    max(dim_tools.tool_kind) as kind,
    min(dim_tools.offering_conversation_id) as offering_conversation_id,
    cast(sum(dim_tools.offered_conversation_count) as bigint) as offered,
    cast(sum(dim_tools.call_count) as bigint) as calls,
    count(*) filter (where dim_tools.offered_conversation_count > 0) as sources
from dim_tools
inner join recording on dim_tools.source = recording.source
group by dim_tools.tool_name;

-- part: rows
select
    tool_name as tool,
    kind,
    offered,
    sources
from offers
where offered > 0 and calls = 0
order by offered desc, tool asc;

-- part: answer
with

totals as (

    select
        count(*) filter (where offered > 0) as offered_count,
        count(*) filter (where offered > 0 and calls = 0) as idle_count,
        count(*) filter (where offered = 0) as made_up_count,
        sum(calls) filter (where offered = 0) as made_up_calls,
        list(
            short_text(tool_name, 60) order by offered desc, tool_name asc
        ) filter (where offered > 0 and calls = 0) as idle_names
    from offers

)

select
    case
        when offered_count = 0
            then 'No definitions of tools are recorded: what was offered is unknown.'
        when idle_count = 0 and offered_count = 1 then 'The one tool offered is called.'
        when idle_count = 0
            then
                'Each of the ' || count_text(offered_count)
                || ' tools offered is called.'
        else
            count_text(idle_count) || ' of '
            || counted(offered_count, 'tool offered is', 'tools offered are')
            || ' never called: ' || listed(
                case
                    when idle_count <= 6 then idle_names
                    else
                        list_append(
                            idle_names[:5], count_text(idle_count - 5) || ' others'
                        )
                end
            )
            || '.'
    end as lead,
    case
        when made_up_count = 0 then ''
        else
            'The other way round, '
            || counted(made_up_count, 'tool is', 'tools are')
            || ' called that no conversation offers, in '
            || counted(made_up_calls, 'call', 'calls') || '.'
    end as rest
from totals;

-- part: examples
-- what offers a tool that none calls, and the other way round
with

made_up_calls as ( -- noqa: ST03

    select
        calls.tool_name as label,
        calls.conversation_id,
        calls.turn_index
    from fct_tool_calls as calls
    inner join offers on calls.tool_name = offers.tool_name
    where offers.offered = 0

),

idle_tools as (

    select
        tool_name,
        offering_conversation_id as conversation_id
    from offers
    where offered > 0 and calls = 0
    order by offered desc, tool_name asc
    limit 5

),

places as (

    select
        1 as place,
        conversation_id,
        0 as turn_index,
        'offers ' || short_text(tool_name, 60) || ', and none calls it' as why
    from idle_tools
    union all
    select
        2 as place,
        conversation_id,
        turn_index,
        'calls ' || short_text(label, 60) || ', which none offers' as why
    from largest_examples('made_up_calls')

)

select
    conversation_id,
    turn_index,
    why
from places
order by place asc, why asc;
