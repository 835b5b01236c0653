-- title: Difference of amounts, first less second, in three ways
-- question: Which of the two works and thinks longer?
-- chart: dots
-- pct: false
-- count: prompts
-- cap: 100
-- unit: Difference in per cent of the second's value, with 95% intervals; the
--   difference itself and the number of prompts at the right. Left of 0: less in the
--   first. Hollow: no interval. ▸ beyond 100.
-- note: The first and the second are named in the answer.
-- note: Per cent only puts the metrics on one scale: the interval is that of the
--   difference, and takes the second's value as it is.
-- note: Raw, at equal categories and on the same prompts are as in the section on
--   shares. Calls per step that calls: the parallel width.
-- columns: metric=Metric | way_name=Compared | first_text=First | second_text=Second
--   | difference=Difference | low=From | high=To | unit=Unit | value=Per cent
--   | first_cases=Cases of the first | second_cases=Of the second | n=Prompts
--   | support_share=Cases used % | p_adjusted=p (Holm)
-- empty: There are not two to compare, or they have nothing to compare them by.

-- part: base
create or replace temp table amount_cases as

select
    label,
    source,
    stratum,
    conversation_id,
    prompt_group_id,
    group_id,
    is_first,
    hits,
    cases
from compared_cases('fct_metrics');

-- part: marks
select
    0.0 as at,
    'no difference' as label
from compared_ways('amount_cases')
having count(*) > 0;

-- part: rows
select
    name as metric,
    way_name,
    metric_text(first_mean, unit) as first_text,
    metric_text(second_mean, unit) as second_text,
    coalesce(difference / nullif(second_mean, 0) * 100, 0) as value,
    low / nullif(second_mean, 0) * 100 as lo,
    high / nullif(second_mean, 0) * 100 as hi,
    unit,
    difference,
    low,
    high,
    first_cases,
    second_cases,
    group_count as n,
    support_share,
    p_adjusted,
    name || ', ' || replace(replace(way_name, 'at ', ''), 'on the ', '') as label,
    gap_text(difference, unit) || ' ' || unit as text,
    name || ', ' || way_name || ': ' || metric_text(first_mean, unit) || ' against '
    || metric_text(second_mean, unit) || ', '
    || way_text(difference, low, high, unit) || ', '
    || arms_text(first_cases, second_cases, noun) as tip,
    low is null as few
from compared_ways('amount_cases')
where unit <> 'pt'
order by place asc, way asc;

-- part: answer
select
    lead,
    rest
from ways_answer('fct_metrics', 'amount_cases', 'amount');

-- part: examples
select
    conversation_id,
    turn_index,
    arm_name || ', ' || lower(name) || ': ' || metric_text(hits / cases, unit) as why
from compared_examples('fct_steps', 'fct_metrics', 'amount_cases')
where unit <> 'pt'
order by place asc, is_first desc;
