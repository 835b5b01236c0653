-- title: Turns per conversation
-- question: How long are they?
-- chart: histogram
-- x: turns per conversation
-- unit: Number of conversations by number of turns, all sources together, at most 40
--   bars. Marks: the median, and the number of turns that 99% do not pass; the last
--   bar holds what is far beyond.
-- note: Turns compare within a format only: parallel calls are answered by one tool
--   turn in Hermes data and by one turn each in others. Steps compare across formats.
-- columns: lo=From turns | hi=Below | conversations=Conversations | share=Share %
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table lengths as

select
    source,
    conversation_id,
    turn_count as value,
    step_count
from dim_conversations
where duplicate_of_id is null;

-- part: rows
select
    case_count as conversations,
    cast(low as double) as lo,
    cast(low + width as double) as hi,
    cast(case_count as double) as value,
    cast(case_count as double) / sum(case_count) over () as share,
    bar_text(low, width, most, is_open, '', 'turn', 'turns')
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

whole as (

    select
        count(*) as conversations,
        quantile_disc(value, 0.5) as half,
        quantile_disc(value, 0.99) as most,
        max(value) as longest
    from lengths

),

sources as (

    select
        source,
        quantile_disc(value, 0.5) as turns,
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
        quantile_disc(value, 0.5) as half,
        quantile_disc(value, 0.99) as most
    from lengths

)

select
    lengths.conversation_id,
    cast(0 as bigint) as turn_index,
    'one of the longest: ' || counted(lengths.value, 'turn', 'turns') as why
from lengths
cross join quantiles
-- where all are alike none stands out
where
    lengths.value >= quantiles.most
    and lengths.value > quantiles.half
order by lengths.value desc, lengths.conversation_id asc
limit 3;
