-- title: Share of calls with an error, by definition
-- question: How many calls go wrong?
-- chart: dots
-- unit: Share of calls, the unanswered ones too, with its 95% interval. Hollow: n
--   under 100. The table also has the share of conversations with at least one.
-- note: Definitions differ widely, so none of these figures means much without its own.
--   An error of a call is not a failure of the task.
-- note: Ours: the call is malformed, names no tool on offer or has no response, or its
--   response reports or tells of a failure, or exits with a code that means one.
-- note: Hermes A is the rule of hermes-agent's tool statistics: the response has an
--   error or reports no success; exit codes do not count. Hermes B is the rule of its
--   display: the exit code of a terminal, else signs in the first 500 characters.
-- note: Exit code counts the calls of sources that record exit codes, and those alone;
--   where none does, the row is left out: not recorded is not 0%.
-- note: Keyword is the rule of a published notebook: the response holds error,
--   traceback or "exit_code": 1 anywhere; "error": null counts, too.
-- columns: label=Definition | errors=Calls with an error | value=Share of calls %
--   | lo=From % | hi=To % | n=Calls | conversations=Conversations with an error
--   | conversation_share=Share of conversations % | conversation_lo=From %
--   | conversation_hi=To % | conversation_n=Conversations | group_count=Prompt groups
-- empty: No conversation calls a tool. Ingest a source with tool calls.

-- part: base
create or replace temp table definition_cases as

with

-- conversations without a call stay: they count among conversations
counted as (

    select
        dim_conversations.conversation_id,
        dim_conversations.source,
        coalesce(
            dim_conversations.prompt_group_id, dim_conversations.conversation_id
        ) as group_id,
        count(fct_tool_calls.conversation_id) as calls,
        count(*) filter (where fct_tool_calls.is_error) as ours,
        count(*) filter (where fct_tool_calls.is_error_hermes_a) as hermes_a,
        count(*) filter (where fct_tool_calls.is_error_hermes_b) as hermes_b,
        count(*) filter (where fct_tool_calls.is_error_exit_code) as exit_code,
        count(*) filter (where fct_tool_calls.is_error_keyword) as keyword
    from dim_conversations
    left join fct_tool_calls
        on dim_conversations.conversation_id = fct_tool_calls.conversation_id
    where dim_conversations.duplicate_of_id is null
    group by dim_conversations.conversation_id, dim_conversations.source, group_id

),

recording as (

    select distinct source
    from fct_tool_calls
    where exit_code is not null

),

definitions (place, label) as (

    values
    (1, 'Ours'),
    (2, 'Hermes A: tool statistics'),
    (3, 'Hermes B: display'),
    (4, 'Exit code is not 0'),
    (5, 'Keyword: notebook')

)

select
    definitions.place,
    definitions.label,
    counted.source,
    counted.group_id,
    counted.calls as cases,
    case definitions.place
        when 1 then counted.ours
        when 2 then counted.hermes_a
        when 3 then counted.hermes_b
        when 4 then counted.exit_code
        else counted.keyword
    end as hits
from counted
cross join definitions
left join recording on counted.source = recording.source
where definitions.place <> 4 or recording.source is not null;

-- part: rows
with

-- the same per conversation, which is one case (pooled_shares reads it by its name)
conversation_cases as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) filter (where hits > 0) as hits,
        count(*) as cases
    from definition_cases
    group by label, source, group_id

),

definitions as (

    select distinct
        place,
        label
    from definition_cases

)

select
    definitions.label,
    calls.hits as errors,
    calls.share as value,
    calls.low as lo,
    calls.high as hi,
    calls.cases as n,
    conversations.hits as conversations,
    conversations.share as conversation_share,
    conversations.low as conversation_lo,
    conversations.high as conversation_hi,
    conversations.cases as conversation_n,
    conversations.group_count,
    share_text(calls.share) as text,
    definitions.label || ': '
    || estimate_text(calls.share, calls.low, calls.high, calls.cases, 'calls') as tip,
    calls.cases < 100 as few
from pooled_shares('definition_cases') as calls
inner join pooled_shares('conversation_cases') as conversations
    on calls.label = conversations.label
inner join definitions on calls.label = definitions.label
order by definitions.place asc;

-- part: answer
with

ours as (

    select
        share_text(share) || ' of calls have an error by our definition '
        || support_text(low, high, cases, 'calls') as sentence
    from pooled_shares('definition_cases')
    where label = 'Ours'

),

others as (

    select
        min(share) as lowest,
        max(share) as highest,
        case
            when count(*) filter (where label = 'Exit code is not 0') > 0 then ''
            else ' Exit codes are not recorded.'
        end as missing
    from pooled_shares('definition_cases')
    where label <> 'Ours'

),

conversation_cases as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) filter (where hits > 0) as hits,
        count(*) as cases
    from definition_cases
    group by label, source, group_id

),

conversations as (

    select
        max(
            estimate_text(share, low, high, cases, 'conversations')
        ) filter (where label = 'Ours') as ours,
        min(share) filter (where label <> 'Ours') as lowest,
        max(share) filter (where label <> 'Ours') as highest
    from pooled_shares('conversation_cases')

),

by_source as (

    select source_texts(source, share, low, high, cases, 'calls') as texts
    from source_shares('definition_cases')
    where label = 'Ours'

),

outcomes as (

    select count(*) as outcome_count
    from dim_conversations
    where duplicate_of_id is null and outcome_score is not null

)

select
    case
        when ours.sentence is null then 'No tool is called.'
        else
            ours.sentence || '; by the other definitions '
            || case
                when others.lowest < others.highest
                    then share_text(others.lowest) || ' to '
                else ''
            end
            || share_text(others.highest) || '.'
    end as lead,
    case
        when ours.sentence is null then 'So no call can go wrong.'
        else
            'At least one such call is in ' || conversations.ours
            || ', by the other definitions in '
            || case
                when conversations.lowest < conversations.highest
                    then share_text(conversations.lowest) || ' to '
                else ''
            end
            || share_text(conversations.highest) || '. '
    end
    || case
        when ours.sentence is null then ''
        when outcomes.outcome_count = 0
            then
                'No outcome is recorded: whether a task succeeded is not known.'
                || others.missing || compared('Ours', by_source.texts)
        else
            'An outcome is recorded for '
            || counted(outcomes.outcome_count, 'conversation', 'conversations')
            || '; these are errors of calls and do not use it.'
            || others.missing || compared('Ours', by_source.texts)
    end as rest
from others
cross join conversations
cross join by_source
cross join outcomes
left join ours on true;

-- part: examples
-- a call of ours, of the exit code and of the keyword, by a hash: not all of one
-- conversation
with

found as (

    select
        conversation_id,
        turn_index,
        1 as place,
        'ours' as definition
    from fct_tool_calls
    where is_error
    union all
    select
        conversation_id,
        turn_index,
        4 as place,
        'the exit code' as definition
    from fct_tool_calls
    where is_error_exit_code
    union all
    select
        conversation_id,
        turn_index,
        5 as place,
        'the keyword' as definition
    from fct_tool_calls
    where is_error_keyword

),

firsts as (

    select
        *,
        row_number() over (
            partition by place
            order by md5(place || conversation_id) asc, turn_index asc
        ) as row_place
    from found

)

select
    conversation_id,
    turn_index,
    'an error by ' || definition as why
from firsts
where row_place = 1
order by place asc;
