-- title: Thoughts that show a behaviour by their words
-- question: Which behaviours does the reasoning show?
-- chart: dots
-- count: thoughts
-- unit: Share of the thoughts in which at least one phrase of a list stands, with its
--   95% interval; one dot per source. Most frequent first. Hollow: n under 100.
-- note: A marker is a word, not the act: a thought can plan without saying so, and say
--   “let me check” without checking. The lists stand at the end of this page.
-- note: Presence is counted, once for each thought. The rate is thoughts with it per
--   1,000 words of all thoughts, with a clustered 95% interval of that ratio: sources
--   whose thoughts are longer are compared more fairly. A phrase that comes twice in a
--   thought counts once, so the rate of the phrases is this or more.
-- note: The phrases are English: a thought in another language shows none of them.
-- note: Thoughts of a model that gives only a summary are judged by its words.
-- columns: behaviour=Behaviour | source=Source | thoughts=Thoughts with it
--   | value=Share % | lo=From % | hi=To % | n=Thoughts
--   | rate=Per 1,000 words | words=Words | group_count=Prompt groups
-- empty: No thought is recorded.

-- part: base
create or replace temp table marked_thoughts as

with

sums as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) filter (where has_plan) as plan,
        count(*) filter (where has_self_correction) as self_correction,
        count(*) filter (where has_verification) as verification,
        count(*) filter (where has_alternatives) as alternatives,
        count(*) as cases,
        cast(sum(think_words) as bigint) as words
    from fct_thoughts
    group by source, group_id

)

select
    source,
    group_id,
    cases,
    words,
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

rates as (

    select
        label,
        source,
        cast(sum(words) as bigint) as words,
        rate_text(
            share_of(hits, words), mean_low(hits, words), mean_high(hits, words)
        ) as text
    from marked_thoughts
    group by label, source

),

sources as (

    select count(distinct source) as source_count
    from marked_thoughts

)

select
    found.label as behaviour,
    found.source,
    found.hits as thoughts,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    rates.text as rate,
    rates.words,
    case
        when sources.source_count = 1 then found.label
        else found.label || ', ' || found.source
    end as label,
    share_text(found.share) as text,
    found.label || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(found.share, found.low, found.high, found.cases, 'thoughts')
        as tip,
    found.cases < 100 as few
from source_shares('marked_thoughts') as found
inner join rates
    on found.label = rates.label and found.source = rates.source
inner join pooled_shares('marked_thoughts') as pooled on found.label = pooled.label
cross join sources
order by few asc, pooled.hits desc, behaviour asc, found.source asc;

-- part: answer
with

groups as (

    select
        label,
        group_id,
        sum(hits) as hits,
        sum(words) as words
    from marked_thoughts
    group by label, group_id

),

rates as (

    select
        label,
        rate_text(
            share_of(hits, words), mean_low(hits, words), mean_high(hits, words)
        ) as text,
        'n = ' || counted(cast(sum(words) as bigint), 'word', 'words') || ', '
        || counted(count(*), 'prompt group', 'prompt groups') as basis
    from groups
    group by label

),

ranked as (
    select
        label,
        share,
        estimate_text(share, low, high, cases, 'thoughts') as estimate,
        row_number() over (order by hits desc, label asc) as place
    from pooled_shares('marked_thoughts')

),

told as (

    select
        max(label) filter (where place = 1) as first_label,
        max(share) filter (where place = 1) as first_share,
        max(estimate) filter (where place = 1) as first_estimate,
        list(
            lower(label) || ' ' || share_text(share) order by place asc
        ) filter (where place > 1) as other_texts
    from ranked

),

rated as (

    select
        list(
            lower(ranked.label) || ' ' || rates.text order by ranked.place asc
        ) as texts,
        max(rates.basis) as basis
    from ranked
    inner join rates on ranked.label = rates.label

),

by_source as (

    select source_texts(source, share, low, high, cases, 'thoughts') as texts
    from source_shares('marked_thoughts')
    where label in (select told.first_label from told)

)

select
    case
        when told.first_label is null then 'No thought is recorded.'
        when told.first_share = 0 then 'No thought shows any of the markers.'
        else
            'The marker met most is ' || lower(told.first_label) || ': '
            || told.first_estimate || '.'
    end as lead,
    case
        when told.first_label is null then 'So there are no words to look at.'
        when told.first_share = 0
            then 'Their lists are English; thoughts in other languages show none.'
        else
            'The others: ' || listed(told.other_texts)
            || '. Thoughts with it per 1,000 words of thought: ' || listed(rated.texts)
            || '; ' || rated.basis || '.'
            || compared(told.first_label, by_source.texts)
    end as rest
from told
cross join by_source
cross join rated;

-- part: examples
with

-- short thoughts: the marker is soon found
ranked as (

    select
        conversation_id,
        turn_index,
        think_words,
        marker,
        row_number() over (
            partition by marker
            order by think_words asc, conversation_id asc, turn_index asc
        ) as place
    from fct_thoughts
    unpivot (
        is_met for marker in (
            has_plan, has_self_correction, has_verification, has_alternatives
        )
    )
    where is_met

)

select
    conversation_id,
    turn_index,
    case marker
        when 'has_plan' then 'plan'
        when 'has_self_correction' then 'self-correction'
        when 'has_verification' then 'verification'
        else 'alternatives'
    end
    || ', in a thought of ' || counted(think_words, 'word', 'words') as why
from ranked
where place <= 2
order by marker asc, place asc;
