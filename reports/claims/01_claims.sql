-- title: Published claims beside our figures
-- question: Do the published figures hold?
-- chart: table
-- unit: One row per claim, first those that are not reproduced. Ours is by the
--   definition that comes closest; the others that were tried stand beside it.
-- note: All are about the dataset lambda/hermes-agent-reasoning-traces. On other data
--   they are not applicable; a copy of it counts by its name, and a config by the name
--   of its source.
-- note: Reproduced is what rounds to the published figure, close what is within 1% of
--   it. Other rows: the config holds another number of conversations than its card
--   says, as after a limit or another revision; no figure of it can be compared.
-- note: Of selections of rows that are not published nothing can be told.
-- note: Several definitions are tried and the closest is taken: that one agrees can be
--   chance. Words of a behaviour are our marker list, theirs is not published.
-- note: Exact copies count as conversations here; calls, thoughts and errors are
--   without them.
-- columns: claim=Claim | published_by=Source | config=Config | published_text=Published
--   | ours_text=Ours | difference_text=Difference | definition=Definition |
--   verdict=Verdict | interval=95% interval of ours | n=Conversations |
--   group_count=Prompt groups | tried=Other definitions | note=Note
-- empty: The seed published_claims is empty.

-- part: base
create or replace temp table claims_checked as

with

-- copies, too: they are rows that were published
rows_here as (

    select
        *,
        coalesce(prompt_group_id, conversation_id) as group_id,
        turn_count - user_turn_count - assistant_turn_count - tool_turn_count
            as system_turn_count
    from dim_conversations
    where regexp_matches(coalesce(dataset, ''), '(^|/)hermes-agent-reasoning-traces$')

),

turns as (

    select
        conversation_id,
        count(*) filter (where call_count > 1) as parallel_count,
        count(*) filter (where call_count > 0) as calling_count
    from fct_turns
    where role = 'assistant'
    group by conversation_id

),

thoughts as (

    select
        conversation_id,
        bool_or(has_self_correction) as has_self_correction,
        bool_or(has_verification) as has_verification,
        bool_or(has_alternatives) as has_alternatives,
        bool_or(has_failure) as has_failure
    from fct_thoughts
    group by conversation_id

),

calls as (

    select
        conversation_id,
        bool_or(is_error) as is_error,
        bool_or(is_error_keyword) as is_error_keyword,
        bool_or(is_error_hermes_a) as is_error_hermes_a,
        bool_or(is_error_hermes_b) as is_error_hermes_b,
        bool_or(is_error_exit_code) as is_error_exit_code
    from fct_tool_calls
    group by conversation_id

),

episodes as (

    select
        conversation_id,
        bool_or(is_resolved) as is_resolved
    from fct_episodes
    group by conversation_id

),

definitions as (

    select
        place,
        metric,
        definition,
        kind
    from claim_definitions()

),

measured as (

    select
        definitions.metric,
        definitions.definition,
        definitions.kind,
        definitions.place,
        rows_here.source,
        rows_here.group_id,
        case definitions.place
            when 1 then 1
            when 2 then cast(rows_here.duplicate_of_id is null as bigint)
            when 3 then rows_here.turn_count
            when 4 then rows_here.turn_count - rows_here.system_turn_count
            when 5 then rows_here.assistant_turn_count
            when 6 then rows_here.call_count
            when 8 then rows_here.call_count + 2
            when 9 then rows_here.think_words
            when 10 then rows_here.think_words
            when 11 then rows_here.think_words
            when 12 then turns.parallel_count
            when 13 then turns.parallel_count
            when 14 then cast(calls.is_error as bigint)
            when 15 then cast(calls.is_error_keyword as bigint)
            when 16 then cast(calls.is_error_hermes_a as bigint)
            when 17 then cast(calls.is_error_hermes_b as bigint)
            when 18 then cast(calls.is_error_exit_code as bigint)
            when 19 then cast(thoughts.has_self_correction as bigint)
            when 20 then cast(thoughts.has_verification as bigint)
            when 21 then cast(thoughts.has_alternatives as bigint)
            when 22 then cast(rows_here.malformed_call_count = 0 as bigint)
            when 23 then cast(episodes.is_resolved as bigint)
            when 24 then cast(thoughts.has_failure as bigint)
            when 25 then cast(rows_here.turn_count > 5 as bigint)
            else
                cast(rows_here.turn_count - rows_here.system_turn_count > 5 as bigint)
        end as hits,
        case
            when definitions.place = 10 then rows_here.thought_count
            when definitions.place = 11 then rows_here.assistant_turn_count
            -- of these a copy has no facts
            when definitions.place >= 12 and rows_here.duplicate_of_id is not null
                then 0
            when definitions.place = 12 then rows_here.assistant_turn_count
            when definitions.place = 13 then turns.calling_count
            else 1
        end as cases
    from rows_here
    cross join definitions
    left join turns on rows_here.conversation_id = turns.conversation_id
    left join thoughts on rows_here.conversation_id = thoughts.conversation_id
    left join calls on rows_here.conversation_id = calls.conversation_id
    left join episodes on rows_here.conversation_id = episodes.conversation_id

),

