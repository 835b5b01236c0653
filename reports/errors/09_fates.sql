-- title: What became of episodes
-- question: What does recovery take, and how do the others end?
-- chart: dots
-- unit: Share of all episodes by fate, with its 95% interval; largest first.
-- note: Resolved: the tool works again in the exchange, on something that failed (same
--   target) or on something else or not known. Replaced: another tool of its kind works
--   instead. Dropped: only other calls follow. Last: no call follows. Cut: the record
--   breaks off.
-- note: Steps and thinking are counted from the first error to the end of the episode;
--   thinking is what is recorded of it, and episodes that overlap share it.
-- note: Speaks of the failure: the first thought in a later step of the episode holds a
--   phrase for something that went wrong (seeds/thought_markers.csv, in English); of
--   episodes with such a thought.
-- columns: label=Fate | episodes=Episodes | value=Share % | lo=From % | hi=To % | n=All
--   episodes | group_count=Prompt groups | steps=Steps, median | steps_lo=Lower
--   quartile | steps_hi=Upper quartile | words=Words of thought, median |
--   words_lo=Lower quartile | words_hi=Upper quartile | mentioned=Speaks of failure % |
--   mentioned_lo=From % | mentioned_hi=To % | mentioned_n=With a thought
-- empty: No call has an error by our definition, so there is no episode.

-- part: base
create or replace temp table fate_episodes as

select
    case fate
        when 'resolved_same_target' then 'resolved, same target'
        when 'resolved_other_target' then 'resolved, other target'
        else fate
    end as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    is_resolved,
    step_count,
    think_words,
    is_failure_mentioned
from fct_episodes;

-- part: rows
with

hits as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from fate_episodes
    group by label, source, group_id

),

mentions as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) filter (where is_failure_mentioned) as hits,
        count(*) as cases
    from fate_episodes
    where is_failure_mentioned is not null
    group by label, source, group_id

),

middles as (

    select
        label,
        quantile_disc(step_count, 0.25) as steps_lo,
        quantile_disc(step_count, 0.5) as steps,
        quantile_disc(step_count, 0.75) as steps_hi,
        quantile_disc(think_words, 0.25) as words_lo,
        quantile_disc(think_words, 0.5) as words,
        quantile_disc(think_words, 0.75) as words_hi
    from fate_episodes
    group by label

)

select
    fates.label,
    fates.hits as episodes,
    fates.share as value,
    fates.low as lo,
    fates.high as hi,
    fates.cases as n,
    fates.group_count,
    middles.steps,
    middles.steps_lo,
    middles.steps_hi,
    middles.words,
    middles.words_lo,
    middles.words_hi,
    mentioned.share as mentioned,
    mentioned.low as mentioned_lo,
    mentioned.high as mentioned_hi,
    coalesce(mentioned.cases, 0) as mentioned_n,
    share_text(fates.share) as text,
    fates.label || ': '
    || estimate_text(fates.share, fates.low, fates.high, fates.cases, 'episodes')
        as tip
from pooled_parts('hits') as fates
inner join middles on fates.label = middles.label
left join pooled_shares('mentions') as mentioned on fates.label = mentioned.label
order by episodes desc, fates.label asc;

-- part: answer
with

hits as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        count(*) as hits
    from fate_episodes
    group by label, source, group_id

),

ranked as (

    select
        label,
        share_text(share) || ' ' || support_text(low, high, cases, 'episodes') as text,
        share_text(share) as share,
        row_number() over (order by hits desc, label asc) as place
    from pooled_parts('hits')

),

texts as (

    select
        max('“' || label || '”, ' || text) filter (where place = 1) as first_fate,
        list('“' || label || '” ' || share order by place asc) filter (where place > 1)
            as next_fates
    from ranked

),

mentions as ( -- noqa: ST03

    select
        'all' as label,
        source,
        group_id,
        count(*) filter (where is_failure_mentioned) as hits,
        count(*) as cases
    from fate_episodes
    where is_failure_mentioned is not null
    group by source, group_id

),

mentioned as (

    select estimate_text(share, low, high, cases, 'episodes') as text
    from pooled_shares('mentions')

),

taken as (

    select
        count(*) as resolved,
        quantile_disc(step_count, 0.5) as steps,
        quantile_disc(think_words, 0.5) as words,
        max(think_words) as most_words
    from fate_episodes
    where is_resolved

)

select
    case
        when texts.first_fate is null then 'There is no episode.'
        else 'The most frequent fate is ' || texts.first_fate || '.'
    end as lead,
    case
        when texts.first_fate is null then 'Without an error there is none.'
        else
            coalesce('Then: ' || listed(texts.next_fates) || '.', '')
            || case
                when taken.resolved = 0 then ' No episode is resolved.'
                else
                    ' Half of the resolved ones take at most '
                    || counted(taken.steps, 'step', 'steps')
                    || case
                        when taken.most_words = 0
                            then '; no thinking is recorded in them.'
                        else
                            ' and ' || counted(taken.words, 'word', 'words')
                            || ' of thinking.'
                    end
            end
            || coalesce(
                ' The next thought speaks of the failure in ' || mentioned.text
                || ' with one.', ''
            )
    end as rest
from texts
cross join taken
left join mentioned on true;

-- part: examples
with

firsts as (

    select
        fate,
        count(*) as fate_size,
        min((conversation_id, turn_index, block_index)) as place
    from fct_episodes
    group by fate

)

select
    fct_episodes.conversation_id,
    fct_episodes.turn_index,
    replace(firsts.fate, '_', ' ') || ': '
    || short_text(coalesce(fct_episodes.tool_name, '(no name)'), 40) || ', '
    || replace(fct_episodes.class, '_', ' ') as why
from firsts
inner join fct_episodes
    on
        firsts.place
        = (
            fct_episodes.conversation_id,
            fct_episodes.turn_index,
            fct_episodes.block_index
        )
order by firsts.fate_size desc, firsts.fate asc;
