-- title: Episodes worth reading
-- question: Which should one read first?
-- chart: table
-- unit: Up to five of each kind: the longest, those with the most errors, the most
--   thinking, the most repeated calls, given up after three errors or more, and cut.
-- note: Steps, thinking and repeats are counted from the first error to the end of the
--   episode. Turn is that of the first error. An episode of several kinds stands once.
-- note: They are chosen because they stand out, not at random: they show what can
--   happen, not what does mostly.
-- columns: why=Why | tool=Tool | class=Class | fate=Fate | errors=Errors
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

measured as (

    select
        kinds.place,
        kinds.kind,
        fct_episodes.*,
        case kinds.place
            when 1 then case when step_count > 1 then step_count end
            when 2 then case when error_count > 1 then error_count end
            when 3 then nullif(think_words, 0)
            when 4 then nullif(repeat_count, 0)
            when 5
                then
                    case
                        when fate in ('dropped', 'last') and error_count > 2
                            then error_count
                    end
            else case when fate = 'cut' then error_count end
        end as measure
    from fct_episodes
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
    from measured
    where measure is not null

)

select
    conversation_id,
    turn_index,
    block_index,
    string_agg(kind, ', ' order by place asc) as why,
    min((rank, place)) as best,
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
order by best asc, conversation_id asc, turn_index asc, block_index asc;

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

),

chosen as (

    select count(*) as chosen_count
    from chosen_episodes

)

select
    case
        when episodes = 0 then 'There is no episode.'
        when episodes = 1 then 'There is one episode.'
        else
            'The longest of ' || counted(episodes, 'episode', 'episodes') || ' goes on for '
            || counted(steps, 'step', 'steps') || ' after its first error; the most errors'
            || ' in one are ' || count_text(errors) || '.'
    end as lead,
    case
        when episodes = 0 then 'Without an error there is none.'
        else
            'Given up after three errors or more: ' || count_text(given_up)
            || '. With a failing call made again just as it was: '
            || count_text(repeating) || '. Listed here: ' || count_text(chosen_count)
            || '.'
    end as rest
from whole
cross join chosen;

-- part: examples
select
    conversation_id,
    turn_index,
    why || ': ' || short_text(coalesce(tool_name, '(no name)'), 40) || ', '
    || replace(class, '_', ' ') || ', ' || counted(error_count, 'error', 'errors')
    || ' in ' || counted(step_count, 'step', 'steps') as why
from chosen_episodes
order by best asc, conversation_id asc, turn_index asc, block_index asc
limit 10;
