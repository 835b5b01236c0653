-- The key figures of this report.
-- spark: rows per file, the largest first

-- part: rows
with

files as (

    select
        count(*) as files,
        count(*) filter (
            where row_count = conversation_count + reject_count + blank_count
        ) as balanced,
        coalesce(sum(row_count), 0) as row_count,
        coalesce(sum(reject_count), 0) as rejects
    from dim_files

),

calls as (

    select
        count(*) filter (where is_malformed) as hits,
        count(*) as cases
    from fct_tool_calls
    group by coalesce(prompt_group_id, conversation_id)

),

malformed as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        cast(coalesce(sum(cases), 0) as bigint) as cases
    from calls

),

conversations as (

    select
        count(*) filter (where duplicate_of_id is not null) as hits,
        count(*) as cases
    from dim_conversations
    group by coalesce(prompt_group_id, conversation_id)

),

copies as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high,
        cast(coalesce(sum(cases), 0) as bigint) as cases
    from conversations

),

figures as (

    select
        1 as place,
        'Files that balance' as label,
        count_text(balanced) || ' of ' || count_text(files) as text,
        '' as interval,
        'rows = conversations + rejects + blanks' as n_text,
        'row-balance' as section
    from files
    union all
    select
        2 as place,
        'Rejected rows' as label,
        share_text(rejects / nullif(row_count, 0)) as text,
        '' as interval,
        'of ' || counted(row_count, 'row', 'rows') as n_text,
        'rejects' as section
    from files
    union all
    select
        3 as place,
        'Malformed calls' as label,
        share_text(share) as text,
        case when cases > 0 then interval_text(low, high) else '' end as interval,
        'n = ' || counted(cases, 'call', 'calls') as n_text,
        'defects' as section
    from malformed
    union all
    select
        4 as place,
        'Exact copies' as label,
        share_text(share) as text,
        case when cases > 0 then interval_text(low, high) else '' end as interval,
        'n = ' || counted(cases, 'conversation', 'conversations') as n_text,
        'copies' as section
    from copies

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
    cast(row_count as double) as value,
    false as strong
from dim_files
order by row_count desc, source asc, path asc, file_id asc
limit 24;
