-- title: What is the same in every conversation
-- question: Which figures may a filter have forced?
-- chart: heatmap
-- unit: Share of the conversations of a source for which it holds; all and none are
--   exact. What is constant in a source comes first, the largest source at the left.
-- note: Where something holds for every conversation of a source, or for none, somebody
--   may have kept only such ones: then figures about it tell of the filter and not of
--   agents. It may as well be how the task or the format is; the data cannot tell.
-- note: Known filters: the batch runner of Hermes drops conversations without a
--   thought, and at its merge those that call a tool it does not know; the command line
--   of Hermes keeps completed runs in a file of their own.
-- note: A source is judged where it has 10 prompt groups. Nearly is at least 99.5% or
--   at most 0.5%. Many conversations of exactly the longest length show a limit on
--   length.
-- note: Exact copies are left out.
-- columns: row=Holds for a conversation | column=Source | verdict=Verdict |
--   hits=Conversations | value=Share % | lo=From % | hi=To % | n=Of conversations |
--   group_count=Prompt groups | known=Known filter
-- empty: Ingest a source and build again.

-- part: base
create or replace temp table filters as

with

checks (place, label) as (

    values
    (1, 'Holds a thought'),
    (2, 'Calls a tool'),
    (3, 'Ends with an answer'),
    (4, 'Has an error'),
    (5, 'Has one exchange only'),
    (6, 'Calls only tools on offer'),
    (7, 'Every call can be read'),
    (8, 'Every call is answered'),
    (9, 'Is recorded as completed'),
    (10, 'Has the best outcome of its source'),
    (11, 'Has the longest length')

),

conversations as (

    select
        *,
        max(turn_count) over (partition by source) as longest,
        max(outcome_score) over (partition by source) as best
    from dim_conversations
    where duplicate_of_id is null

),

filter_cases as (

    select
        checks.label,
        checks.place,
        conversations.source,
        coalesce(conversations.prompt_group_id, conversations.conversation_id)
            as group_id,
        count(*) filter (
            where case checks.place
                when 1 then conversations.thought_count > 0
                when 2 then conversations.call_count > 0
                when 3 then conversations.end_kind = 'final_answer'
                when 4 then conversations.error_count > 0
                when 5 then conversations.exchange_count = 1
                when 6 then conversations.unknown_tool_call_count = 0
                when 7 then conversations.malformed_call_count = 0
                when 8 then conversations.unanswered_call_count = 0
                when 9 then conversations.is_completed
                when 10 then conversations.outcome_score = conversations.best
                else conversations.turn_count = conversations.longest
            end
        ) as hits,
        count(*) as cases
    from conversations
    cross join checks
    where
        case
            when checks.place in (4, 7, 8) then conversations.call_count > 0
            when checks.place = 6
                then
                    conversations.call_count > 0
                    and conversations.toolset_id is not null
            when checks.place = 9 then conversations.is_completed is not null
            when checks.place = 10 then conversations.outcome_score is not null
            else true
        end
    group by checks.label, checks.place, conversations.source, group_id

),

places as (

    select distinct
        label,
        place
    from filter_cases

),

hermes as (

    select distinct dim_conversations.source
    from dim_conversations
    inner join dim_files on dim_conversations.file_id = dim_files.file_id
    where dim_files.format = 'hermes'

),

judged as (

    select
        places.place,
        found.label,
        found.source,
        found.hits,
        found.cases,
        found.group_count,
        found.share,
        found.low,
        found.high,
        hermes.source is not null as is_hermes,
        case
            when found.group_count < 10 then 'too few prompts'
            when places.place = 11 and found.share >= 0.02 and found.hits >= 10
                then 'piles up'
            when places.place = 11 then 'varies'
            when found.share = 1 then 'always'
            when found.share = 0 then 'never'
            when found.share >= 0.995 then 'nearly always'
            when found.share <= 0.005 then 'nearly never'
            else 'varies'
        end as verdict
    from source_shares('filter_cases') as found
    inner join places on found.label = places.label
    left join hermes on found.source = hermes.source

)

