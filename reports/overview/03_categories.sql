-- title: Categories of the tasks, by source
-- question: What are the tasks about?
-- chart: heatmap
-- unit: Share of the conversations of a source; · means less than 0.5%. Largest
--   first, the largest source at the left.
-- note: The category stands in the record as the data's author gave it; nothing here
--   assigns one. Copies are left out.
-- note: Conversations with the same prompt have the same category: intervals rest on
--   prompt groups.
-- columns: row=Category | column=Source | conversations=Conversations | value=Share %
--   | lo=From % | hi=To % | n=Of conversations | group_count=Prompt groups
-- empty: No category is recorded. Ingest a source whose records name one.

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

),

totals as (

    select count(*) filter (where label <> 'not recorded') as category_count
    from ranked

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
cross join totals
-- 0% is a row, too, but not for thousands of categories in hundreds of sources
where
    totals.category_count > 0
    and (found.hits > 0 or ranked.place <= 100)
order by ranked.hits desc, row asc, n desc, "column" asc;

-- part: answer
with

ranked as (

    select
        hits,
        short_text(label, 40) as short_name,
        estimate_text(share, low, high, cases, 'conversations') as estimate,
        row_number() over (order by hits desc, label asc) as place
    from pooled_parts('categories')
    where label <> 'not recorded'

),

totals as (

    select
        count(*) as category_count,
        max(short_name) filter (where place = 1) as first_name,
        max(estimate) filter (where place = 1) as first_share,
        list(
            short_name || ' (' || count_text(hits) || ')' order by place asc
        ) filter (where place in (2, 3)) as next_names
    from ranked

),

missing as (

    select
        count(*) as conversation_count,
        coalesce(sum(hits) filter (where label = 'not recorded'), 0) as missing_count
    from categories

),

largest_of_source as (

    select
        source,
        max(cases) as cases,
        coalesce(
            min_by(
                short_text(label, 60) || ' '
                || estimate_text(share, low, high, cases, 'conversations'),
                (-hits, label)
            ) filter (where label <> 'not recorded'),
            'none recorded'
        ) as text
    from source_parts('categories')
    where hits > 0
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || text order by cases desc, source asc
        ) as texts
    from largest_of_source

)

select
    case
        when missing.conversation_count = 0 then 'There is no conversation.'
        when totals.category_count = 0
            then 'No category is recorded for any conversation.'
        when totals.category_count = 1 and missing.missing_count = 0
            then 'All conversations have one category: ' || totals.first_name || '.'
        when totals.category_count = 1
            then
                'The only category recorded is ' || totals.first_name || ': '
                || totals.first_share || '.'
        else
            'The largest of ' || count_text(totals.category_count)
            || ' categories is ' || totals.first_name || ': ' || totals.first_share
            || '.'
    end as lead,
    case
        when missing.conversation_count = 0 then 'Without one there is no category.'
        when totals.category_count = 0 then ''
        else
            trim(
                case
                    when totals.category_count = 1 then ''
                    else 'Next: ' || listed(totals.next_names) || '.'
                end
                || case
                    when missing.missing_count = 0 then ''
                    else
                        ' No category is recorded for '
                        || counted(
                            missing.missing_count, 'conversation', 'conversations'
                        ) || '.'
                end
                || case
                    when totals.category_count = 1 and missing.missing_count = 0
                        then ''
                    else compared('The largest', by_source.texts)
                end
            )
    end as rest
from totals
cross join missing
cross join by_source;

-- part: examples
-- the first turn of a conversation of each of the largest categories
with

category_turns as ( -- noqa: ST03

    select
        category as label,
        conversation_id,
        turn_index
    from fct_turns

)

select
    conversation_id,
    turn_index,
    short_text(label, 60) || ': how one begins' as why
from largest_examples('category_turns')
order by hits desc, label asc;
