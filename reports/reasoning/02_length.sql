-- title: Words of a thought, by place
-- question: Are thoughts longer before a call or after results?
-- chart: dots
-- pct: false
-- unit: Mean number of words of the thought of a turn that has one, by what comes
--   before and after the turn, with its 95% interval, n at the right; one dot per
--   source. Hollow: n under 100.
-- note: A few very long thoughts pull a mean up; the table has the medians.
-- note: Words are runs without white space: languages that write none count low.
-- note: A thought that the format holds as a summary counts with the summary's words.
-- note: Over several sources a difference is the mean of those within the sources that
--   have 10 prompt groups on both sides, weighted by their turns.
-- columns: place=Place of the turn | source=Source | value=Mean words | lo=From | hi=To
--   | median=Median words | median_lo=From | median_hi=To | n=Thoughts
--   | group_count=Prompt groups
-- empty: No thought is recorded.

-- part: base
create or replace temp table thought_words as

select
    case
        when is_after_results and has_calls then 2
        when has_calls then 1
        when is_after_results then 3
        else 4
    end as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    think_words as value
from fct_steps
where has_thought and (has_calls or has_answer);

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
    from thought_words

),

place_words as ( -- noqa: ST03

    select
        label,
        source,
        group_id,
        sum(value) as hits,
        count(*) as cases
    from thought_words
    group by label, source, group_id

)

select
    places.place,
    means.source,
    means.mean as value,
    means.low as lo,
    means.high as hi,
    cast(medians.median as bigint) as median,
    cast(medians.low as bigint) as median_lo,
    cast(medians.high as bigint) as median_hi,
    means.cases as n,
    means.group_count,
    case
        when sources.source_count = 1 then places.place
        else places.place || ', ' || means.source
    end as label,
    number_text(means.mean) as text,
    places.place || ', ' || short_text(means.source, 60) || ': '
    || mean_text(
        means.mean, means.low, means.high, 'words', means.cases, 'thought', 'thoughts'
    ) as tip,
    means.cases < 100 as few
from source_means('place_words') as means
inner join source_medians('thought_words') as medians
    on means.label = medians.label and means.source = medians.source
inner join places on means.label = places.label
cross join sources
order by few asc, means.label asc, means.source asc;

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
        sum(value) as hits,
        count(*) as cases
    from thought_words
    where label in (1, 2)
    group by source, group_id, is_first
    union all
    select
        'after results' as label,
        source,
        '' as stratum,
        group_id,
        label = 2 as is_first,
        sum(value) as hits,
        count(*) as cases
    from thought_words
    where label in (2, 3)
    group by source, group_id, is_first

),

contrasts as (

    select
        max(verdict) filter (where label = 'calls') as calls_verdict,
        max(text) filter (where label = 'calls') as calls_text,
        max(texts) filter (where label = 'calls') as calls_texts,
        max(verdict) filter (where label = 'after results') as after_verdict,
        max(text) filter (where label = 'after results') as after_text,
        max(texts) filter (where label = 'after results') as after_texts
    from contrast_texts('contrast_cases', 'words', 'thoughts')

),

totals as (

    select
        count(*) as thought_count,
        quantile_disc(value, 0.5) as half
    from thought_words

)

select
    case
        when totals.thought_count = 0 then 'No thought is recorded.'
        when contrasts.calls_text is null
            then
                'Thoughts of calls with and without results before them cannot be'
                || ' compared: one of the two is missing.'
        else
            case contrasts.calls_verdict
                when 'higher'
                    then
                        'Thoughts of calls after results are longer than of opening'
                        || ' calls'
                when 'lower'
                    then
                        'Thoughts of calls after results are shorter than of opening'
                        || ' calls'
                when 'mixed'
                    then
                        'Whether thoughts of calls after results are longer than of'
                        || ' opening calls depends on the source'
                when 'unclear'
                    then
                        'Thoughts of calls after results and of opening calls don’t'
                        || ' differ clearly in length'
                else
                    'Too few prompt groups to tell whether thoughts of calls after'
                    || ' results are longer than of opening calls'
            end
            || ': ' || contrasts.calls_text || '.'
    end as lead,
    case
        when totals.thought_count = 0 then 'So there is no length to tell.'
        else
            ltrim(
                case
                    when contrasts.after_text is null then ''
                    else
                        'After results, thoughts of turns that call again are '
                        || case contrasts.after_verdict
                            when 'higher' then 'longer than of those that answer'
                            when 'lower' then 'shorter than of those that answer'
                            when 'mixed'
                                then
                                    'longer than of those that answer in some sources'
                                    || ' and shorter in others'
                            when 'unclear'
                                then
                                    'neither clearly longer nor shorter than of those'
                                    || ' that answer'
                            else 'of a length that can’t be told from those that answer'
                        end
                        || ': ' || contrasts.after_text || '.'
                end
                || compared(
                    'Calls after results less opening calls', contrasts.calls_texts
                )
                || compared('Calling less answering', contrasts.after_texts)
                || ' Half of all thoughts have at most '
                || counted(totals.half, 'word', 'words') || '.'
            )
    end as rest
from contrasts
cross join totals;

-- part: examples
with

ranked as (

    select
        conversation_id,
        turn_index,
        think_words,
        is_after_results,
        has_calls,
        row_number() over (
            partition by is_after_results, has_calls
            order by think_words desc, conversation_id asc, turn_index asc
        ) as place
    from fct_steps
    where has_thought and (has_calls or has_answer)

)

select
    conversation_id,
    turn_index,
    counted(think_words, 'word', 'words') || ', among the longest '
    || case
        when has_calls and is_after_results then 'of calls after results'
        when has_calls then 'of opening calls'
        when is_after_results then 'of answers after results'
        else 'of answers at once'
    end as why
from ranked
where place <= 2
order by think_words desc, conversation_id asc, turn_index asc;
