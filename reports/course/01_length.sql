-- title: Steps per conversation
-- question: How long are conversations?
-- chart: histogram
-- x: steps per conversation
-- unit: Number of conversations by number of steps, all sources together, at most 40
--   bars; where the longest would crowd the rest, the last bar holds all that reach it.
--   Marks: the median, and the number of steps that 99% do not pass.
-- note: A step is one assistant turn and the responses to its calls. Unlike turns it
--   compares across formats; turns stand in the report Overview.
-- note: Interval of the median: where the interval of the share of conversations up to
--   it begins and ends, among prompt groups.
-- columns: lo=From steps | hi=Below | conversations=Conversations | share=Share %
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table lengths as

select
    source,
    conversation_id,
    coalesce(prompt_group_id, conversation_id) as group_id,
    step_count as value
from dim_conversations
where duplicate_of_id is null;

-- part: rows
select
    case_count as conversations,
    cast(low as double) as lo,
    cast(low + width as double) as hi,
    cast(case_count as double) as value,
    cast(case_count as double) / sum(case_count) over () as share,
    bar_text(low, width, most, is_open, '', 'step', 'steps')
    || ': ' || counted(case_count, 'conversation', 'conversations') as tip
from bars_of('lengths', 1)
order by lo asc;

-- part: marks
select
    marks.at,
    marks.label
from bar_marks('lengths', 1, '') as marks
order by marks.place asc;

-- part: answer
with

all_lengths as ( -- noqa: ST03

    select
        '' as label,
        '' as source,
        group_id,
        value
    from lengths

),

source_lengths as ( -- noqa: ST03

    select
        '' as label,
        source,
        group_id,
        value
    from lengths

),

whole as (

    select
        max(median) as half,
        max(group_count) as group_count,
        max(
            case
                when low is null then 'no interval'
                else count_text(low) || '–' || count_text(high)
            end
        ) as interval
    from source_medians('all_lengths')

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || counted(median, 'step', 'steps')
            || case
                when low is null then ''
                else ' (' || count_text(low) || '–' || count_text(high) || ')'
            end
            order by cases desc, source asc
        ) as texts
    from source_medians('source_lengths')

),

extremes as (

    select
        count(*) as conversations,
        quantile_disc(value, 0.99) as most,
        max(value) as longest,
        count(*) filter (where value <= 1) as short_count
    from lengths

)

select
    case
        when extremes.conversations = 0 then 'There is no conversation.'
        when extremes.conversations = 1
            then
                'The only one has ' || counted(extremes.longest, 'step', 'steps')
                || '.'
        else
            'Half of the conversations have at most '
            || counted(whole.half, 'step', 'steps') || ' (' || whole.interval
            || ', n = ' || count_text(extremes.conversations) || ' conversations of '
            || counted(whole.group_count, 'prompt', 'prompts') || ').'
    end as lead,
    case
        when extremes.conversations = 0 then 'Without one there is no length.'
        when extremes.conversations = 1 then ''
        else
            '99% have at most ' || count_text(extremes.most) || ', the longest has '
            || count_text(extremes.longest) || '.'
            || case
                when extremes.short_count = 0 then ''
                else
                    ' ' || counted(extremes.short_count, 'has', 'have')
                    || ' one step or none.'
            end
            || compared('Medians', by_source.texts)
    end as rest
from extremes
cross join whole
cross join by_source;

-- part: examples
with

quantiles as (

    select
        quantile_disc(value, 0.5) as half,
        quantile_disc(value, 0.99) as most
    from lengths

)

select
    lengths.conversation_id,
    cast(0 as bigint) as turn_index,
    'one of the longest: ' || counted(lengths.value, 'step', 'steps') as why
from lengths
cross join quantiles
-- where all are alike none stands out
where
    lengths.value >= quantiles.most
    and lengths.value > quantiles.half
order by lengths.value desc, lengths.conversation_id asc
limit 3;
