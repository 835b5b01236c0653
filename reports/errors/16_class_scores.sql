-- title: Share of found errors with the class of their label
-- question: Are the classes right?
-- chart: table
-- unit: Errors by the label that our definition finds. Grey, last: fewer than 5
--   labelled errors of the class, which is untested. Intervals are of 95%.
-- note: Like the scores of the definitions these come with tracehouse and are of other,
--   labelled traces. The interval of a class takes rows as independent.
-- note: A class that stands in the table without a share was labelled and never found.
-- columns: label=Class by the label | labelled=Labelled | n=Found | correct=Right class
--   | value=Right % | lo=From % | hi=To %
-- empty: The seed error_class_scores is empty: python -m bench.labels score writes it.

-- part: base
create or replace temp table class_scores as

select
    measure,
    replace(class, '_', ' ') as label,
    labelled_count as labelled,
    found_count as n,
    right_count as hits,
    accuracy as value,
    accuracy_low as lo,
    accuracy_high as hi
from seeds.error_class_scores;

-- part: rows
select
    coalesce(label, 'all, ' || measure) as label,
    labelled,
    n,
    hits as correct,
    value,
    lo,
    hi,
    labelled < 5 or n = 0 as few
from class_scores
order by
    case when label is null then 0 else 1 end asc,
    few asc,
    n desc,
    labelled desc,
    measure asc,
    label asc;

-- part: answer
with

totals as (

    select
        max(
            'The class is right for ' || share_text(value) || ' of found errors '
            || support_text(lo, hi, n, 'errors')
        ) filter (where label is null and measure = 'class') as class_text,
        max(
            'the side for ' || share_text(value) || ' (' || range_text(lo, hi) || ')'
        ) filter (where label is null and measure = 'side') as side_text,
        count(*) filter (where label is not null and labelled < 5) as untested,
        count(*) filter (where label is not null) as classes
    from class_scores

)

select
    coalesce(class_text || ', ' || side_text || '.', 'No score of a class is at hand.')
        as lead,
    case
        when class_text is null then ''
        else
            count_text(untested) || ' of ' || counted(classes, 'class', 'classes')
            || ' with a label have fewer than 5: they are untested, and so is each'
            || ' class without a label.'
    end as rest
from totals;