grouped as (

    select
        metric,
        definition,
        kind,
        place,
        source,
        group_id,
        coalesce(sum(hits) filter (where cases > 0), 0) as hits,
        sum(cases) as cases
    from measured
    group by metric, definition, kind, place, source, group_id
    having sum(cases) > 0

),

-- what is asked of all configs together
asked (place, metric, definition) as (

    values
    (1, 'min_messages', 'all messages'),
    (2, 'max_messages', 'all messages'),
    (3, 'distinct_tools_strings', 'distinct lists of tools'),
    (4, 'subcategories', 'distinct subcategories'),
    (5, 'distinct_after_folding', 'distinct prompts')

),

whole as (

    select
        min(turn_count) as min_messages,
        max(turn_count) as max_messages,
        count(distinct toolset_id) as toolsets,
        count(distinct subcategory) as subcategories,
        count(distinct group_id) as prompts
    from rows_here
    having count(*) > 0

),

figures as (

    select
        source as config,
        metric,
        definition,
        kind,
        place,
        case
            when kind = 'count' then cast(sum(hits) as double)
            else share_of(hits, cases)
        end as ours,
        case kind
            when 'share' then share_low(hits, cases)
            when 'mean' then mean_low(hits, cases)
        end as low,
        case kind
            when 'share' then share_high(hits, cases)
            when 'mean' then mean_high(hits, cases)
        end as high
    from grouped
    group by source, metric, definition, kind, place
    union all
    select
        source as config,
        'category:' || category as metric,
        'conversations of the category' as definition,
        'count' as kind,
        1 as place,
        count(*) as ours,
        null as low,
        null as high
    from rows_here
    where category is not null
    group by source, category
    union all
    select
        rows_here.source as config,
        'calls:' || fct_tool_calls.tool_name as metric,
        'calls by this name' as definition,
        'count' as kind,
        1 as place,
        count(*) as ours,
        null as low,
        null as high
    from fct_tool_calls
    inner join rows_here on fct_tool_calls.conversation_id = rows_here.conversation_id
    where fct_tool_calls.tool_name is not null
    group by rows_here.source, fct_tool_calls.tool_name
    union all
    select
        'both' as config,
        asked.metric,
        asked.definition,
        'count' as kind,
        1 as place,
        case asked.place
            when 1 then whole.min_messages
            when 2 then whole.max_messages
            when 3 then whole.toolsets
            when 4 then whole.subcategories
            else whole.prompts
        end as ours,
        null as low,
        null as high
    from whole
    cross join asked

),

claims as (

    select
        claim_id,
        source as published_by,
        config,
        metric,
        value,
        note,
        split_part(config, ':', 1) as own_config,
        config like '%:filtered' as is_filtered,
        length(split_part(cast(value as varchar), '.', 2))
        * cast(cast(value as varchar) not like '%.0' as integer) as decimals
    from seeds.published_claims

),

-- how many conversations a config has here, and should have
sizes as (

    select
        coalesce(source, 'both') as config,
        count(*) as conversations,
        count(distinct group_id) as group_count
    from rows_here
    group by rollup(source)
    having count(*) > 0

),

expected as (

    select
        coalesce(config, 'both') as config,
        sum(value) as conversations
    from claims
    where published_by = 'card_v2' and metric = 'conversations'
    group by rollup(config)

),

tried as (

    select
        claims.claim_id,
        sizes.conversations,
        sizes.group_count,
        expected.conversations as expected_conversations,
        figures.low,
        figures.high,
        -- no conversation of a category, and no call of a tool, is 0
        coalesce(
            figures.definition,
            case when claims.metric like '%:%' then 'none there' end
        ) as definition,
        coalesce(
            figures.kind, case when claims.metric like '%:%' then 'count' end
        ) as kind,
        coalesce(
            figures.ours, case when claims.metric like '%:%' then 0 end
        ) as ours,
        row_number() over (
            partition by claims.claim_id
            order by abs(figures.ours - claims.value) asc, figures.place asc
        ) as rank
    from claims
    left join sizes on claims.own_config = sizes.config and not claims.is_filtered
    left join expected on claims.own_config = expected.config
    left join figures
        on
            claims.own_config = figures.config
            and claims.metric = figures.metric
            and sizes.conversations is not null

),

others as (

    select
        claim_id,
        string_agg(
            definition || ' '
            || case kind
                when 'share' then share_text(ours)
                when 'count' then count_text(ours)
                else number_text(ours)
            end,
            '; ' order by rank asc
        ) as texts
    from tried
    where rank > 1
    group by claim_id

)

select
    claims.claim_id,
    claims.published_by,
    claims.config,
    claims.metric,
    claims.value,
    claims.note,
    tried.kind,
    tried.low,
    tried.high,
    tried.conversations,
    tried.group_count,
    all_rows.conversations as row_count,
    all_rows.group_count as row_group_count,
    case when tried.conversations is not null then tried.ours end as ours,
    case when tried.conversations is not null then tried.definition end as definition,
    coalesce(others.texts, '') as tried,
    case
        when all_rows.conversations is null then 'not applicable'
        when claims.is_filtered then 'rows not published'
        when tried.conversations is null then 'config not here'
        when tried.ours is null then 'no definition'
        when tried.conversations <> tried.expected_conversations then 'other rows'
        when
            abs(tried.ours - claims.value)
            <= case tried.kind
                when 'count' then 0
                else 0.5000001 * pow(10, -claims.decimals)
            end
            then 'reproduced'
        when abs(tried.ours - claims.value) <= 0.01 * abs(claims.value) then 'close'
        else 'not reproduced'
    end as verdict
