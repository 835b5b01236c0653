-- title: Calls that one definition flags and another does not
-- question: Where do the definitions disagree?
-- chart: heatmap
-- unit: Row: the definition that flags the call; column: the one that does not. The
--   darker, the larger the part of the row's calls. On the diagonal: all calls that the
--   definition flags.
-- note: Read a row to see what a definition counts that others leave out, a column to
--   see what it leaves out itself. The share is of the calls that the row's definition
--   flags.
-- note: Exit code is compared within sources that record exit codes, and left out where
--   none does.
-- note: Each pair has up to three examples in the table, one from each conversation.
-- columns: row=Flagged by | lacking=Not by | calls=Calls | value=Share of flagged %
--   | lo=From % | hi=To % | n=Flagged calls | group_count=Prompt groups
--   | conversation_id=Example | turn_index=Turn | more=More examples
-- empty: No call is an error by any definition.

-- part: base
create or replace temp table disagreements as

with

recording as (

    select distinct source
    from fct_tool_calls
    where exit_code is not null

),

flags as (

    select
        fct_tool_calls.source,
        fct_tool_calls.conversation_id,
        fct_tool_calls.turn_index,
        coalesce(
            fct_tool_calls.prompt_group_id, fct_tool_calls.conversation_id
        ) as group_id,
        fct_tool_calls.is_error as ours,
        fct_tool_calls.is_error_hermes_a as hermes_a,
        fct_tool_calls.is_error_hermes_b as hermes_b,
        fct_tool_calls.is_error_keyword as keyword,
        fct_tool_calls.is_error_exit_code
        and recording.source is not null as exit_code,
        recording.source is not null as is_recording
    from fct_tool_calls
    left join recording on fct_tool_calls.source = recording.source
    where
        fct_tool_calls.is_error
        or fct_tool_calls.is_error_hermes_a
        or fct_tool_calls.is_error_hermes_b
        or fct_tool_calls.is_error_keyword
        or fct_tool_calls.is_error_exit_code

),

definitions (place, label) as (

    values
    (1, 'Ours'),
    (2, 'Hermes A'),
    (3, 'Hermes B'),
    (4, 'Exit code'),
    (5, 'Keyword')

),

-- a call has a row for each definition that flags it
flagged as (

    select
        definitions.place,
        flags.*
    from flags
    inner join definitions
        on
            (definitions.place = 1 and flags.ours)
            or (definitions.place = 2 and flags.hermes_a)
            or (definitions.place = 3 and flags.hermes_b)
            or (definitions.place = 4 and flags.exit_code)
            or (definitions.place = 5 and flags.keyword)

),

by_conversation as (

    select
        place,
        source,
        conversation_id,
        group_id,
        is_recording,
        count(*) as calls,
        count(*) filter (where not ours) as not_1,
        count(*) filter (where not hermes_a) as not_2,
        count(*) filter (where not hermes_b) as not_3,
        count(*) filter (where not exit_code) as not_4,
        count(*) filter (where not keyword) as not_5,
        min(turn_index) filter (where not ours) as turn_1,
        min(turn_index) filter (where not hermes_a) as turn_2,
        min(turn_index) filter (where not hermes_b) as turn_3,
        min(turn_index) filter (where not exit_code) as turn_4,
        min(turn_index) filter (where not keyword) as turn_5,
        min(turn_index) as first_turn
    from flagged
    group by place, source, conversation_id, group_id, is_recording

)

select
    flagging.place as row_place,
    lacking.place as column_place,
    flagging.label as flagging,
    lacking.label as other_name,
    flagging.label || '|' || lacking.label as label,
    by_conversation.source,
    by_conversation.group_id,
    by_conversation.conversation_id,
    by_conversation.calls as cases,
    case lacking.place
        when flagging.place then 0
        when 1 then by_conversation.not_1
        when 2 then by_conversation.not_2
        when 3 then by_conversation.not_3
        when 4 then by_conversation.not_4
        else by_conversation.not_5
    end as hits,
    case lacking.place
        when flagging.place then by_conversation.first_turn
        when 1 then by_conversation.turn_1
        when 2 then by_conversation.turn_2
        when 3 then by_conversation.turn_3
        when 4 then by_conversation.turn_4
        else by_conversation.turn_5
    end as turn_index
from by_conversation
inner join definitions as flagging on by_conversation.place = flagging.place
cross join definitions as lacking
where lacking.place <> 4 or by_conversation.is_recording;

-- part: rows
with

