-- title: Loops to read
-- question: Which loops should one read first?
-- chart: table
-- unit: Loops, those with most steps first, of these the one with most errors; the
--   first 200. The turn is that of the first time round.
-- note: Steps and calls: with the first time round. Words: of the thoughts from the
--   second time round on. Tool: where all calls of the loop share one.
-- note: They stand out by their length, and are not drawn at random: they show what can
--   happen, not what does mostly.
-- columns: place=No. | kind=Kind | tool=Tool | steps=Steps | calls=Calls
--   | errors=Errors | words=Words of thought | source=Source | category=Category
--   | conversation_id=Conversation | turn_index=Turn | end_step=Ends in step
-- empty: No step makes the same calls again.

-- part: base
create or replace temp table listed_loops as

with

numbered as (

    select
        fct_loops.conversation_id,
        fct_loops.step_index,
        fct_loops.kind,
        fct_steps.think_words,
        row_number() over (
            partition by fct_loops.conversation_id, fct_loops.step_index
            order by fct_steps.step_index
        ) as step_number
    from fct_loops
    inner join fct_steps
        on
            fct_loops.conversation_id = fct_steps.conversation_id
            and fct_steps.step_index between
            fct_loops.step_index and fct_loops.end_step_index
            and fct_steps.has_calls

),

thinking as (

    select
        conversation_id,
        step_index,
        cast(
            coalesce(
                sum(think_words) filter (
                    where step_number > case kind when 'repeat' then 1 else 2 end
                ),
                0
            ) as bigint
        ) as words
    from numbered
    group by conversation_id, step_index

)

select
    fct_loops.conversation_id,
    fct_loops.turn_index,
    fct_loops.end_step_index,
    fct_loops.source,
    fct_loops.category,
    fct_loops.calling_step_count,
    fct_loops.call_count,
    fct_loops.error_count,
    thinking.words,
    row_number() over (
        order by
            fct_loops.calling_step_count desc, fct_loops.error_count desc,
            thinking.words desc, fct_loops.conversation_id asc,
            fct_loops.step_index asc
    ) as place,
    case fct_loops.kind when 'repeat' then 'repeat' else 'A-B-A-B' end as kind,
    coalesce(fct_loops.tool_name, 'several tools') as tool
from fct_loops
left join thinking
    on
        fct_loops.conversation_id = thinking.conversation_id
        and fct_loops.step_index = thinking.step_index;

-- part: rows
select
    place,
    kind,
    tool,
    calling_step_count as steps,
    call_count as calls,
    error_count as errors,
    words,
    source,
    category,
    conversation_id,
    turn_index,
    end_step_index as end_step
from listed_loops
where place <= 200
order by place asc;

-- part: answer
with

whole as (

    select
        count(*) as loop_count,
        count(distinct conversation_id) as conversation_count,
        count(*) filter (where calling_step_count > 2) as long_count,
        max(calling_step_count) as longest,
        max(words) as most_words,
        max(
            kind || ' with ' || short_text(tool, 40) || ', in '
            || short_text(source, 40)
        ) filter (where place = 1) as first_loop
    from listed_loops

)

select
    case
        when loop_count = 0 then 'There is no loop to read.'
        else
            'The longest of ' || counted(loop_count, 'loop', 'loops') || ' in '
            || counted(conversation_count, 'conversation', 'conversations')
            || ' has ' || counted(longest, 'calling step', 'calling steps') || ': '
            || first_loop || '.'
    end as lead,
    case
        when loop_count = 0 then 'No step makes the same calls again.'
        else
            case
                when long_count = 0 then 'None has'
                else counted(long_count, 'has', 'have')
            end
            || ' more than two.'
            || case
                when most_words = 0 then ''
                else
                    ' The most thinking in one: '
                    || counted(most_words, 'word', 'words') || '.'
            end
    end as rest
from whole;

-- part: examples
select
    conversation_id,
    turn_index,
    kind || ' with ' || short_text(tool, 40) || ': '
    || counted(calling_step_count, 'step', 'steps') || ', '
    || counted(error_count, 'error', 'errors') as why
from listed_loops
order by place asc
limit 10;
