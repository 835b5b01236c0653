-- title: Fields that are filled, by source
-- question: Which fields do only some sources or files have?
-- chart: heatmap
-- unit: Share of the conversations of a source in which the field is filled; · means
--   less than 0.5%. Fields that differ between or within sources come first, the
--   largest source stands at the left.
-- note: A field of turns or calls counts as filled where one turn or call has it. A
--   thought counts where it can be read.
-- note: What a format does not record is missing, not 0: a figure that rests on such a
--   field is one of the sources that fill it, and sources cannot be compared by it.
-- note: Only fields that the tables of the warehouse have. What else a record holds is
--   kept in the column extra of the Parquet files.
-- note: Exact copies are left out.
-- columns: row=Field | column=Source | spread=Spread | filled=Conversations |
--   value=Share % | lo=From % | hi=To % | n=Of conversations | group_count=Prompt
--   groups | files=Files | filled_files=Files that have it
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table field_cases as

with

turns as (

    select
        conversation_id,
        min(turn_index) filter (where has_thought) as thought_turn,
        min(turn_index) filter (where stop_reason is not null) as stop_reason_turn
    from fct_turns
    group by conversation_id

),

calls as (

    select
        conversation_id,
        min(turn_index) filter (where exit_code is not null) as exit_code_turn,
        min(turn_index) filter (where status is not null) as status_turn,
        min(turn_index) filter (where paired_by = 'id') as id_turn
    from fct_tool_calls
    group by conversation_id

),

fields (place, label) as (

    values
    (1, 'Model'),
    (2, 'Category'),
    (3, 'Subcategory'),
    (4, 'Task'),
    (5, 'Task id'),
    (6, 'Trial number'),
    (7, 'Own id'),
    (8, 'First user text'),
    (9, 'Tools on offer'),
    (10, 'Thoughts'),
    (11, 'Stop reason'),
    (12, 'Ids of calls'),
    (13, 'Exit code'),
    (14, 'Status of responses'),
    (15, 'Completed or not'),
    (16, 'Outcome'),
    (17, 'Time'),
    (18, 'Licence')

),

-- each field of each conversation, and at which turn it is filled
told as (

    select
        fields.label,
        fields.place,
        conversations.conversation_id,
        conversations.source,
        conversations.file_id,
        coalesce(conversations.prompt_group_id, conversations.conversation_id)
            as group_id,
        coalesce(
            case fields.place
                when 10 then turns.thought_turn
                when 11 then turns.stop_reason_turn
                when 12 then calls.id_turn
                when 13 then calls.exit_code_turn
                when 14 then calls.status_turn
            end,
            0
        ) as turn_index,
        case fields.place
            when 1 then conversations.model is not null
            when 2 then conversations.category is not null
            when 3 then conversations.subcategory is not null
            when 4 then conversations.task is not null
            when 5 then conversations.task_id is not null
            when 6 then conversations.trial_index is not null
            when 7 then conversations.source_id is not null
            when 8 then conversations.prompt_group_id is not null
            when 9 then conversations.toolset_id is not null
            when 10 then conversations.thought_count > 0
            when 11 then turns.stop_reason_turn is not null
            when 12 then calls.id_turn is not null
            when 13 then calls.exit_code_turn is not null
            when 14 then calls.status_turn is not null
            when 15 then conversations.is_completed is not null
            when 16 then conversations.outcome_score is not null
            when 17 then conversations.started_at is not null
            else dim_files.licence is not null
        end as is_filled
    from dim_conversations as conversations
    cross join fields
    left join dim_files on conversations.file_id = dim_files.file_id
    left join turns on conversations.conversation_id = turns.conversation_id
    left join calls on conversations.conversation_id = calls.conversation_id
    where conversations.duplicate_of_id is null

),

filled as (

    select
        label,
        place,
        source,
        file_id,
        group_id,
        count(*) filter (where is_filled) as hits,
        count(*) as cases,
        min(conversation_id) filter (where is_filled) as filled_id,
        min_by(turn_index, conversation_id) filter (where is_filled) as filled_turn,
        min(conversation_id) filter (where not is_filled) as bare_id
    from told
    group by label, place, source, file_id, group_id

),

by_file as (

    select
        label,
        place,
        source,
        file_id,
        sum(hits) as hits,
        sum(cases) as cases
    from filled
    group by label, place, source, file_id

),

by_source as (

    select
        label,
        place,
        source,
        count(*) as files,
        count(*) filter (where hits > 0) as filled_files,
        sum(hits) as hits,
        sum(cases) as cases
    from by_file
    group by label, place, source

),

spreads as (

    select
        label,
        source,
        files,
        filled_files,
        case
            when sum(hits) over fields = 0 then 'nowhere'
            when sum(hits) over fields = sum(cases) over fields then 'everywhere'
            when count(*) filter (where hits = 0) over fields > 0
                then 'some sources only'
            else 'partly'
        end as spread
    from by_source
    window fields as (partition by label)

)

select
    filled.label,
    filled.place,
    filled.source,
    filled.group_id,
    spreads.files,
    spreads.filled_files,
    spreads.spread,
    filled.hits,
    filled.cases,
    filled.filled_id,
    filled.filled_turn,
    filled.bare_id
