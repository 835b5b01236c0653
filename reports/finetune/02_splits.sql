-- title: Splits by source and category
-- question: Is each split a fair picture of the whole?
-- chart: table
-- unit: Kept conversations in each split, by source and category, the largest first;
--   and the share that is held out, with its 95% interval.
-- note: A split is drawn for a whole group at once, by a hash, and kept in the ledger
--   finetune_splits.parquet, so that it stays when data are added. The mix of
--   categories is as it comes: forcing it would tear groups or move conversations
--   between splits.
-- note: Intervals: Wilson, with the effective number of cases among split groups; none
--   under 10 groups.
-- columns: source=Source | category=Category | train=Train | validation=Validation
--   | test=Test | held_out=Held out % | low=From % | high=To %
--   | group_count=Split groups
-- empty: No conversation is kept.

-- part: base
create or replace temp table split_counts as

with

groups as (

    select
        source,
        coalesce(category, '(none)') as category,
        split_group,
        count(*) filter (where split = 'train') as train,
        count(*) filter (where split = 'validation') as validation,
        count(*) filter (where split = 'test') as test,
        count(*) filter (where split <> 'train') as hits,
        count(*) as cases
    from finetune_selection
    where is_kept
    group by source, coalesce(category, '(none)'), split_group

)

select
    source,
    category,
    cast(sum(train) as bigint) as train,
    cast(sum(validation) as bigint) as validation,
    cast(sum(test) as bigint) as test,
    share_of(hits, cases) as held_out,
    share_low(hits, cases) as low,
    share_high(hits, cases) as high,
    count(*) as group_count
from groups
group by source, category;

-- part: rows
select
    source,
    category,
    train,
    validation,
    test,
    held_out,
    low,
    high,
    group_count
from split_counts
order by train + validation + test desc, source asc, category asc;

-- part: answer
with

totals as (

    select
        cast(coalesce(sum(train), 0) as bigint) as train,
        cast(coalesce(sum(validation), 0) as bigint) as validation,
        cast(coalesce(sum(test), 0) as bigint) as test
    from split_counts

),

categories as (

    select
        category,
        sum(validation + test) as held_out
    from split_counts
    group by category

),

missing as (

    select
        count(*) as categories,
        count(*) filter (where held_out = 0) as absent
    from categories

)

select
    case
        when totals.train + totals.validation + totals.test = 0
            then 'No conversation is kept.'
        else
            'Of what is kept, ' || count_text(totals.train) || ' are for training, '
            || count_text(totals.validation) || ' for validation and '
            || count_text(totals.test) || ' for test.'
    end as lead,
    case
        when missing.categories = 0 then 'Without one there is nothing to split.'
        when missing.absent = 0 then 'Each category is in what is held out.'
        else
            count_text(missing.absent) || ' of '
            || counted(missing.categories, 'category', 'categories')
            || case when missing.absent = 1 then ' has' else ' have' end
            || ' no conversation in what is held out: nothing can be measured there.'
    end as rest
from totals
cross join missing;

-- part: examples
-- a conversation of each split
select
    min(conversation_id) as conversation_id,
    0 as turn_index,
    'in the split ' || split as why
from finetune_selection
where is_kept
group by split
order by split asc;
