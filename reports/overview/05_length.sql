-- title: Turns per conversation
-- question: How long are they?
-- chart: histogram
-- x: turns per conversation
-- unit: Number of conversations by number of turns, all sources together, at most 40
--   bars. Marks: the median, and the number of turns that 99% do not pass.
-- note: Turns compare within a format only: parallel calls are answered by one tool
--   turn in Hermes data and by one turn each in others. Steps compare across formats.
-- columns: lo=From turns | hi=Below | conversations=Conversations | share=Share %
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table lengths as

select
    source,
    conversation_id,
    turn_count,
    step_count
from dim_conversations
where duplicate_of_id is null;

-- part: rows
with

limits as (

    select
        min(turn_count) as fewest,
        max(turn_count) as most,
        -- whole turns per bar, as many as it takes to stay within 40 bars
        cast(ceil((max(turn_count) - min(turn_count) + 1) / 40) as bigint) as width
    from lengths

),

-- empty bars too
bins as (

    select
        limits.width,
        unnest(range(limits.fewest, limits.most + 1, limits.width)) as turns
    from limits

),

counted as (

    select
        bins.turns,
        bins.width,
        count(lengths.conversation_id) as conversations
    from bins
    left join lengths
        on
            bins.turns <= lengths.turn_count
            and lengths.turn_count < bins.turns + bins.width
    group by bins.turns, bins.width

)

select
    conversations,
    cast(turns as double) as lo,
    cast(turns + width as double) as hi,
    cast(conversations as double) as value,
    cast(conversations as double) / sum(conversations) over () as share,
    case
        when width = 1 then counted(turns, 'turn', 'turns')
        else count_text(turns) || '–' || count_text(turns + width - 1) || ' turns'
    end
    || ': ' || counted(conversations, 'conversation', 'conversations') as tip
from counted
order by lo asc;

-- part: marks
with

quantiles as (

    select
        quantile_disc(turn_count, 0.5) as half,
        quantile_disc(turn_count, 0.99) as most
    from lengths
    having count(*) > 0

),

-- in the middle of the bar of that number where bars are one turn wide
lines as (

    select
        1 as place,
        half + cast(0.5 as double) as at,
        'median ' || count_text(half) as label
    from quantiles
    union all
    select
        2 as place,
        most + cast(0.5 as double) as at,
        '99% have ≤ ' || count_text(most) as label
    from quantiles
    where most > half

)

select
    lines.at,
    lines.label
from lines
order by lines.place asc;

-- part: answer
with

whole as (

    select
        count(*) as conversations,
        quantile_disc(turn_count, 0.5) as half,
        quantile_disc(turn_count, 0.99) as most,
        max(turn_count) as longest
    from lengths

),

sources as (

    select
        source,
        quantile_disc(turn_count, 0.5) as turns,
        quantile_disc(step_count, 0.5) as steps,
        count(*) as conversations
    from lengths
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || counted(turns, 'turn', 'turns') || ', '
            || counted(steps, 'step', 'steps')
            order by conversations desc, source asc
        ) as texts
    from sources

),

formats as (

    select count(distinct format) as format_count
    from dim_files
    where conversation_count > 0

)

select
    case
        when whole.conversations = 0 then 'There is no conversation.'
        when whole.conversations = 1
            then 'The only one has ' || counted(whole.longest, 'turn', 'turns') || '.'
        else
            'Half of the conversations have at most '
            || counted(whole.half, 'turn', 'turns') || ', 99% at most '
            || count_text(whole.most) || '.'
    end as lead,
    case
        when whole.conversations = 0 then 'Without one there is no length.'
        when whole.conversations = 1 then ''
        else
            'The longest has ' || count_text(whole.longest) || '.'
            || compared('Medians', by_source.texts)
            || case
                when formats.format_count > 1
                    then
                        ' Files are in different formats: compare steps, not turns.'
                else ''
            end
    end as rest
from whole
cross join by_source
cross join formats;

-- part: examples
with

quantiles as (

    select
        quantile_disc(turn_count, 0.5) as half,
        quantile_disc(turn_count, 0.99) as most
    from lengths

)

select
    lengths.conversation_id,
    cast(0 as bigint) as turn_index,
    'one of the longest: ' || counted(lengths.turn_count, 'turn', 'turns') as why
from lengths
cross join quantiles
-- where all are alike none stands out
where
    lengths.turn_count >= quantiles.most
    and lengths.turn_count > quantiles.half
order by lengths.turn_count desc, lengths.conversation_id asc
limit 3;
