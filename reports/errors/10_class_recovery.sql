-- title: Share of episodes resolved, by class of the first error
-- question: Which errors do agents get over?
-- chart: dots
-- unit: Share of the episodes that are not cut in which the tool works again, with its
--   95% interval; the least often resolved first, by the upper end of the interval.
--   Hollow, last: fewer than 100 episodes (20 where there are under 5,000 in all), or
--   under 10 prompt groups.
-- note: A class is that of the first error of the episode. Not all errors are there to
--   be got over: a call that policy forbids is best given up.
-- note: Steps and words of thought are those of resolved episodes. Speaks of the
--   failure: see the section on fates.
-- columns: label=Class | resolved=Resolved | value=Share resolved % | lo=From % | hi=To
--   % | n=Episodes | group_count=Prompt groups | steps=Steps, median | words=Words of
--   thought, median | mentioned=Speaks of failure % | mentioned_lo=From % |
--   mentioned_hi=To % | mentioned_n=With a thought
-- empty: There is no episode that is not cut.

-- part: base
create or replace temp table class_episodes as

select
    replace(class, '_', ' ') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_resolved) as hits,
    count(*) as cases
from fct_episodes
where fate <> 'cut'
group by label, source, group_id;

-- part: rows
with

mentions as ( -- noqa: ST03

    select
        replace(class, '_', ' ') as label,
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) filter (where is_failure_mentioned) as hits,
        count(*) as cases
    from fct_episodes
    where fate <> 'cut' and is_failure_mentioned is not null
    group by label, source, group_id

),

middles as (

    select
        replace(class, '_', ' ') as label,
        quantile_disc(step_count, 0.5) as steps,
        quantile_disc(think_words, 0.5) as words
    from fct_episodes
    where is_resolved
    group by label

)

select
    judged.label,
    judged.hits as resolved,
    judged.share as value,
    judged.low as lo,
    judged.high as hi,
    judged.cases as n,
    judged.group_count,
    middles.steps,
    middles.words,
    mentioned.share as mentioned,
    mentioned.low as mentioned_lo,
    mentioned.high as mentioned_hi,
    coalesce(mentioned.cases, 0) as mentioned_n,
    share_text(judged.share) as text,
    judged.label || ': '
    || estimate_text(judged.share, judged.low, judged.high, judged.cases, 'episodes')
        as tip,
    not judged.is_enough as few
from judged_shares('class_episodes') as judged
left join middles on judged.label = middles.label
left join pooled_shares('mentions') as mentioned on judged.label = mentioned.label
order by few asc, hi asc nulls last, n desc, judged.label asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all ' || share_text(sum(hits) / sum(cases)) as label
from class_episodes
having count(*) > 0;

-- part: answer
with

judged as (

    select
        *,
        '“' || label || '”, ' || share_text(share) || ' '
        || support_text(low, high, cases, 'episodes') as text
    from judged_shares('class_episodes')

),

totals as (

    select
        count(*) as classes,
        count(*) filter (where is_enough) as enough,
        min_by(text, (high, -cases, label)) filter (where is_enough) as lowest,
        min_by(text, (-low, -cases, label)) filter (where is_enough) as highest,
        min(high) filter (where is_enough) < max(low) filter (where is_enough)
            as is_apart
    from judged

)

select
    case
        when classes = 0 then 'There is no episode to resolve.'
        when classes = 1 then 'All episodes counted here are of one class.'
        when enough < 2 then 'Too few episodes to compare classes.'
        else 'Least often resolved is ' || lowest || '.'
    end as lead,
    case
        when classes < 2 or enough < 2 then ''
        else
            'Most often: ' || highest || '.'
            || case when is_apart then '' else ' The two intervals overlap.' end
            || case
                when classes = enough then ''
                else
                    ' Too few episodes to be compared: '
                    || counted(classes - enough, 'class', 'classes') || '.'
            end
    end as rest
from totals;

-- part: examples
with

firsts as (

    select
        class,
        count(*) as class_size,
        min((conversation_id, turn_index, block_index)) as place
    from fct_episodes
    where fate not in ('cut', 'resolved_same_target', 'resolved_other_target')
    group by class

)

select
    fct_episodes.conversation_id,
    fct_episodes.turn_index,
    replace(firsts.class, '_', ' ') || ', ' || fct_episodes.fate || ': '
    || short_text(coalesce(fct_episodes.tool_name, '(no name)'), 40) as why
from firsts
inner join fct_episodes
    on
        firsts.place
        = (
            fct_episodes.conversation_id,
            fct_episodes.turn_index,
            fct_episodes.block_index
        )
order by firsts.class_size desc, firsts.class asc
limit 10;