select
    *,
    verdict in ('always', 'never', 'piles up') as is_constant,
    case
        when not is_hermes or verdict not in ('always', 'nearly always') then ''
        when place = 1 then 'batch runner of Hermes'
        when place = 6 then 'merge of Hermes’ batch runner'
        when place = 9 then 'command line of Hermes'
        else ''
    end as known
from judged;

-- part: rows
with

sizes as (

    select
        source,
        max(cases) as conversations
    from filters
    group by source

)

select
    filters.label as row,
    filters.source as "column",
    filters.verdict,
    filters.hits,
    filters.share as value,
    filters.low as lo,
    filters.high as hi,
    filters.cases as n,
    filters.group_count,
    filters.known,
    case filters.share
        when 1 then 'all'
        when 0 then 'none'
        else share_text(filters.share)
    end as text,
    filters.label || ', ' || short_text(filters.source, 60) || ': '
    || estimate_text(
        filters.share, filters.low, filters.high, filters.cases, 'conversations'
    ) as tip
from filters
inner join sizes on filters.source = sizes.source
order by
    max(
        case
            when filters.is_constant then 2
            when filters.verdict like 'nearly%' then 1
            else 0
        end
    ) over (partition by filters.label) desc,
    filters.place asc,
    sizes.conversations desc,
    filters.source asc;

-- part: answer
with

findings as (

    select
        *,
        short_text(source, 40) || ': ' || lower(label) || ' '
        || estimate_text(share, low, high, cases, 'conversations')
        || case
            when known = '' then ''
            else ', as the ' || known || ' would have it'
        end as text
    from filters

),

told as (

    select
        count(*) as checks,
        count(distinct source) as sources,
        count(distinct source) filter (where verdict <> 'too few prompts') as judged,
        count(distinct source) filter (where is_constant) as constant_sources,
        count(*) filter (where is_constant) as constants,
        count(*) filter (where verdict like 'nearly%') as near_count,
        list(
            text order by known = '' asc, cases desc, place asc, source asc
        ) filter (where is_constant) as constant_texts,
        list(
            text order by known = '' asc, cases desc, place asc, source asc
        ) filter (where verdict like 'nearly%') as near_texts
    from findings

),

lengths as (

    select
        min(turn_count) as shortest,
        max(turn_count) as longest
    from dim_conversations
    where duplicate_of_id is null

)

select
    case
        when told.checks = 0 then 'There is no conversation.'
        when told.judged = 0
            then
                'No source has 10 prompt groups: what is the same in all of its'
                || ' conversations may be chance.'
        when told.constants = 0
            then
                'Nothing that is looked for is the same in all conversations of a'
                || ' source.'
        else
            counted(told.constants, 'figure', 'figures')
            || ' may be forced, in ' || count_text(told.constant_sources) || ' of '
            || counted(told.judged, 'source', 'sources')
            || ': what they count holds for all conversations, for none, or piles up at'
            || ' a limit.'
    end as lead,
    case
        when told.checks = 0 then 'Without one no figure can be forced.'
        else
            ltrim(
                case
                    when told.constants = 0 then ''
                    else
                        'These are: ' || array_to_string(told.constant_texts[:5], '; ')
                        || case
                            when told.constants > 5
                                then
                                    '; and ' || count_text(told.constants - 5)
                                    || ' more'
                            else ''
                        end
                        || '.'
                end
                || case
                    when told.near_count = 0 then ''
                    else
                        ' Nearly so: ' || array_to_string(told.near_texts[:3], '; ')
                        || case
                            when told.near_count > 3
                                then
                                    '; and ' || count_text(told.near_count - 3)
                                    || ' more'
                            else ''
                        end
                        || '.'
                end
                || case
                    when lengths.shortest = lengths.longest then ' The only length is '
                    else
                        ' Lengths go from ' || count_text(lengths.shortest) || ' to '
                end
                || counted(lengths.longest, 'turn', 'turns') || '.'
            )
    end as rest
from told
cross join lengths;
