-- title: Difference of shares, first less second, in three ways
-- question: Which of the two goes wrong, recovers or thinks more often?
-- chart: dots
-- pct: false
-- count: prompts
-- unit: Percentage points, with 95% intervals; the number of prompts at the right. Left
--   of 0: less often in the first. Hollow: no interval.
-- note: The first and the second are named in the answer.
-- note: Raw: all conversations. At equal categories: each category has the weight of
--   its cases in both together, of those with 10 prompt groups in both (where there is
--   none, all that both have, without an interval).
-- note: On the same prompts: one difference per prompt that both have, each of equal
--   weight; its interval is Student's t over prompts. p is adjusted for all metrics of
--   this page (Holm).
-- columns: metric=Metric | way_name=Compared | first_text=First | second_text=Second
--   | value=Difference in pt | lo=From | hi=To | first_cases=Cases of the first
--   | second_cases=Of the second | n=Prompts | support_share=Cases used %
--   | p_adjusted=p (Holm)
-- empty: There are not two to compare, or they have nothing to compare them by.

-- part: base
create or replace temp table share_cases as

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
from compared_ways('share_cases')
having count(*) > 0;

-- part: rows
select
    name as metric,
    way_name,
    metric_text(first_mean, unit) as first_text,
    metric_text(second_mean, unit) as second_text,
    difference * 100 as value,
    low * 100 as lo,
    high * 100 as hi,
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
from compared_ways('share_cases')
where unit = 'pt'
order by place asc, way asc;

-- part: answer
select
    lead,
    rest
from ways_answer('fct_metrics', 'share_cases', 'share');

-- part: examples
select
    conversation_id,
    turn_index,
    arm_name || ', ' || lower(name) || ': ' || count_text(hits) || ' of '
    || count_text(cases) as why
from compared_examples('fct_steps', 'fct_metrics', 'share_cases')
where unit = 'pt'
order by place asc, is_first desc;
