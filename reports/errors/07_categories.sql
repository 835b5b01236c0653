-- title: Share of calls with an error, by category of the task
-- question: In which tasks?
-- chart: dots
-- unit: Share of the calls with an error by our definition, with its 95% interval;
--   worst first, by the lower end of the interval. Hollow, last: fewer than 100 calls
--   (20 where there are under 5,000 in all), or under 10 prompt groups.
-- note: Categories call different tools and are not equally long: a higher share of
--   errors does not mean that a category is harder. Calls without a recorded category
--   are left out.
-- columns: label=Category | errors=Errors | value=Share of calls % | lo=From %
--   | hi=To % | n=Calls | group_count=Prompt groups
-- empty: No category is recorded for any call, or no conversation calls a tool.

-- part: base
create or replace temp table category_cases as

select
    category as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) filter (where is_error) as hits,
    count(*) as cases
from fct_tool_calls
where category is not null
group by label, source, group_id;

-- part: rows
select
    label,
    hits as errors,
    share as value,
    low as lo,
    high as hi,
    cases as n,
    group_count,
    share_text(share) as text,
    short_text(label, 60) || ': ' || estimate_text(share, low, high, cases, 'calls')
        as tip,
    not is_enough as few
from judged_shares('category_cases')
order by few asc, lo desc nulls last, n desc, label asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all ' || share_text(sum(hits) / sum(cases)) as label
from category_cases
having count(*) > 0;

-- part: answer
with

labels as (

    select count(*) > 0 and count(category) = 0 as is_missing
    from fct_tool_calls

),

judged as (

    select
        *,
        is_comparable(low, cases, sum(cases) over (partition by source)) as is_enough
    from source_shares('category_cases')

),

worst_of_source as (

    select
        source,
        sum(cases) as cases,
        max_by(
            short_text(label, 40) || ' '
            || estimate_text(share, low, high, cases, 'calls'),
            (low, cases, label)
        ) as text
    from judged
    where is_enough
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || text order by cases desc, source asc
        ) as texts
    from worst_of_source

)

select
    case
        when labels.is_missing then 'No category is recorded for any call.'
        else worst.lead
    end as lead,
    case
        when labels.is_missing then ''
        when worst.worst_label is null then worst.rest
        else worst.rest || compared('Worst', by_source.texts)
    end as rest
from worst_shares('category_cases', 'category', 'categories') as worst
cross join labels
cross join by_source;

-- part: examples
-- of the category that the answer names
with

worst as (

    select worst_label
    from worst_shares('category_cases', 'category', 'categories')

),

firsts as (

    select
        errors.conversation_id,
        errors.category,
        min(errors.turn_index) as turn_index,
        min_by(errors.class, (errors.turn_index, errors.block_index)) as class
    from fct_errors as errors
    inner join worst on errors.category = worst.worst_label
    group by errors.conversation_id, errors.category

)

select
    conversation_id,
    turn_index,
    short_text(category, 60) || ': ' || replace(class, '_', ' ') as why
from firsts
order by conversation_id asc
limit 4;
