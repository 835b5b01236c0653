-- title: Steps per conversation, by category of the task
-- question: Which tasks take longest?
-- chart: dots
-- pct: false
-- unit: Median number of steps of the conversations of a category, with its 95%
--   interval, all sources together; longest first, by the lower end of the interval.
--   Hollow, last: fewer than 20 conversations, or under 10 prompt groups.
-- note: The table has the other quantiles, up to the longest conversation. A quantile
--   here is a number of steps that occurs.
-- note: Interval: where the interval of the share of conversations up to the median
--   begins and ends, among prompt groups. Sources hold different categories and differ
--   in length: this is no comparison of tasks at equal agents.
-- columns: label=Category | n=Conversations | group_count=Prompt groups | tenth=10%
--   | lower_quarter=25% | value=Median | lo=From | hi=To | upper_quarter=75%
--   | nine_tenths=90% | most=99% | longest=Longest
-- empty: No category is recorded. Ingest a source whose records name one.

-- part: base
create or replace temp table category_lengths as

with

lengths as ( -- noqa: ST03

    select
        category as label,
        '' as source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        step_count as value
    from dim_conversations
    where duplicate_of_id is null and category is not null

),

quantiles as (

    select
        label,
        quantile_disc(value, 0.1) as tenth,
        quantile_disc(value, 0.25) as lower_quarter,
        quantile_disc(value, 0.75) as upper_quarter,
        quantile_disc(value, 0.9) as nine_tenths,
        quantile_disc(value, 0.99) as most,
        max(value) as longest
    from lengths
    group by label

)

select
    quantiles.*,
    medians.cases,
    medians.group_count,
    medians.median,
    medians.low,
    medians.high,
    medians.cases >= 20 and medians.low is not null as is_enough,
    counted(medians.median, 'step', 'steps') || ' ('
    || case
        when medians.low is null then 'no interval'
        else count_text(medians.low) || '–' || count_text(medians.high)
    end
    || ', n = ' || counted(medians.cases, 'conversation', 'conversations') || ' of '
    || counted(medians.group_count, 'prompt', 'prompts') || ')' as median_text
from source_medians('lengths') as medians
inner join quantiles on medians.label = quantiles.label;

-- part: rows
select
    label,
    group_count,
    tenth,
    lower_quarter,
    upper_quarter,
    nine_tenths,
    most,
    longest,
    cast(median as double) as value,
    cast(low as double) as lo,
    cast(high as double) as hi,
    cases as n,
    count_text(median) as text,
    short_text(label, 60) || ': median ' || median_text as tip,
    not is_enough as few
from category_lengths
order by few asc, lo desc nulls last, value desc, n desc, label asc;

-- part: marks
select
    cast(quantile_disc(step_count, 0.5) as double) as at,
    'all ' || count_text(quantile_disc(step_count, 0.5)) as label
from dim_conversations
where duplicate_of_id is null and category is not null
having count(*) > 0;

-- part: answer
with

ranked as (

    select
        count(*) as category_count,
        count(*) filter (where is_enough) as enough_count,
        max_by(
            short_text(label, 60) || ', median ' || median_text,
            (low, median, cases, label)
        ) filter (where is_enough) as longest,
        min_by(
            short_text(label, 60) || ', median ' || median_text,
            (high, median, -cases, label)
        ) filter (where is_enough) as shortest,
        max(low) filter (where is_enough)
        > min(high) filter (where is_enough) as is_apart
    from category_lengths

),

missing as (

    select
        count(*) as conversations,
        count(*) filter (where category is null) as missing_count
    from dim_conversations
    where duplicate_of_id is null

)

select
    case
        when missing.conversations = 0 then 'There is no conversation.'
        when ranked.category_count = 0
            then 'No category is recorded for any conversation.'
        when ranked.category_count = 1
            then 'All conversations with a category are of one category.'
        when ranked.enough_count < 2
            then 'Too few conversations or prompts to compare categories.'
        else 'Longest is ' || ranked.longest || '.'
    end as lead,
    case
        when missing.conversations = 0 then 'Without one there is no length.'
        when ranked.enough_count < 2 then ''
        else
            'Shortest is ' || ranked.shortest || '.'
            || case when ranked.is_apart then '' else ' The two intervals overlap.' end
            || case
                when ranked.category_count = ranked.enough_count then ''
                else
                    ' Too few conversations to be compared: '
                    || counted(
                        ranked.category_count - ranked.enough_count,
                        'category', 'categories'
                    )
                    || '.'
            end
            || case
                when missing.missing_count = 0 then ''
                else
                    ' Without a recorded category, and left out: '
                    || counted(missing.missing_count, 'conversation', 'conversations')
                    || '.'
            end
    end as rest
from ranked
cross join missing;

-- part: examples
with

ranked as (

    select
        conversation_id,
        category,
        step_count,
        count(*) over (partition by category) as conversation_count,
        row_number() over (
            partition by category order by step_count desc, conversation_id asc
        ) as place
    from dim_conversations
    where duplicate_of_id is null and category is not null

)

select
    conversation_id,
    cast(0 as bigint) as turn_index,
    short_text(category, 40) || ': its longest, '
    || counted(step_count, 'step', 'steps') as why
from ranked
where place = 1
order by conversation_count desc, category asc
limit 6;
