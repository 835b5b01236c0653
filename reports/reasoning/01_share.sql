-- title: Turns with a captured thought, by place
-- question: Does the agent think more before a call or after results?
-- chart: dots
-- unit: Share of the assistant turns that hold a thought, by what comes before and
--   after them, with its 95% interval, n at the right; one dot per source. Hollow: n
--   under 100. No interval where a source has fewer than 10 prompt groups.
-- note: In a loop nearly every turn comes after results and calls again. So two things
--   are compared: calls with and without results before them, and turns after results
--   that call again or answer. That the thought stands before the call within a turn is
--   how turns are written, and no finding.
-- note: Both contrasts are also contrasts of position: opening calls come first,
--   answers last. The section by step says how much that explains.
-- note: An empty or encrypted think block means that no thought was captured, not that
--   there was none. Sources without any thought are left out.
-- note: Turns with neither a call nor an answer are left out.
-- note: Over several sources a difference is the mean of those within the sources that
--   have 10 prompt groups on both sides, weighted by their turns.
-- columns: place=Place of the turn | source=Source | thoughts=With a thought
--   | value=Share % | lo=From % | hi=To % | n=Turns | group_count=Prompt groups
-- empty: No source records thoughts, or there is no assistant turn.

-- part: base
create or replace temp table place_turns as

with

recording as (

    select distinct source
    from fct_steps
    where has_thought

)

select
    case
        when fct_steps.is_after_results and fct_steps.has_calls then 2
        when fct_steps.has_calls then 1
        when fct_steps.is_after_results then 3
        else 4
    end as label,
    fct_steps.source,
    coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
    count(*) filter (where fct_steps.has_thought) as hits,
    count(*) as cases
from fct_steps
inner join recording on fct_steps.source = recording.source
where fct_steps.has_calls or fct_steps.has_answer
group by label, fct_steps.source, group_id;

-- part: rows
with

places (label, place) as (

    values
    (1, 'Opening call'),
    (2, 'Call after results'),
    (3, 'Answer after results'),
    (4, 'Answer at once')

),

sources as (

    select count(distinct source) as source_count
    from place_turns

)

select
    places.place,
    found.source,
    found.hits as thoughts,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case
        when sources.source_count = 1 then places.place
        else places.place || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    places.place || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'turns') as tip,
    found.cases < 100 as few
from source_shares('place_turns') as found
inner join places on found.label = places.label
cross join sources
order by few asc, found.label asc, found.source asc;

-- part: answer
with

-- each turn after results that calls is in both contrasts
contrast_cases as ( -- noqa: ST03

    select
        'calls' as label,
        source,
        '' as stratum,
        group_id,
        label = 2 as is_first,
        hits,
        cases
    from place_turns
    where label in (1, 2)
    union all
    select
        'after results' as label,
        source,
        '' as stratum,
        group_id,
        label = 2 as is_first,
        hits,
        cases
    from place_turns
    where label in (2, 3)

),

contrasts as (

    select
        max(verdict) filter (where label = 'calls') as calls_verdict,
        max(text) filter (where label = 'calls') as calls_text,
        max(texts) filter (where label = 'calls') as calls_texts,
        max(verdict) filter (where label = 'after results') as after_verdict,
        max(text) filter (where label = 'after results') as after_text,
        max(texts) filter (where label = 'after results') as after_texts
    from contrast_texts('contrast_cases', 'pt', 'turns')

),

sources as (

    select
        count(distinct source) as source_count,
        count(distinct source) filter (where has_thought) as recorded_count
    from fct_steps

),

-- the batch runner of Hermes writes no conversation without a thought
full_sources as (

    select
        dim_conversations.source,
        count(*) as conversations
    from dim_conversations
    inner join dim_files on dim_conversations.file_id = dim_files.file_id
    where
        dim_conversations.duplicate_of_id is null
        and dim_conversations.assistant_turn_count > 0
        and dim_files.format = 'hermes'
    group by dim_conversations.source
    having min(dim_conversations.thought_count) > 0

),

forced as (

    select
        list(
            short_text(source, 40) order by conversations desc, source asc
        ) as source_names
    from full_sources

)

select
    case
        when sources.source_count = 0 then 'There is no assistant turn.'
        when sources.recorded_count = 0 then 'Thoughts are not recorded.'
        when contrasts.calls_text is null
            then
                'Calls with and without results before them cannot be compared: one of'
                || ' the two is missing.'
        else
            case contrasts.calls_verdict
                when 'higher'
                    then
                        'Calls after results come with a thought more often than'
                        || ' opening calls'
                when 'lower'
                    then
                        'Calls after results come with a thought less often than'
                        || ' opening calls'
                when 'mixed'
                    then
                        'Whether calls after results come with a thought more often'
                        || ' than opening calls depends on the source'
                when 'unclear'
                    then
                        'Calls after results and opening calls don’t differ clearly in'
                        || ' how often they come with a thought'
                else
                    'Too few prompt groups to tell whether calls after results come'
                    || ' with a thought more often than opening calls'
            end
            || ': ' || contrasts.calls_text || '.'
    end as lead,
    case
        when sources.source_count = 0 then 'Without one there is nothing to compare.'
        when sources.recorded_count = 0
            then 'So nothing can be said of how much or where the agent thinks.'
        else
            ltrim(
                case
                    when contrasts.after_text is null then ''
                    else
                        'After results, turns that call again hold one '
                        || case contrasts.after_verdict
                            when 'higher' then 'more often than those that answer'
                            when 'lower' then 'less often than those that answer'
                            when 'mixed'
                                then
                                    'more often than those that answer in some sources'
                                    || ' and less often in others'
                            when 'unclear'
                                then
                                    'neither clearly more nor less often than those'
                                    || ' that answer'
                            else 'in a share that can’t be told from those that answer'
                        end
                        || ': ' || contrasts.after_text || '.'
                end
                || compared(
                    'Calls after results less opening calls', contrasts.calls_texts
                )
                || compared('Calling less answering', contrasts.after_texts)
                || case
                    when forced.source_names is null then ''
                    else
                        ' No conversation of ' || listed(forced.source_names[:5])
                        || ' is without a thought. If Hermes’ batch runner wrote them'
                        || ' that is forced, for it drops the others: the shares are'
                        || ' then too high.'
                end
                || unrecorded_text(
                    'Thoughts', sources.recorded_count, sources.source_count
                )
            )
    end as rest
from contrasts
cross join sources
cross join forced;

-- part: examples
with

silent as (

    select
        conversation_id,
        turn_index,
        is_after_results,
        call_count,
        max(think_words) over (partition by conversation_id) as most_words,
        has_thought
    from fct_steps
    where has_calls

)

select
    conversation_id,
    turn_index,
    case when is_after_results then 'after results, ' else 'at the start, ' end
    || counted(call_count, 'call', 'calls')
    || ' and no thought; elsewhere it has one of '
    || counted(most_words, 'word', 'words') as why
from silent
where not has_thought and most_words > 0
order by call_count desc, most_words desc, conversation_id asc, turn_index asc
limit 5;
