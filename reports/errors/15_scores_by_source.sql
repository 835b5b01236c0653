-- title: Each definition on hand labels, by source of the labelled traces
-- question: Do the definitions hold for other agents?
-- chart: table
-- unit: Unweighted. Intervals are of 95% and, within one source, Wilson's, which take
--   rows as independent: they are too narrow.
-- note: Compare the source that is most like your data: the same harness writes the
--   same texts. Few rows are behind most lines; the interval says what they are worth.
-- note: Our rules are fixed text, fitted to no fold: to leave a source out changes
--   nothing but which rows are counted.
-- columns: source=Labelled traces | name=Definition | uses=Calls | errors=Errors
--   | hits=Found | false_alarms=False alarms | misses=Missed | no_errors=No error
--   | precision=Precision % | precision_lo=From % | precision_hi=To %
--   | recall=Recall % | recall_lo=From % | recall_hi=To %
--   | value=F1 % | lo=From % | hi=To %
-- empty: The seed error_scores is empty: python -m bench.labels score writes it.

-- part: base
create or replace temp table source_scores as

with

definitions (place, definition, name) as (

    values
    (1, 'is_error', 'Ours'),
    (2, 'is_error_hermes_a', 'Hermes A'),
    (3, 'is_error_hermes_b', 'Hermes B'),
    (4, 'is_error_exit_code', 'Exit code'),
    (5, 'is_error_keyword', 'Keyword')

)

select
    definitions.place,
    definitions.name,
    scores.source,
    scores.use_count,
    scores.hit_count,
    scores.false_alarm_count,
    scores.miss_count,
    scores.other_count,
    scores.precision,
    scores.precision_low,
    scores.precision_high,
    scores.recall,
    scores.recall_low,
    scores.recall_high,
    scores.f1,
    scores.f1_low,
    scores.f1_high
from seeds.error_scores as scores
inner join definitions on scores.definition = definitions.definition
where scores.source <> 'all' and not scores.is_weighted;

-- part: rows
select
    source,
    name,
    use_count as uses,
    hit_count + miss_count as errors,
    hit_count as hits,
    false_alarm_count as false_alarms,
    miss_count as misses,
    other_count as no_errors,
    precision,
    precision_low as precision_lo,
    precision_high as precision_hi,
    recall,
    recall_low as recall_lo,
    recall_high as recall_hi,
    f1 as value,
    f1_low as lo,
    f1_high as hi,
    use_count as n
from source_scores
order by uses desc, source asc, place asc;

-- part: answer
with

ours as (

    select
        source,
        f1,
        hit_count + miss_count as errors
    from source_scores
    where place = 1 and hit_count + miss_count > 0

),

totals as (

    select
        count(*) as source_count,
        min(f1) as lowest,
        max(f1) as highest,
        min_by(source, (f1, -errors, source)) as worst,
        min_by(errors, (f1, -errors, source)) as worst_errors
    from ours

),

rivals as (

    select
        source,
        max(f1) as best
    from source_scores
    where place > 1
    group by source

),

winners as (

    select count(*) as beaten
    from ours
    inner join rivals on ours.source = rivals.source
    where rivals.best > ours.f1

)

select
    case
        when totals.source_count = 0 then 'No score of a source is at hand.'
        else
            'F1 of ours is between ' || share_text(totals.lowest) || ' and '
            || share_text(totals.highest) || ' in the '
            || counted(totals.source_count, 'source', 'sources') || ' with errors.'
    end as lead,
    case
        when totals.source_count = 0 then ''
        else
            'Lowest is ' || totals.worst || ', with '
            || counted(totals.worst_errors, 'labelled error', 'labelled errors')
            || '. In '
            || case
                when winners.beaten = 0 then 'no source'
                else counted(winners.beaten, 'source', 'sources')
            end
            || ' another definition does better.'
    end as rest
from totals
cross join winners;
