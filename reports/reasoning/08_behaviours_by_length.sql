-- title: Thoughts that show a behaviour, by length
-- question: Do longer thoughts show more of them?
-- chart: heatmap
-- unit: Share of the thoughts of a length (in words, at the top) that show a behaviour
--   by their words, all sources together; · means less than 0.5%. Most frequent
--   behaviour first.
-- note: More words are more room for a phrase: a source whose thoughts are longer shows
--   more markers without behaving differently. So compare within a column.
-- note: Presence is counted, once for each thought; the section before has it per 1,000
--   words too.
-- columns: row=Behaviour | column=Words | thoughts=Thoughts with it | value=Share %
--   | lo=From % | hi=To % | n=Thoughts | group_count=Prompt groups
-- empty: No thought is recorded.

-- part: base
-- a column of source_shares() is what is compared: here the length
create or replace temp table length_thoughts as

with

sums as (

    select
        case
            when think_words < 10 then 1
            when think_words < 30 then 2
            when think_words < 100 then 3
            when think_words < 300 then 4
            when think_words < 1000 then 5
            else 6
        end as source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) filter (where has_plan) as plan,
        count(*) filter (where has_self_correction) as self_correction,
        count(*) filter (where has_verification) as verification,
        count(*) filter (where has_alternatives) as alternatives,
        count(*) as cases
    from fct_thoughts
    group by all

)

select
    source,
    group_id,
    cases,
    case marker
        when 'plan' then 'Plan'
        when 'self_correction' then 'Self-correction'
        when 'verification' then 'Verification'
        else 'Alternatives'
    end as label,
    hits
from sums
unpivot (hits for marker in (plan, self_correction, verification, alternatives));

-- part: rows
with

lengths (source, words) as (

    values
    (1, 'under 10'),
    (2, '10 to 29'),
    (3, '30 to 99'),
    (4, '100 to 299'),
    (5, '300 to 999'),
    (6, '1,000 or more')

)

select
    found.label as row,
    lengths.words as "column",
    found.hits as thoughts,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    cell_text(found.share) as text,
    found.label || ', ' || lengths.words || ' words: '
    || estimate_text(found.share, found.low, found.high, found.cases, 'thoughts')
        as tip
from source_shares('length_thoughts') as found
inner join pooled_shares('length_thoughts') as pooled on found.label = pooled.label
inner join lengths on found.source = lengths.source
order by pooled.hits desc, row asc, found.source asc;

-- part: answer
with

-- any of the behaviours that are there: the one met most
most_met as (

    select label
    from pooled_shares('length_thoughts')
    where hits > 0
    order by hits desc, label asc
    limit 1

),

lengths (source, words) as (

    values
    (1, 'under 10 words'),
    (2, '10 to 29 words'),
    (3, '30 to 99 words'),
    (4, '100 to 299 words'),
    (5, '300 to 999 words'),
    (6, '1,000 words or more')

),

judged as (

    select
        found.source,
        found.low,
        found.high,
        estimate_text(found.share, found.low, found.high, found.cases, 'thoughts')
        || ' with ' || lengths.words as text
    from source_shares('length_thoughts') as found
    inner join lengths on found.source = lengths.source
    where
        found.label in (select most_met.label from most_met)
        and found.low is not null

),

ends as (

    select
        count(*) as length_count,
        min_by(text, source) as shortest,
        max_by(text, source) as longest,
        max_by(low, source) > min_by(high, source) as is_more,
        max_by(high, source) < min_by(low, source) as is_less
    from judged

),

totals as (

    select count(*) as row_count
    from length_thoughts

)

select
    case
        when totals.row_count = 0 then 'No thought is recorded.'
        when most_met.label is null then 'No thought shows any of the markers.'
        when ends.length_count < 2
            then 'Too few thoughts or prompts to compare lengths.'
        when ends.is_more
            then
                'Longer thoughts show ' || lower(most_met.label) || ' more often: '
                || ends.longest || ' against ' || ends.shortest || '.'
        when ends.is_less
            then
                'Longer thoughts show ' || lower(most_met.label) || ' less often: '
                || ends.longest || ' against ' || ends.shortest || '.'
        else
            'Longer thoughts don’t clearly show ' || lower(most_met.label)
            || ' more often: ' || ends.longest || ' against ' || ends.shortest
            || '; the intervals overlap.'
    end as lead,
    case
        when totals.row_count = 0 then 'So there is no length to compare.'
        when ends.length_count < 2 or most_met.label is null then ''
        when ends.is_more
            then 'Part of any difference between sources or places is one of length.'
        else ''
    end as rest
from ends
cross join totals
left join most_met on true;

-- part: examples
with

counted_markers as (

    select
        conversation_id,
        turn_index,
        think_words,
        cast(has_plan as bigint)
        + cast(has_self_correction as bigint)
        + cast(has_verification as bigint)
        + cast(has_alternatives as bigint) as marker_count
    from fct_thoughts

)

select
    conversation_id,
    turn_index,
    counted(marker_count, 'behaviour', 'behaviours') || ' in a thought of '
    || counted(think_words, 'word', 'words') as why
from counted_markers
where marker_count > 1
order by marker_count desc, think_words asc, conversation_id asc, turn_index asc
limit 5;
