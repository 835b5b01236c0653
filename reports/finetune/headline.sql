-- The key figures of this report.
-- spark: conversations left after each rule

-- part: rows
with

totals as (

    select
        count(*) as conversations,
        count(*) filter (where is_kept) as kept,
        count(*) filter (where is_kept and split <> 'train') as held_out,
        count(distinct split_group) filter (where is_kept) as split_groups
    from finetune_selection

),

sizes as (

    select
        count(*) over (partition by split_group) as group_size
    from finetune_selection
    where is_kept

),

leaks as (

    select avg(1 - pow(0.1, group_size - 1)) as share
    from sizes

),

figures as (

    select
        1 as place,
        'Kept' as label,
        share_text(kept / nullif(conversations, 0)) as text,
        'n = ' || counted(conversations, 'conversation', 'conversations') as n_text,
        'funnel' as section
    from totals
    union all
    select
        2 as place,
        'Held out' as label,
        share_text(held_out / nullif(kept, 0)) as text,
        'n = ' || counted(kept, 'kept conversation', 'kept conversations') as n_text,
        'splits' as section
    from totals
    union all
    select
        3 as place,
        'Leak of a random split' as label,
        share_text(leaks.share) as text,
        'n = ' || counted(totals.kept, 'kept conversation', 'kept conversations')
            as n_text,
        'leakage' as section
    from leaks
    cross join totals
    union all
    select
        4 as place,
        'Split groups' as label,
        count_text(split_groups) as text,
        'of ' || counted(kept, 'kept conversation', 'kept conversations') as n_text,
        'leakage' as section
    from totals

)

select
    label,
    text,
    '' as interval,
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
