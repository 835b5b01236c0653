-- title: Error messages
-- question: What do the errors say?
-- chart: table
-- unit: Messages of responses with an error by our definition, most frequent first,
--   with one example each; the first 200.
-- note: Addresses, paths, quoted texts, ids and numbers are masked, so that messages
--   that differ only in them are counted together.
-- note: The message is the piece of the response on which the rule fired, at most 300
--   characters. Malformed, unknown and unanswered calls have none.
-- columns: message=Message | class=Class | errors=Errors | conversations=Conversations
--   | tools=Tools | conversation_id=Example | turn_index=Turn
-- empty: No response has an error by our definition.

-- part: base
create or replace temp table messages as

with

errors as (

    select
        conversation_id,
        tool_name,
        class,
        message_shape(evidence) as message,
        (conversation_id, turn_index, block_index) as place
    from fct_errors
    where evidence_from = 'response' and evidence is not null

)

select
    message,
    count(*) as errors,
    count(distinct conversation_id) as conversations,
    count(distinct tool_name) as tools,
    replace(string_agg(distinct class, ', ' order by class), '_', ' ') as class,
    min(place)[1] as conversation_id,
    min(place)[2] as turn_index
from errors
group by message;

-- part: rows
select
    message,
    class,
    errors,
    conversations,
    tools,
    conversation_id,
    turn_index
from messages
order by errors desc, conversations desc, message asc
limit 200;

-- part: answer
with

ranked as (

    select
        message,
        errors,
        conversations,
        row_number() over (
            order by errors desc, conversations desc, message asc
        ) as place
    from messages

),

totals as (

    select
        count(*) as message_count,
        sum(errors) as errors,
        sum(errors) filter (where place <= 10) as top_errors,
        max(short_text(message, 120)) filter (where place = 1) as first_message,
        max(errors) filter (where place = 1) as first_errors,
        max(conversations) filter (where place = 1) as first_conversations
    from ranked

),

others as (

    select count(*) as error_count
    from fct_errors
    where evidence_from <> 'response' or evidence is null

)

select
    case
        when totals.message_count = 0 then 'No response holds an error message.'
        else
            'Most frequent is “' || totals.first_message || '”: '
            || counted(totals.first_errors, 'error', 'errors') || ' in '
            || counted(totals.first_conversations, 'conversation', 'conversations')
            || '.'
    end as lead,
    ltrim(
        case
            when totals.message_count <= 10 then ''
            else
                'The ten most frequent of ' || count_text(totals.message_count)
                || ' messages make up ' || share_text(totals.top_errors / totals.errors)
                || ' of ' || count_text(totals.errors) || ' errors with a message.'
        end
        || case
            when others.error_count = 0 then ''
            else
                ' ' || counted(others.error_count, 'error has', 'errors have')
                || ' no message: malformed, unknown and unanswered calls.'
        end
    ) as rest
from totals
cross join others;

-- part: examples
select
    conversation_id,
    turn_index,
    short_text(message, 100) as why
from messages
order by errors desc, message asc
limit 5;