from claims
inner join tried on claims.claim_id = tried.claim_id and tried.rank = 1
left join others on claims.claim_id = others.claim_id
left join sizes as all_rows on all_rows.config = 'both';

-- part: rows
with

named as (

    select
        *,
        value <= 1 and metric not like '%:%' as is_share,
        value = floor(value) as is_whole
    from claims_checked

)

select
    published_by,
    config,
    verdict,
    conversations as n,
    group_count,
    tried,
    case
        when metric like '%:%' then replace(metric, ':', ': ')
        else replace(metric, '_', ' ')
    end as claim,
    coalesce(definition, '') as definition,
    coalesce(note, '') as note,
    case
        when is_share then share_text(value)
        when is_whole then count_text(value)
        else number_text(value)
    end as published_text,
    case
        when ours is null then '–'
        when is_share then share_text(ours)
        when kind = 'count' then count_text(ours)
        else number_text(ours)
    end as ours_text,
    case
        when ours is null then '–'
        when is_share then signed_text((ours - value) * 100) || ' pt'
        when kind = 'count'
            then case when ours > value then '+' else '' end || count_text(ours - value)
        else signed_text(ours - value)
    end as difference_text,
    case
        when low is null then '–'
        when is_share then range_text(low, high)
        else number_text(low) || '–' || number_text(high)
    end as interval
from named
order by
    case verdict
        when 'not reproduced' then 1
        when 'close' then 2
        when 'no definition' then 3
        when 'reproduced' then 4
        else 5
    end asc,
    published_by asc,
    config asc,
    claim asc;

-- part: answer
with

verdicts as (

    select
        verdict,
        count(*) as claims,
        list(
            metric || ' (' || config || ', ' || published_by || ')'
            order by abs(ours - value) / nullif(abs(value), 0) desc, claim_id asc
        ) as texts
    from claims_checked
    group by verdict

),

told as (

    select
        coalesce(sum(claims), 0) as claims,
        coalesce(sum(claims) filter (where verdict = 'reproduced'), 0) as same_count,
        coalesce(sum(claims) filter (where verdict = 'close'), 0) as close_count,
        coalesce(
            sum(claims) filter (where verdict = 'not reproduced'), 0
        ) as other_count,
        max(texts) filter (where verdict = 'not reproduced') as other_names,
        coalesce(sum(claims) filter (where verdict = 'other rows'), 0)
            as partial_count,
        coalesce(
            sum(claims) filter (
                where verdict in (
                    'rows not published', 'config not here', 'no definition'
                )
            ), 0
        ) as open_count
    from verdicts

),

totals as (

    select
        coalesce(max(row_count), 0) as conversations,
        coalesce(max(row_group_count), 0) as group_count
    from claims_checked

)

select
    case
        when told.claims = 0 then 'No published claim is there to be compared.'
        when totals.conversations = 0
            then
                'Not applicable: none of the data is of the dataset that the '
                || counted(told.claims, 'published claim is', 'published claims are')
                || ' about.'
        when told.same_count + told.close_count + told.other_count = 0
            then
                'None of '
                || counted(told.claims, 'published claim', 'published claims')
                || ' can be compared (n = '
                || counted(totals.conversations, 'conversation', 'conversations')
                || ').'
        else
            count_text(told.same_count) || ' of '
            || counted(
                told.same_count + told.close_count + told.other_count,
                'published claim that can be compared',
                'published claims that can be compared'
            )
            || case when told.same_count = 1 then ' is' else ' are' end
            || ' reproduced, ' || count_text(told.close_count) || ' within 1%, '
            || count_text(told.other_count) || ' not (n = '
            || counted(totals.conversations, 'conversation', 'conversations')
            || ', ' || counted(totals.group_count, 'prompt group', 'prompt groups')
            || ').'
    end as lead,
    case
        when told.claims = 0 then ''
        when totals.conversations = 0
            then 'It is lambda/hermes-agent-reasoning-traces on Hugging Face.'
        else
            ltrim(
                case
                    when told.other_count = 0 then ''
                    else
                        'Farthest off: ' || array_to_string(told.other_names[:3], '; ')
                        || '.'
                end
                || case
                    when told.partial_count = 0 then ''
                    else
                        ' ' || counted(told.partial_count, 'claim is', 'claims are')
                        || ' about other rows than those here: the card gives another'
                        || ' number of conversations.'
                end
                || case
                    when told.open_count = 0 then ''
                    else
                        ' ' || counted(told.open_count, 'claim', 'claims')
                        || ' can’t be checked: the rows or the definition are not here.'
                end
            )
    end as rest
from told
cross join totals;
