-- title: Precision, recall and F1 of each definition on hand labels
-- question: Which definition can be trusted?
-- chart: dots
-- unit: On tool responses of other traces that were labelled by reading, all sources
--   together, with its 95% interval. Hollow: labels of fewer than 10 files, so the
--   interval takes rows as independent and is too narrow.
-- count: rows
-- note: These figures come with tracehouse and say nothing of the data on this page:
--   the labels are of traces of several agents and benchmarks (seeds/error_labels.csv).
--   How far they hold here depends on how alike the tools are.
-- note: Precision: errors by the label among what is flagged. Recall: flagged among the
--   errors by the label. F1 is between the two, and high only where both are;
--   its rows are hits, false alarms and misses, and a hit counts twice.
-- note: Our rules were written with these labels at hand: how ours does is how well it
--   fits them, and no forecast. The other definitions were fitted to nothing here.
-- note: What looked like an error was labelled completely, the rest by a draw; weighted
--   figures count each row as often as it stands for.
-- columns: label=Figure | hits=Found errors | n=Rows | value=Figure % | lo=From %
--   | hi=To % | files=Files | weighted=Weighted % | weighted_lo=From %
--   | weighted_hi=To % | false_alarms=False alarms | misses=Missed | no_errors=No error
-- empty: The seed error_scores is empty: python -m bench.labels score writes it.

-- part: base
create or replace temp table definition_scores as

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
    scores.is_weighted,
    scores.use_count,
    scores.hit_count,
    scores.false_alarm_count,
    scores.miss_count,
    scores.other_count,
    scores.precision,
    scores.precision_low,
    scores.precision_high,
    scores.precision_files,
    scores.recall,
    scores.recall_low,
    scores.recall_high,
    scores.recall_files,
    scores.f1,
    scores.f1_low,
    scores.f1_high,
    scores.f1_files
from seeds.error_scores as scores
inner join definitions on scores.definition = definitions.definition
where scores.source = 'all';

-- part: rows
with

figures (figure_place, figure) as (

    values
    (1, 'precision'),
    (2, 'recall'),
    (3, 'F1')

),

long_form as (

    select
        scores.place,
        scores.name,
        scores.is_weighted,
        scores.hit_count,
        scores.false_alarm_count,
        scores.miss_count,
        scores.other_count,
        figures.figure_place,
        figures.figure,
        case figures.figure_place
            when 1 then scores.hit_count + scores.false_alarm_count
            when 2 then scores.hit_count + scores.miss_count
            else scores.hit_count + scores.false_alarm_count + scores.miss_count
        end as n,
        case figures.figure_place
            when 1 then scores.precision when 2 then scores.recall else scores.f1
        end as value,
        case figures.figure_place
            when 1 then scores.precision_low
            when 2 then scores.recall_low
            else scores.f1_low
        end as lo,
        case figures.figure_place
            when 1 then scores.precision_high
            when 2 then scores.recall_high
            else scores.f1_high
        end as hi,
        case figures.figure_place
            when 1 then scores.precision_files
            when 2 then scores.recall_files
            else scores.f1_files
        end as files
    from definition_scores as scores
    cross join figures

)

select
    unweighted.name || ': ' || unweighted.figure as label,
    unweighted.hit_count as hits,
    unweighted.n,
    unweighted.value,
    unweighted.lo,
    unweighted.hi,
    nullif(unweighted.files, 0) as files,
    weighted.value as weighted,
    weighted.lo as weighted_lo,
    weighted.hi as weighted_hi,
    unweighted.false_alarm_count as false_alarms,
    unweighted.miss_count as misses,
    unweighted.other_count as no_errors,
    share_text(unweighted.value) as text,
    unweighted.name || ', ' || unweighted.figure || ': '
    || estimate_text(
        unweighted.value, unweighted.lo, unweighted.hi, unweighted.n, 'rows'
    ) as tip,
    unweighted.files = 0 as few
from long_form as unweighted
left join long_form as weighted
    on
        unweighted.place = weighted.place
        and unweighted.figure_place = weighted.figure_place
        and weighted.is_weighted
-- what flags nothing has no precision
where not unweighted.is_weighted and unweighted.value is not null
order by unweighted.place asc, unweighted.figure_place asc;

-- part: answer
with

ranked as (

    select
        *,
        row_number() over (order by f1 desc nulls last, place asc) as standing
    from definition_scores
    where not is_weighted

),

texts as (

    select
        max(
            'On labelled responses '
            || case when name = 'Ours' then 'ours' else name end
            || ' does best: F1 ' || share_text(f1) || ' ('
            || range_text(f1_low, f1_high) || '), precision '
            || share_text(precision) || ' ('
            || range_text(precision_low, precision_high) || '), recall '
            || share_text(recall) || ' (' || range_text(recall_low, recall_high)
            || ').'
        ) filter (where standing = 1) as best,
        list(
            name || ' ' || share_text(f1) order by standing asc
        ) filter (where standing > 1) as next_names,
        max(f1_low) filter (where standing = 1)
        <= max(f1_high) filter (where standing > 1) as is_close,
        max(use_count) as uses,
        max(hit_count + miss_count) as errors
    from ranked

)

select
    coalesce(best, 'No score of a definition is at hand.') as lead,
    case
        when best is null then ''
        else
            'F1 of the others: ' || listed(next_names)
            || case when is_close then '; intervals overlap.' else '.' end
            || ' Labelled by hand are '
            || counted(uses, 'call', 'calls') || ' of other traces, of which '
            || count_text(errors) || ' are errors; our rules were written with these'
            || ' labels at hand.'
    end as rest
from texts;
