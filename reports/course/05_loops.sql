-- title: Conversations that go round in a loop, by source
-- question: How often does an agent do the same again?
-- chart: dots
-- unit: Share of the conversations that call a tool, with its 95% interval; one dot per
--   source. Hollow: n under 100, or under 10 prompt groups.
-- note: Repeat: a step makes the very calls, with the same arguments, of the calling
--   step before it. A-B-A-B: of the one before that, at least twice. Both within an
--   exchange; a loop is a run of such steps, and either kind makes "any loop".
-- note: A call again, at any distance: the same tool with the same arguments as earlier
--   in the conversation. That may be right: a file read again after a change.
-- note: Asking again whether something is done counts as a loop, too. The table of
--   loops says how many of the calls failed.
-- columns: measure=Measure | source=Source | hits=Conversations with it | value=Share %
--   | lo=From % | hi=To % | n=Conversations | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table loop_cases as

with

loops as (

    select
        conversation_id,
        bool_or(kind = 'repeat') as has_repeat,
        bool_or(kind = 'alternation') as has_alternation
    from fct_loops
    group by conversation_id

),

repeats as (

    select
        conversation_id,
        bool_or(is_repeat) as has_call_again
    from fct_tool_calls
    group by conversation_id

),

steps as (

    select
        conversation_id,
        count(*) as step_count
    from fct_steps
    where has_calls
    group by conversation_id

),

conversations as (

    select
        dim_conversations.source,
        coalesce(
            dim_conversations.prompt_group_id, dim_conversations.conversation_id
        ) as group_id,
        coalesce(steps.step_count > 1, false) as can_loop,
        loops.conversation_id is not null as has_loop,
        coalesce(loops.has_repeat, false) as has_repeat,
        coalesce(loops.has_alternation, false) as has_alternation,
        coalesce(repeats.has_call_again, false) as has_call_again
    from dim_conversations
    inner join repeats on dim_conversations.conversation_id = repeats.conversation_id
    left join loops on dim_conversations.conversation_id = loops.conversation_id
    left join steps on dim_conversations.conversation_id = steps.conversation_id
    where dim_conversations.duplicate_of_id is null

),

measures (label) as (

    values
    ('Any loop'),
    ('Repeat'),
    ('A-B-A-B'),
    ('A call again, at any distance'),
    ('Any loop, of those that could')

)

select
    measures.label,
    conversations.source,
    conversations.group_id,
    count(*) filter (
        where case measures.label
            when 'Any loop' then conversations.has_loop
            when 'Repeat' then conversations.has_repeat
            when 'A-B-A-B' then conversations.has_alternation
            when 'Any loop, of those that could' then conversations.has_loop
            else conversations.has_call_again
        end
    ) as hits,
    count(*) as cases
from conversations
cross join measures
where measures.label <> 'Any loop, of those that could' or conversations.can_loop
group by measures.label, conversations.source, conversations.group_id;

-- part: rows
with

measures (place, measure) as (

    values
    (1, 'Any loop'),
    (2, 'Repeat'),
    (3, 'A-B-A-B'),
    (4, 'A call again, at any distance')

),

sources as (

    select count(distinct source) as source_count
    from loop_cases

)

select
    measures.measure,
    found.source,
    found.hits,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    -- a chart names the source only where there is something to tell apart
    case
        when sources.source_count = 1 then measures.measure
        else measures.measure || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    measures.measure || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip,
    found.cases < 100 or found.low is null as few
from source_shares('loop_cases') as found
inner join measures on found.label = measures.measure
cross join sources
order by few asc, measures.place asc, n desc, found.source asc;

-- part: answer
with

pooled as (

    select
        label,
        hits,
        group_count,
        estimate_text(share, low, high, cases, 'conversations') as estimate
    from pooled_shares('loop_cases')

),

told as (

    select
        max(hits) filter (where label = 'Any loop') as looping,
        max(group_count) filter (where label = 'Any loop') as group_count,
        max(estimate) filter (where label = 'Any loop') as loop_share,
        max(estimate) filter (where label = 'A call again, at any distance')
            as again_share,
        max(estimate) filter (where label = 'Any loop, of those that could')
            as could_share
    from pooled

),

loops as (

    select
        count(*) as loop_count,
        count(*) filter (where kind = 'repeat') as repeat_count,
        count(*) filter (where kind = 'alternation') as alternation_count,
        count(*) filter (where error_count = call_count) as failing_count,
        count(*) filter (where error_count = 0) as working_count,
        max(calling_step_count) as longest
    from fct_loops

),

tools as (

    select
        tool_name,
        count(*) as loop_count
    from fct_loops
    where tool_name is not null
    group by tool_name

),

first_tool as (

    select
        min_by(
            short_text(tool_name, 40) || ' (' || count_text(loop_count) || ')',
            (-loop_count, tool_name)
        ) as text
    from tools
    where loop_count > 1

),

by_source as (

    select source_texts(source, share, low, high, cases, 'conversations') as texts
    from source_shares('loop_cases')
    where label = 'Any loop'

)

select
    case
        when told.looping is null then 'No tool is called.'
        when told.looping = 0
            then
                'No conversation goes round in a loop: '
                || told.loop_share || '.'
        else
            told.loop_share || ' of conversations that call a tool go round in a loop, '
            || 'from ' || counted(told.group_count, 'prompt', 'prompts') || '.'
    end as lead,
    case
        when told.looping is null then 'So no call can be made again.'
        else
            case
                when told.could_share is null then 'None has two calling steps.'
                else
                    'Of those with two calling steps or more: ' || told.could_share
                    || '.'
            end
            || case
                when loops.loop_count = 0 then ''
                else
                    ' ' || counted(loops.loop_count, 'loop', 'loops') || ': '
                    || count_text(loops.repeat_count) || ' A-A, '
                    || count_text(loops.alternation_count) || ' A-B-A-B; all calls'
                    || ' fail in ' || count_text(loops.failing_count) || ', none in '
                    || count_text(loops.working_count) || '; the longest has '
                    || counted(loops.longest, 'step', 'steps') || '.'
                    || coalesce(' Most often it is ' || first_tool.text || '.', '')
            end
            || ' A call is made again, at any distance, in ' || told.again_share || '.'
            || compared('Any loop', by_source.texts)
    end as rest
from told
cross join loops
cross join first_tool
cross join by_source;

-- part: examples
select
    conversation_id,
    turn_index,
    case kind when 'repeat' then 'repeats ' else 'goes A-B-A-B with ' end
    || short_text(coalesce(tool_name, 'several tools'), 40) || ': '
    || counted(calling_step_count, 'step', 'steps') || ', '
    || counted(error_count, 'error', 'errors') as why
from fct_loops
order by calling_step_count desc, error_count desc, conversation_id asc, turn_index asc
limit 6;
