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
create or replace temp table categories as

select
    coalesce(category, 'not recorded') as label,
    source,
    coalesce(prompt_group_id, conversation_id) as group_id,
    count(*) as hits
from dim_conversations
where duplicate_of_id is null
group by label, source, group_id;

-- part: rows
with

ranked as (

    select
        label,
        hits,
        row_number() over (order by hits desc, label asc) as place
    from pooled_parts('categories')

)

select
    found.label as row,
    found.source as "column",
    found.hits as conversations,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    cell_text(found.share) as text,
    short_text(found.label, 60) || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_parts('categories') as found
inner join ranked on found.label = ranked.label
-- 0% is a row, too, but not for thousands of categories in hundreds of sources
where found.hits > 0 or ranked.place <= 100
order by ranked.hits desc, row asc, n desc, "column" asc;

-- part: answer
with

ranked as (

    select
        hits,
        short_text(label, 40) as short_name,
        label = 'not recorded' as is_missing,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        row_number() over (order by hits desc, label asc) as place
    from pooled_parts('categories')

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

by_source as (

    select *
    from largest_parts('categories', 'conversations')

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