-- also pairs without a call: a definition that flags nothing has a row of zeros
labels as (

    select distinct
        column_place as place,
        other_name as label
    from disagreements

),

picks as (

    select
        label,
        conversation_id,
        turn_index,
        row_number() over (
            partition by label order by conversation_id asc
        ) as place
    from disagreements
    where turn_index is not null

),

examples as (

    select
        label,
        max(conversation_id) filter (where place = 1) as conversation_id,
        max(turn_index) filter (where place = 1) as turn_index,
        string_agg(
            conversation_id || ' turn ' || turn_index, ', ' order by place asc
        ) filter (where place in (2, 3)) as more
    from picks
    where place <= 3
    group by label

)

select
    flagging.label as row,
    lacking.label as "column",
    case
        when flagging.place = lacking.place then '(all it flags)' else lacking.label
    end as lacking,
    coalesce(
        case
            when flagging.place = lacking.place then found.cases else found.hits
        end,
        0
    ) as calls,
    case
        when flagging.place = lacking.place then 0 else coalesce(found.share, 0)
    end as value,
    case when flagging.place <> lacking.place then found.low end as lo,
    case when flagging.place <> lacking.place then found.high end as hi,
    coalesce(found.cases, 0) as n,
    coalesce(found.group_count, 0) as group_count,
    examples.conversation_id,
    examples.turn_index,
    examples.more,
    count_text(
        coalesce(
            case
                when flagging.place = lacking.place then found.cases else found.hits
            end,
            0
        )
    ) as text,
    case
        when found.cases is null then flagging.label || ' flags no call here'
        when flagging.place = lacking.place
            then flagging.label || ': ' || counted(found.cases, 'call', 'calls')
        else
            flagging.label || ', not ' || lacking.label || ': '
            || counted(found.hits, 'call', 'calls') || ', '
            || estimate_text(
                found.share, found.low, found.high, found.cases, 'flagged calls'
            )
    end as tip
from labels as flagging
cross join labels as lacking
left join pooled_shares('disagreements') as found
    on flagging.label || '|' || lacking.label = found.label
left join examples on flagging.label || '|' || lacking.label = examples.label
order by flagging.place asc, lacking.place asc;

-- part: answer
with

pairs as (

    select
        flagging,
        other_name,
        sum(hits) as hits,
        row_number() over (
            order by sum(hits) desc, min(row_place) asc, min(column_place) asc
        ) as place
    from disagreements
    where row_place <> column_place
    group by flagging, other_name

),

widest as (

    select
        pairs.flagging,
        pairs.other_name,
        found.hits,
        share_text(found.share) || ' of what it flags '
        || support_text(found.low, found.high, found.cases, 'calls') as share
    from pairs
    inner join pooled_shares('disagreements') as found
        on pairs.flagging || '|' || pairs.other_name = found.label
    where pairs.place = 1

),

calls as (

    select
        count(*) as flagged,
        count(*) filter (
            where is_error and is_error_hermes_a and is_error_hermes_b
            and is_error_keyword
        ) as agreed
    from fct_tool_calls
    where
        is_error or is_error_hermes_a or is_error_hermes_b
        or is_error_keyword or is_error_exit_code

)

select
    case
        when calls.flagged = 0 then 'No definition flags a call.'
        when coalesce(widest.hits, 0) = 0 then 'The definitions flag the same calls.'
        else
            'Furthest apart are ' || widest.flagging || ' and ' || widest.other_name
            || ': ' || widest.flagging || ' flags '
            || counted(widest.hits, 'call that ', 'calls that ') || widest.other_name
            || ' does not, ' || widest.share || '.'
    end as lead,
    case
        when calls.flagged = 0 then 'So there is nothing to disagree on.'
        else
            'Of ' || counted(calls.flagged, 'call', 'calls')
            || ' that any definition flags, '
            || share_text(calls.agreed / calls.flagged)
            || ' are an error by all four that read the response, exit codes aside.'
    end as rest
from calls
left join widest on true;

-- part: examples
-- chosen by a hash, so that not one conversation stands for all pairs
with

pairs as (

    select
        flagging,
        other_name,
        sum(hits) as hits,
        min_by(
            (conversation_id, turn_index), md5(label || conversation_id)
        ) filter (where hits > 0) as place
    from disagreements
    where row_place <> column_place
    group by flagging, other_name

)

select
    place[1] as conversation_id,
    place[2] as turn_index,
    flagging || ', not ' || other_name || ': ' || counted(hits, 'call', 'calls') as why
from pairs
where hits > 0
order by hits desc, flagging asc, other_name asc
limit 10;
