-- title: Rejects by reason
-- question: What could not be read, and why?
-- chart: bars
-- unit: Rejected records by reason, the most frequent first.
-- count: files
-- note: A reject is a record that could not become a conversation. Its bytes are kept
--   in the folder rejects; here is what was wrong with it.
-- note: In formats of which a file is one conversation, a broken line is a reject of
--   its own, beside the conversation of the lines that could be read.
-- note: Rejects have no prompt that could be told. All records are counted, none is
--   sampled, so there is no interval.
-- columns: label=Reason | source_text=Sources | value=Rejects | n=Files | share=Of
--   rejects % | detail=Example: what was wrong | example_path=Example: file |
--   example_position=Example: record, from 0
-- empty: No record is rejected.

-- part: base
create or replace temp table reject_reasons as

with

named as (

    select
        source,
        path,
        position,
        file_id,
        replace(reason, '_', ' ') as label,
        coalesce(detail, '') as detail
    from fct_rejects

)

select
    label,
    count(*) as rejects,
    count(distinct file_id) as files,
    array_to_string(list_sort(list(distinct short_text(source, 40))), ', ')
        as source_text,
    min_by(detail, (source, path, position, file_id)) as detail,
    min_by(path, (source, path, position, file_id)) as example_path,
    min_by(position, (source, path, position, file_id)) as example_position
from named
group by label;

-- part: rows
select
    label,
    source_text,
    cast(rejects as double) as value,
    files as n,
    example_path,
    example_position,
    rejects / nullif(sum(rejects) over (), 0) as share,
    short_text(detail, 200) as detail,
    count_text(rejects) as text,
    label || ': ' || counted(rejects, 'reject', 'rejects') || ' in '
    || counted(files, 'file', 'files') as tip
from reject_reasons
order by rejects desc, label asc;

-- part: answer
with

files as (

    select
        count(*) as files,
        coalesce(sum(row_count), 0) as row_count,
        coalesce(sum(reject_count), 0) as rejects,
        count(*) filter (where reject_count > row_count / 2) as lost_files
    from dim_files

),

reasons as (

    select
        coalesce(sum(rejects), 0) as rejects,
        list(
            label || ' ' || count_text(rejects) order by rejects desc, label asc
        ) as texts
    from reject_reasons

)

select
    case
        when files.files = 0 then 'No file is in the warehouse.'
        when files.rejects = 0
            then
                'No record is rejected, of ' || counted(files.row_count, 'row', 'rows')
                || ' in ' || counted(files.files, 'file', 'files') || '.'
        else
            share_text(files.rejects / nullif(files.row_count, 0))
            || ' of rows are rejected (' || count_text(files.rejects) || ' of '
            || count_text(files.row_count) || '): ' || listed(reasons.texts) || '.'
    end as lead,
    case
        when files.files = 0 then 'Ingest a source and build again.'
        when files.rejects <> reasons.rejects
            then
                'The files count ' || count_text(files.rejects)
                || ', of which ' || count_text(reasons.rejects) || ' are listed.'
        when files.lost_files > 0
            then
                'Of ' || counted(files.lost_files, 'file', 'files')
                || ' more than half is rejected: what is left of '
                || case when files.lost_files = 1 then 'it' else 'them' end
                || ' may not be like the rest.'
        else ''
    end as rest
from files
cross join reasons;