from filled
inner join spreads
    on filled.label = spreads.label and filled.source = spreads.source;

-- part: rows
with

field_spreads as (

    select distinct
        label,
        place,
        source,
        files,
        filled_files,
        spread
    from field_cases

),

sizes as (

    select
        source,
        max(cases) as conversations
    from source_shares('field_cases')
    group by source

)

select
    found.label as row,
    found.source as "column",
    spreads.spread,
    found.hits as filled,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    spreads.files,
    spreads.filled_files,
    cell_text(found.share) as text,
    found.label || ', ' || short_text(found.source, 60) || ': '
    || estimate_text(
        found.share, found.low, found.high, found.cases, 'conversations'
    ) as tip
from source_shares('field_cases') as found
inner join field_spreads as spreads
    on found.label = spreads.label and found.source = spreads.source
inner join sizes on found.source = sizes.source
order by
    case spreads.spread
        when 'some sources only' then 1
        when 'partly' then 2
        when 'everywhere' then 3
        else 4
    end asc,
    spreads.place asc,
    sizes.conversations desc,
    found.source asc;

-- part: answer
with

field_spreads as (

    select distinct
        label,
        place,
        source,
        files,
        filled_files,
        spread
    from field_cases

),

fields as (

    select
        label,
        place,
        any_value(spread) as spread,
        count(distinct source) as sources,
        max(files) as most_files,
        bool_or(filled_files > 0 and filled_files < files) as is_drifting
    from field_spreads
    group by label, place

),

pooled as (

    select
        fields.label,
        fields.place,
        fields.spread,
        fields.is_drifting,
        fields.sources,
        fields.most_files,
        fields.label || ' '
        || estimate_text(
            found.share, found.low, found.high, found.cases, 'conversations'
        ) as text
    from fields
    inner join pooled_shares('field_cases') as found on fields.label = found.label

),

told as (

    select
        count(*) as field_count,
        coalesce(max(sources), 0) as sources,
        max(most_files) as most_files,
        count(*) filter (where spread = 'some sources only') as some_count,
        count(*) filter (where spread = 'partly') as partly_count,
        count(*) filter (where spread = 'everywhere') as everywhere_count,
        list(lower(label) order by place asc) filter (
            where spread = 'some sources only'
        ) as some_names,
        list(text order by place asc) filter (where spread = 'partly') as partly_texts,
        list(lower(label) order by place asc) filter (
            where spread = 'nowhere'
        ) as unfound,
        list(lower(label) order by place asc) filter (where is_drifting) as drifting
    from pooled

)

select
    case
        when field_count = 0 then 'There is no conversation.'
        when some_count > 0
            then
                count_text(some_count) || ' of ' || count_text(field_count)
                || ' fields ' || case when some_count = 1 then 'is' else 'are' end
                || ' filled in some of ' || counted(sources, 'source', 'sources')
                || ' only: ' || listed(some_names) || '.'
        when sources > 1
            then
                'No field is filled in some sources only; '
                || count_text(everywhere_count) || ' of ' || count_text(field_count)
                || ' are filled in every conversation.'
        else
            count_text(everywhere_count) || ' of ' || count_text(field_count)
            || ' fields are filled in every conversation.'
    end as lead,
    case
        when field_count = 0 then 'Without one no field can be filled.'
        else
            ltrim(
                case
                    when partly_count = 0 then ''
                    when partly_count = 1
                        then ' Filled in part: ' || partly_texts[1] || '.'
                    else
                        ' Filled in part: ' || array_to_string(partly_texts[:5], '; ')
                        || case
                            when partly_count > 5
                                then
                                    '; and ' || count_text(partly_count - 5)
                                    || ' more'
                            else ''
                        end
                        || '.'
                end
                || case
                    when coalesce(len(unfound), 0) = 0 then ''
                    else ' Nowhere: ' || listed(unfound) || '.'
                end
                || case
                    when most_files < 2 then ''
                    when coalesce(len(drifting), 0) = 0
                        then ' Files of one source have the same fields.'
                    else
                        ' In some files of a source and not in others: '
                        || listed(drifting) || '.'
                end
            )
    end as rest
from told;

-- part: examples
-- of fields that differ, a conversation that has it and one that has not
with

differing as (

    select
        label,
        place,
        spread,
        min(filled_id) as filled_id,
        min_by(filled_turn, filled_id) as filled_turn,
        min(bare_id) as bare_id
    from field_cases
    where spread in ('some sources only', 'partly')
    group by label, place, spread
    order by spread desc, place asc
    limit 5

),

places as (

    select
        label,
        place,
        spread,
        filled_id as conversation_id,
        filled_turn as turn_index,
        'has it' as what
    from differing
    union all
    select
        label,
        place,
        spread,
        bare_id as conversation_id,
        0 as turn_index,
        'has it nowhere' as what
    from differing

)

select
    conversation_id,
    turn_index,
    label || ': ' || what as why
from places
order by spread desc, place asc, what asc;
