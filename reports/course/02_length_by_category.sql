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

select
    category as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    step_count as value
from dim_conversations
where duplicate_of_id is null and category is not null;

create or replace temp table category_medians as

with

pooled as ( -- noqa: ST03

    select
        label,
        '' as source,
        group_id,
        value
    from category_lengths

)

select
    label,
    cases,
    group_count,
    median,
    low,
    high,
    cases >= 20 and low is not null as is_enough,
    counted(median, 'step', 'steps') || ' ('
    || case
        when low is null then 'no interval'
        else count_text(low) || '–' || count_text(high)
    end
    || ', n = ' || counted(cases, 'conversation', 'conversations') || ' of '
    || counted(group_count, 'prompt', 'prompts') || ')' as text
from source_medians('pooled');

-- part: rows
with

quantiles as (

    select
        label,
        quantile_disc(value, 0.1) as tenth,
        quantile_disc(value, 0.25) as lower_quarter,
        quantile_disc(value, 0.75) as upper_quarter,
        quantile_disc(value, 0.9) as nine_tenths,
        quantile_disc(value, 0.99) as most,
        max(value) as longest
    from category_lengths
    group by label

)

select
    medians.label,
    medians.group_count,
    quantiles.tenth,
    quantiles.lower_quarter,
    quantiles.upper_quarter,
    quantiles.nine_tenths,
    quantiles.most,
    quantiles.longest,
    cast(medians.median as double) as value,
    cast(medians.low as double) as lo,
    cast(medians.high as double) as hi,
    medians.cases as n,
    count_text(medians.median) as text,
    short_text(medians.label, 60) || ': median ' || medians.text as tip,
    not medians.is_enough as few
from category_medians as medians
inner join quantiles on medians.label = quantiles.label
order by few asc, lo desc nulls last, value desc, n desc, medians.label asc;

-- part: marks
select
    cast(quantile_disc(value, 0.5) as double) as at,
    'all ' || count_text(quantile_disc(value, 0.5)) as label
from category_lengths
having count(*) > 0;

-- part: answer
with

ranked as (

    select
        count(*) as category_count,
        count(*) filter (where is_enough) as enough_count,
        max_by(
            short_text(label, 60) || ', median ' || text,
            (low, median, cases, label)
        ) filter (where is_enough) as longest,
        min_by(
            short_text(label, 60) || ', median ' || text,
            (high, median, -cases, label)
        ) filter (where is_enough) as shortest,
        max(low) filter (where is_enough)
        > min(high) filter (where is_enough) as is_apart
    from category_medians

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
