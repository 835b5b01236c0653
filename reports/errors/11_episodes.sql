-- title: Episodes worth reading
-- question: Which should one read first?
-- chart: table
-- unit: Up to five of each kind: the longest, those with the most errors, the most
--   thinking, the most repeated calls, given up after three errors or more, and cut.
-- note: Steps, thinking and repeats are counted from the first error to the end of the
--   episode. Turn is that of the first error. An episode of several kinds stands once.
-- note: They are chosen because they stand out, not at random: they show what can
--   happen, not what does mostly.
-- columns: place=No. | why=Why | tool=Tool | class=Class | fate=Fate | errors=Errors
--   | repeats=Same call again | steps=Steps | words=Words of thought
--   | conversation_id=Conversation | turn_index=Turn | end_step=Ends in step
-- empty: No call has an error by our definition, so there is no episode.

-- part: base
create or replace temp table chosen_episodes as

with

kinds (place, kind) as (

    values
    (1, 'longest'),
    (2, 'most errors'),
    (3, 'most thinking'),
    (4, 'same call again'),
    (5, 'given up'),
    (6, 'cut')

),

-- in the order of the kinds; null: it is not of that kind
measured as (

    select
        *,
        case when step_count > 1 then step_count end as long_steps,
        case when error_count > 1 then error_count end as failing,
        case
            when fate in ('dropped', 'last') and error_count > 2 then error_count
        end as given_up,
        case when fate = 'cut' then error_count end as cut
    from fct_episodes

),

chosen as (

    select
        kinds.place,
        kinds.kind,
        measured.*,
        case kinds.place
            when 1 then measured.long_steps
            when 2 then measured.failing
            when 3 then nullif(measured.think_words, 0)
            when 4 then nullif(measured.repeat_count, 0)
            when 5 then measured.given_up
            else measured.cut
        end as measure
    from measured
    cross join kinds

),

ranked as (

    select
        *,
        row_number() over (
            partition by place
            order by
                measure desc, step_count desc, conversation_id asc,
                turn_index asc, block_index asc
        ) as rank
    from chosen
    where measure is not null

)

select
    conversation_id,
    turn_index,
    block_index,
    string_agg(kind, ', ' order by place asc) as why,
    row_number() over (
        order by
            min((rank, place)) asc, conversation_id asc,
            turn_index asc, block_index asc
    ) as place,
    any_value(tool_name) as tool_name,
    any_value(class) as class,
    any_value(fate) as fate,
    any_value(error_count) as error_count,
    any_value(repeat_count) as repeat_count,
    any_value(step_count) as step_count,
    any_value(think_words) as think_words,
    any_value(end_step_index) as end_step_index
from ranked
where rank <= 5
group by conversation_id, turn_index, block_index;

-- part: rows
select
    place,
    why,
    coalesce(tool_name, '(no name)') as tool,
    replace(class, '_', ' ') as class,
    replace(fate, '_', ' ') as fate,
    error_count as errors,
    repeat_count as repeats,
    step_count as steps,
    think_words as words,
    conversation_id,
    turn_index,
    end_step_index as end_step
from chosen_episodes
order by place asc;

-- part: answer
with

whole as (

    select
        count(*) as episodes,
        max(step_count) as steps,
        max(error_count) as errors,
        count(*) filter (where error_count > 2 and fate in ('dropped', 'last'))
            as given_up,
        count(*) filter (where repeat_count > 0) as repeating
    from fct_episodes

)

select
    case
        when episodes = 0 then 'There is no episode.'
        when episodes = 1 then 'There is one episode.'
        else
            'The longest of ' || counted(episodes, 'episode', 'episodes')
            || ' goes on for ' || counted(steps, 'step', 'steps')
            || ' after its first error; the most errors in one are '
            || count_text(errors) || '.'
    end as lead,
    case
        when episodes = 0 then 'Without an error there is none.'
        else
            'Given up after three errors or more: ' || count_text(given_up)
            || '. With a failing call made again just as it was: '
            || count_text(repeating) || '.'
    end as rest
from whole;

-- part: examples
select
    conversation_id,
    turn_index,
    why || ': ' || short_text(coalesce(tool_name, '(no name)'), 40) || ', '
    || replace(class, '_', ' ') || ', ' || counted(error_count, 'error', 'errors')
    || ' in ' || counted(step_count, 'step', 'steps') as why
from chosen_episodes
order by place asc
limit 10;
