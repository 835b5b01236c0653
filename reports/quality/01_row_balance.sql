-- title: Rows of each input file
-- question: Is every row accounted for?
-- chart: table
-- unit: A file balances where rows = conversations + rejects + blank lines. Files that
--   do not balance come first, then those with rejects or copies.
-- note: A rejected row could not be read as a conversation. Its bytes are kept in the
--   folder rejects, with the reason.
-- note: An exact copy of another conversation is a conversation, but only the first of
--   them is counted in the reports.
-- columns: source=Source | path=File | format=Format | row_count=Rows |
--   conversation_count=Conversations | reject_count=Rejects | blank_count=Blank lines |
--   balance=Balance | copies=Exact copies | reasons=Reasons of rejects
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table balances as

with

reason_counts as (

    select
        file_id,
        reason,
        count(*) as rejects
    from fct_rejects
    group by file_id, reason

),

reasons as (

    select
        file_id,
        string_agg(
            replace(reason, '_', ' ') || ' ' || count_text(rejects), ', '
            order by rejects desc, reason asc
        ) as reasons
    from reason_counts
    group by file_id

),

copies as (

    select
        file_id,
        count(*) as copies
    from dim_conversations
    where duplicate_of_id is not null
    group by file_id

)

select
    dim_files.file_id,
    dim_files.source,
    dim_files.path,
    dim_files.format,
    dim_files.is_present,
    dim_files.row_count,
    dim_files.conversation_count,
    dim_files.reject_count,
    dim_files.blank_count,
    coalesce(copies.copies, 0) as copies,
    coalesce(reasons.reasons, '') as reasons,
    dim_files.row_count - dim_files.conversation_count - dim_files.reject_count
    - dim_files.blank_count as difference
from dim_files
left join reasons on dim_files.file_id = reasons.file_id
left join copies on dim_files.file_id = copies.file_id;

-- part: rows
select
    source,
    path,
    format,
    row_count,
    conversation_count,
    reject_count,
    blank_count,
    copies,
    reasons,
    case
        when difference = 0 then 'balances'
        else 'off by ' || count_text(difference)
    end as balance
from balances
order by
    difference = 0 asc,
    reject_count desc,
    copies desc,
    source asc,
    path asc,
    file_id asc;

-- part: answer
with

totals as (

    select
        count(*) as files,
        count(*) filter (where difference <> 0) as unbalanced_files,
        count(*) filter (where not is_present) as vanished_files,
        sum(row_count) as row_count,
        sum(conversation_count) as conversation_count,
        sum(reject_count) as reject_count,
        sum(blank_count) as blank_count,
        sum(copies) as copies
    from balances

),

reason_counts as (

    select
        reason,
        count(*) as rejects
    from fct_rejects
    group by reason

),

reasons as (

    select
        list(
            replace(reason, '_', ' ') || ' ' || count_text(rejects)
            order by rejects desc, reason asc
        ) as texts
    from reason_counts

)

select
    case
        when totals.files = 0 then 'No file is in the warehouse.'
        when totals.unbalanced_files > 0
            then
                count_text(totals.unbalanced_files) || ' of '
                || counted(totals.files, 'file', 'files')
                || case when totals.unbalanced_files = 1 then ' does' else ' do' end
                || ' not balance.'
        else
            'Every row is accounted for: ' || counted(totals.row_count, 'row', 'rows')
            || ' = '
            || counted(totals.conversation_count, 'conversation', 'conversations')
            || ' + ' || counted(totals.reject_count, 'reject', 'rejects')
            || ' + ' || counted(totals.blank_count, 'blank line', 'blank lines') || '.'
    end as lead,
    case
        when totals.files = 0 then 'Ingest a source and build again.'
        else
            case
                when totals.reject_count > 0
                    then 'Rejects by reason: ' || listed(reasons.texts) || '. '
                else ''
            end
            || case
                when totals.copies = 0
                    then 'No conversation is an exact copy of another.'
                else
                    'Left out as exact copies of others: '
                    || counted(totals.copies, 'conversation', 'conversations') || '.'
            end
            || case
                when totals.vanished_files > 0
                    then
                        ' Gone from its source since it was read: '
                        || counted(totals.vanished_files, 'file', 'files')
                        || '; the rows stay.'
                else ''
            end
    end as rest
from totals
cross join reasons;
