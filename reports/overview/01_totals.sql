-- title: What each source holds
-- question: How much is there?
-- chart: table
-- unit: One row per source, largest first; with two sources or more, all of them last.
-- note: A turn is one message. How many a conversation takes depends on the format:
--   four calls at once are answered by one tool turn in Hermes data, by four elsewhere.
--   Steps and calls compare across formats. A step is one assistant turn and the
--   responses to its calls.
-- note: Conversations with the same prompt form a prompt group. It is the unit of
--   sampling: intervals of shares rest on groups, not on single calls.
-- note: Exact copies of a conversation are counted once; the others stand under Copies.
-- columns: label=Source | conversations=Conversations | group_count=Prompt groups
--   | turns=Turns | system_turns=System | user_turns=User
--   | assistant_turns=Assistant | tool_turns=Tool | steps=Steps | calls=Calls
--   | turns_each=Turns per conversation | calls_each=Calls per conversation
--   | copies=Copies
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table totals as

with

conversations as (

    select
        source,
        turn_count,
        user_turn_count,
        assistant_turn_count,
        tool_turn_count,
        step_count,
        call_count,
        coalesce(prompt_group_id, conversation_id) as group_id,
        duplicate_of_id is null as is_original
    from dim_conversations

),

system_turns as (

    select
        source,
        count(*) as turn_count
    from fct_turns
    where role = 'system'
    group by rollup(source)

),

counted as (

    select
        source,
        count(*) filter (where is_original) as conversations,
        count(distinct group_id) filter (where is_original) as group_count,
        sum(turn_count) filter (where is_original) as turns,
        sum(user_turn_count) filter (where is_original) as user_turns,
        sum(assistant_turn_count) filter (where is_original) as assistant_turns,
        sum(tool_turn_count) filter (where is_original) as tool_turns,
        sum(step_count) filter (where is_original) as steps,
        sum(call_count) filter (where is_original) as calls,
        count(*) filter (where not is_original) as copies
    from conversations
    group by rollup(source)

)

select
    counted.source,
    counted.conversations,
    counted.group_count,
    coalesce(system_turns.turn_count, 0) as system_turns,
    counted.copies,
    cast(coalesce(counted.turns, 0) as bigint) as turns,
    cast(coalesce(counted.user_turns, 0) as bigint) as user_turns,
    cast(coalesce(counted.assistant_turns, 0) as bigint) as assistant_turns,
    cast(coalesce(counted.tool_turns, 0) as bigint) as tool_turns,
    cast(coalesce(counted.steps, 0) as bigint) as steps,
    cast(coalesce(counted.calls, 0) as bigint) as calls,
    count(*) over () - 1 as source_count
from counted
left join system_turns
    on counted.source is not distinct from system_turns.source;

-- part: rows
select
    conversations,
    group_count,
    turns,
    system_turns,
    user_turns,
    assistant_turns,
    tool_turns,
    steps,
    calls,
    copies,
    coalesce(source, 'all sources') as label,
    turns / nullif(conversations, 0) as turns_each,
    calls / nullif(conversations, 0) as calls_each
from totals
where source is not null or source_count > 1
order by source is null asc, conversations desc, label asc;

-- part: answer
with

whole as (

    select *
    from totals
    where source is null

),

sources as (

    select
        list(
            short_text(source, 40) || ' ' || count_text(conversations)
            || ' (' || count_text(calls) || ')'
            order by conversations desc, source asc
        ) as texts
    from totals
    where source is not null

)

select
    case
        when whole.source_count = 0 then 'Nothing is in the warehouse.'
        else
            counted(whole.conversations, 'conversation', 'conversations')
            || ' from ' || counted(whole.source_count, 'source', 'sources')
            || ': ' || counted(whole.turns, 'turn', 'turns')
            || ', ' || counted(whole.calls, 'tool call', 'tool calls') || '.'
    end as lead,
    ltrim(
        case
            when whole.source_count = 0 then 'No source has given a conversation yet.'
            when whole.conversations = 1 then ''
            when whole.group_count = whole.conversations
                then 'No two of them have the same prompt.'
            else
                'They share ' || counted(whole.group_count, 'prompt', 'prompts')
                || ', about '
                || number_text(whole.conversations / nullif(whole.group_count, 0))
                || ' conversations each.'
        end
        || compared('Conversations (and calls)', sources.texts)
    ) as rest
from whole
cross join sources;

-- part: examples
-- the longest conversation, the middling and the shortest of each source
with

ranked as (

    select
        conversation_id,
        source,
        turn_count,
        call_count,
        row_number() over lengths as place,
        count(*) over (partition by source) as conversations,
        max(turn_count) over (partition by source) as most_turns
    from dim_conversations
    where duplicate_of_id is null
    window lengths as (
        partition by source order by turn_count desc, conversation_id asc
    )

)

select
    conversation_id,
    0 as turn_index,
    case
        when place = 1 then 'the longest'
        when place = conversations then 'the shortest'
        else 'a middling one'
    end
    || ' of ' || short_text(source, 60) || ': '
    || counted(turn_count, 'turn', 'turns') || ', '
    || counted(call_count, 'call', 'calls') as why
from ranked
where place in (1, conversations) or place = (conversations + 1) // 2
order by most_turns desc, source asc, place asc
limit 9;
