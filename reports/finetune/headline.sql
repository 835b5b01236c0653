-- The key figures of this report.
-- spark: conversations left after each rule

-- part: rows
with

groups as (

    select
        split_group,
        count(*) as conversations,
        count(*) filter (where is_kept) as kept,
        count(*) filter (where is_kept and split <> 'train') as held_out
    from finetune_selection
    group by split_group

),

held as (

    select held_out_share('finetune_settings') as share

),

cases as (

    select
        1 as place,
        kept as hits,
        conversations as cases
    from groups
    union all
    select
        2 as place,
        held_out as hits,
        kept as cases
    from groups
    where kept > 0
    union all
    select
        3 as place,
        leaked_cases(groups.kept, held.share) as hits,
        groups.kept as cases
    from groups
    cross join held
    where groups.kept > 0

),

names (place, label, one, many, section) as (

    values
    (1, 'Kept', 'conversation', 'conversations', 'funnel'),
    (2, 'Held out', 'kept conversation', 'kept conversations', 'splits'),
    (3, 'Leak of a random split', 'kept conversation', 'kept conversations', 'leakage')

),

shares as (

    select
        place,
        share_text(share_of(hits, cases)) as text,
        case
            when count(*) < 10 then 'no interval: fewer than 10 split groups'
            else interval_text(share_low(hits, cases), share_high(hits, cases))
        end as interval,
        cast(coalesce(sum(cases), 0) as bigint) as n
    from cases
    group by place

),

totals as (

    select
        cast(coalesce(sum(kept), 0) as bigint) as kept,
        count(*) filter (where kept > 0) as split_groups
    from groups

),

figures as (

    select
        names.place,
        names.label,
        coalesce(shares.text, '–') as text,
        coalesce(shares.interval, '') as interval,
        'n = ' || counted(coalesce(shares.n, 0), names.one, names.many) as n_text,
        names.section
    from names
    left join shares on names.place = shares.place
    union all
    select
        4 as place,
        'Split groups' as label,
        count_text(split_groups) as text,
        '' as interval,
        'of ' || counted(kept, 'kept conversation', 'kept conversations') as n_text,
        'leakage' as section
    from totals

)

select
    label,
    text,
    interval,
    n_text,
    section
from figures
order by place asc;

-- part: spark
select
    cast(sum(left_count) as double) as value,
    false as strong
from finetune_funnel
group by rule_index
order by rule_index asc
limit 24;
