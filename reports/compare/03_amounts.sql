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

with

metrics as ( -- noqa: ST03

    select *
    from fct_metrics

)

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
from compared_cases('metrics');

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
with

metrics as ( -- noqa: ST03

    select *
    from fct_metrics

),

told as (

    select
        *,
        row_number() over (order by place asc) as told_place
    from ways_told('amount_cases')
    where unit <> 'pt'

),

listed_metrics as (

    select
        max(text) filter (where told_place = 1) as first_told,
        max(prompts) filter (where told_place = 1) as prompts,
        list(lower(name) order by place asc) filter (where not is_agreed) as disagreed,
        max(left_out_share) as most_left_out,
        max_by(lower(name), (left_out_share, -place)) as most_left_out_name
    from told

),

categories as (

    select count(distinct stratum) filter (where stratum <> '') as category_count
    from amount_cases

)

select
    case
        when len(compared.arms) = 0 then 'There is nothing to compare.'
        when compared.second_arm is null
            then
                'There is only one ' || compared.by_what || ', '
                || compared.first_name || '.'
        when listed_metrics.first_told is null
            then 'The two have no amount in common that could be compared.'
        else
            compared.first_name || ' against ' || compared.second_name || ' ('
            || counted(listed_metrics.prompts, 'shared prompt', 'shared prompts')
            || '): ' || listed_metrics.first_told || '.'
    end as lead,
    case
        when compared.second_arm is null or listed_metrics.first_told is null then ''
        else
            ltrim(
                case
                    when listed_metrics.disagreed is null
                        then 'The ways of comparing point the same way for each metric.'
                    else
                        'The ways of comparing do not all point the same way for '
                        || listed(listed_metrics.disagreed) || '.'
                end
                || case
                    when categories.category_count = 0
                        then
                            ' No category is recorded: at equal categories is the raw'
                            || ' difference.'
                    else
                        ' Categories in which both do not have 10 prompts are left out'
                        || ' at equal categories: '
                        || case
                            when listed_metrics.most_left_out < 1e-9 then 'none'
                            else
                                'up to ' || share_text(listed_metrics.most_left_out)
                                || ' of the cases ('
                                || listed_metrics.most_left_out_name || ')'
                        end
                        || '.'
                end
            )
    end as rest
from comparison('metrics') as compared
cross join listed_metrics
cross join categories;
