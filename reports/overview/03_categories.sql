-- title: Categories of the tasks, by source
-- question: What are the tasks about?
-- chart: heatmap
-- unit: Share of the conversations of a source; · means less than 0.5%. The largest
--   category first, the largest source at the left.
-- note: The category stands in the record as the data's author gave it; nothing here
--   assigns one. Copies are left out.
-- note: Conversations with the same prompt have the same category: intervals rest on
--   prompt groups.
-- columns: row=Category | column=Source | conversations=Conversations | value=Share %
--   | lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table category_cases as

with

groups as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        histogram(coalesce(category, 'not recorded')) as sizes,
        count(*) as cases
    from dim_conversations
    where duplicate_of_id is null
    group by source, group_id

),

categories as (

    select distinct coalesce(category, 'not recorded') as label
    from dim_conversations
    where duplicate_of_id is null

)

-- each category in each group, with 0 hits where it does not occur there
select
    categories.label,
    groups.source,
    groups.group_id,
    groups.cases,
    cast(coalesce(groups.sizes[categories.label], 0) as bigint) as hits
from groups
cross join categories;

-- part: rows
select
    found.label as row,
    found.source as "column",
    found.hits as conversations,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case
        when found.share < 0.005 then '·'
        else format('{:.0f}%', found.share * 100)
    end as text,
    short_text(found.label, 60) || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_shares('category_cases') as found
inner join pooled_shares('category_cases') as pooled on found.label = pooled.label
order by pooled.hits desc, row asc, n desc, "column" asc;

-- part: answer
with

ranked as (

    select
        hits,
        short_text(label, 40) as short_name,
        label = 'not recorded' as is_missing,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        row_number() over (order by hits desc, label asc) as place
    from pooled_shares('category_cases')

),

totals as (

    select
        count(*) as category_count,
        bool_and(is_missing) as is_missing,
        max(short_name) filter (where place = 1) as first_name,
        max(estimate) filter (where place = 1) as first_share,
        list(
            short_name || ' (' || count_text(hits) || ')' order by place asc
        ) filter (where place in (2, 3)) as next_names
    from ranked

),

largest as (

    select
        source,
        cases,
        row_number() over (partition by source order by hits desc, label asc) as place,
        short_text(source, 40) || ' ' || short_text(label, 40) || ' '
        || estimate_text(share, low, high, cases, 'conversations') as text
    from source_shares('category_cases')

),

by_source as (

    select list(text order by cases desc, source asc) as texts
    from largest
    where place = 1

)

select
    case
        when totals.category_count = 0 then 'There is no conversation.'
        when totals.is_missing then 'No category is recorded for any conversation.'
        when totals.category_count = 1
            then 'All conversations have one category: ' || totals.first_name || '.'
        else
            'The largest of ' || count_text(totals.category_count)
            || ' categories is ' || totals.first_name || ': ' || totals.first_share
            || '.'
    end as lead,
    case
        when totals.category_count = 0 then 'Without one there is no category.'
        when totals.category_count = 1 then ''
        else
            'Next: ' || listed(totals.next_names) || '.'
            || compared('The largest', by_source.texts)
    end as rest
from totals
cross join by_source;
