-- The key figures of this report.

-- part: base
create or replace temp table headline_cases as

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

-- part: rows
with

shared as (

    select
        prompt_group_id,
        bool_or(is_first) and bool_or(not is_first) as is_shared
    from headline_cases
    where prompt_group_id is not null
    group by prompt_group_id

),

prompts as (

    select
        count(*) filter (where is_shared) as shared_count,
        count(*) as prompt_count
    from shared

),

names (label, name, section) as (

    values
    ('errors_per_call', 'Calls with an error, difference', 'shares'),
    ('steps', 'Steps per conversation, difference', 'amounts')

),

figures as (

    select
        names.name,
        names.section,
        ways.*
    from names
    left join compared_ways('headline_cases') as ways
        on names.label = ways.label and ways.way = 3

),

clear as (

    select
        count(*) as metric_count,
        count(p_adjusted) as judged_count,
        count(*) filter (where p_adjusted < 0.05) as clear_count
    from compared_ways('headline_cases')
    where way = 3

)

select
    'Shared prompts' as label,
    count_text(shared_count) as text,
    '' as interval,
    'of ' || counted(prompt_count, 'prompt', 'prompts') as n_text,
    'left-out' as section
from prompts
union all
select
    'Metrics that differ clearly' as label,
    case when judged_count = 0 then '–' else count_text(clear_count) end as text,
    '' as interval,
    case
        when metric_count = 0 then 'nothing to compare'
        else
            'of ' || counted(metric_count, 'metric', 'metrics')
            || ', on the same prompts'
    end as n_text,
    'summary' as section
from clear
union all
select
    name as label,
    case when label is null then '–' else gap_text(difference, unit) || ' ' || unit end
        as text,
    case
        when label is null then ''
        when low is null then 'no interval: fewer than 10 shared prompts'
        else '95% interval ' || gap_text(low, unit) || ' to ' || gap_text(high, unit)
    end as interval,
    case
        when label is null then 'no shared prompt'
        else 'n = ' || counted(group_count, 'shared prompt', 'shared prompts')
    end as n_text,
    section
from figures;
