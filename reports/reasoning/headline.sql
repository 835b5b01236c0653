-- The key figures of this report.
-- spark: thoughts by number of words, on a log scale

-- part: rows
with

recording as (

    select distinct source
    from fct_steps
    where has_thought

),

turns as (

    select
        coalesce(fct_steps.prompt_group_id, fct_steps.conversation_id) as group_id,
        fct_steps.has_thought,
        fct_steps.has_calls
    from fct_steps
    inner join recording on fct_steps.source = recording.source

),

cases as ( -- noqa: ST03

    select
        1 as label,
        '' as source,
        group_id,
        count(*) filter (where has_thought) as hits,
        count(*) as cases
    from turns
    group by group_id
    union all
    select
        3 as label,
        '' as source,
        group_id,
        count(*) filter (where has_thought and has_calls) as hits,
        count(*) as cases
    from turns
    group by group_id
    union all
    select
        4 as label,
        '' as source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        count(*) filter (where has_self_correction) as hits,
        count(*) as cases
    from fct_thoughts
    group by group_id

),

thought_lengths as ( -- noqa: ST03

    select
        2 as label,
        '' as source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        think_words as value
    from fct_thoughts

),

names (label, name, noun, section) as (

    values
    (1, 'Turns with a thought', 'assistant turns', 'share'),
    (2, 'Median words of a thought', 'thoughts', 'length'),
    (3, 'Turns with thought and call', 'assistant turns', 'combinations'),
    (4, 'Thoughts with words of self-correction', 'thoughts', 'behaviours')

),

figures as (

    select
        label,
        cases,
        share_text(share) as text,
        interval_text(low, high) as interval
    from pooled_shares('cases')
    union all
    select
        label,
        cases,
        count_text(median) as text,
        case
            when low is null then interval_text(null, null)
            else '95% interval ' || count_text(low) || '–' || count_text(high)
        end as interval
    from source_medians('thought_lengths')

)

select
    names.name as label,
    coalesce(figures.text, '–') as text,
    coalesce(figures.interval, '') as interval,
    case
        when figures.cases is null then 'thoughts are not recorded'
        else 'n = ' || counted(figures.cases, rtrim(names.noun, 's'), names.noun)
    end as n_text,
    names.section
from names
left join figures on names.label = figures.label
order by names.label asc;

-- part: spark
select
    cast(count(*) as double) as value,
    false as strong
from fct_thoughts
where think_words > 0
group by cast(floor(4 * log10(think_words)) as bigint)
order by cast(floor(4 * log10(think_words)) as bigint) asc;
