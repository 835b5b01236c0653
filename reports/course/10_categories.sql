-- title: Conversations that fail, or show signs of trouble, by category
-- question: Which categories of tasks fail often?
-- chart: dots
-- unit: Share of the conversations that fail by their recorded outcome; where a source
--   records none, that show a sign of trouble. With its 95% interval; worst first, by
--   its lower end. Hollow, last: under 100 conversations (20 where there are under
--   5,000 in all), or under 10 prompt groups.
-- note: A sign of trouble: an error that is never resolved nor replaced, a loop, or a
--   record that breaks off (a call without a response, an empty reply, a length limit).
--   It is no failure: how it does against recorded outcomes stands in the answer.
-- note: A recorded outcome is a score of 0, 0.5 or 1, or else whether the run was
--   completed; under 1 is a failure. Failing and signs are never put together.
-- note: Long conversations show more signs. At equal length: only pairs of the same
--   fifth by number of steps.
-- note: Sources hold different categories: this is no comparison at equal agents.
-- columns: task_name=Category | basis=By | hits=With it | value=Share %
--   | lo=From % | hi=To % | n=Conversations | group_count=Prompt groups
-- empty: No category is recorded. Ingest a source whose records name one.

-- part: base
create or replace temp table judged_categories as

with

scales as (

    select
        source,
        outcome_name,
        bool_and(outcome_score in (0, 0.5, 1)) as is_pass_or_fail
    from dim_conversations
    where outcome_score is not null
    group by source, outcome_name

),

-- the turn that shows it
signs as (

    select
        conversation_id,
        turn_index,
        'an unresolved error' as sign
    from fct_episodes
    where fate in ('cut', 'dropped', 'last')
    union all
    select
        conversation_id,
        turn_index,
        'a loop' as sign
    from fct_loops

),

first_signs as (

    select
        conversation_id,
        min(turn_index) as turn_index,
        min_by(sign, (turn_index, sign)) as sign
    from signs
    group by conversation_id

),

judged as (

    select
        dim_conversations.conversation_id,
        dim_conversations.source,
        dim_conversations.turn_count,
        dim_conversations.step_count,
        dim_conversations.category as label,
        case
            when dim_conversations.outcome_score is not null
                then coalesce(dim_conversations.outcome_name, 'score')
            else 'completed'
        end as outcome,
        coalesce(
            dim_conversations.prompt_group_id, dim_conversations.conversation_id
        ) as group_id,
        -- null where nothing is recorded that passes or fails
        case
            when dim_conversations.outcome_score is null
                then not dim_conversations.is_completed
            when scales.is_pass_or_fail then dim_conversations.outcome_score < 1
        end as is_failed,
        first_signs.turn_index,
        coalesce(first_signs.sign, 'the record breaks off') as sign,
        first_signs.conversation_id is not null
        or dim_conversations.end_kind in ('unanswered_call', 'length_limit', 'empty')
            as has_sign
    from dim_conversations
    left join scales
        on
            dim_conversations.source = scales.source
            and dim_conversations.outcome_name is not distinct from scales.outcome_name
            and dim_conversations.outcome_score is not null
    left join first_signs
        on dim_conversations.conversation_id = first_signs.conversation_id
    where dim_conversations.duplicate_of_id is null

)

select
    *,
    case
        when coalesce(bool_or(is_failed is not null) over (partition by source), false)
            then 'outcome'
        else 'sign'
    end as basis
from judged;

-- part: rows
with

bases as (

    select count(distinct basis) as basis_count
    from judged_tasks('judged_categories')

)

select
    found.label as task_name,
    found.hits,
    found.share as value,
    found.low as lo,
    found.high as hi,
    found.cases as n,
    found.group_count,
    case found.basis when 'sign' then 'sign of trouble' else 'outcome' end as basis,
    -- a chart says by what only where there is something to tell apart
    case
        when bases.basis_count = 1 then found.label
        when found.basis = 'sign' then found.label || ' (sign)'
        else found.label || ' (outcome)'
    end as label,
    share_text(found.share) as text,
    short_text(found.label, 60)
    || case found.basis when 'sign' then ', with a sign: ' else ', failed: ' end
    || estimate_text(found.share, found.low, found.high, found.cases, 'conversations')
        as tip,
    not found.is_enough as few
from judged_tasks('judged_categories') as found
cross join bases
order by few asc, basis asc, lo desc nulls last, n desc, task_name asc;

-- part: marks
select
    cast(sum(hits) as double) / sum(cases) as at,
    'all ' || share_text(sum(hits) / sum(cases)) as label
from judged_tasks('judged_categories')
having count(distinct basis) = 1;

-- part: answer
with

sign_values as ( -- noqa: ST03

    select
        'sign' as label,
        source || chr(31) || outcome as stratum,
        group_id,
        is_failed as is_hit,
        cast(has_sign as double) as value,
        ceil(
            5 * cume_dist() over (
                partition by source, outcome order by step_count
            )
        ) as length_fifth
    from judged_categories
    where is_failed is not null

),

length_values as ( -- noqa: ST03

    select * replace (stratum || chr(31) || length_fifth as stratum)
    from sign_values

),

-- it tells failing apart only if it is not just that long conversations show more
aucs as (

    select
        count(*) as auc_count,
        max(auc_text(whole.auc, whole.low, whole.high, whole.hits, whole.other_count))
        || max(
            coalesce(
                ', at equal length ' || auc_text(
                    at_length.auc, at_length.low, at_length.high,
                    at_length.hits, at_length.other_count
                ),
                ''
            )
        ) as text,
        max(
            case auc_verdict(whole.low, whole.high)
                when 'tells failing apart'
                    then
                        coalesce(
                            auc_verdict(at_length.low, at_length.high), 'not known'
                        )
                else auc_verdict(whole.low, whole.high)
            end
        ) as verdict
    from pooled_aucs('sign_values') as whole
    left join pooled_aucs('length_values') as at_length
        on whole.label = at_length.label

),

checks as (

    select
        case
            when auc_count = 0
                then
                    ' No outcome is loaded that some pass and others fail, so a sign is'
                    || ' not known to tell failing: signs rank nothing as failing.'
            else
                ' Against the recorded outcomes that are loaded a sign has AUC '
                || text || ': '
                || case verdict
                    when 'tells failing apart'
                        then
                            'it tells failing apart there; how far that holds here is'
                            || ' not known.'
                    when 'not known'
                        then 'too few to tell, so signs rank nothing as failing.'
                    when 'holds 0.5'
                        then
                            'its interval holds 0.5, so signs rank nothing as failing.'
                    else
                        'it points the other way there, so signs rank nothing as'
                        || ' failing.'
                end
        end as sentence
    from aucs

),

sizes as (

    select
        count(*) as conversations,
        count(*) filter (where label is null) as missing_count,
        count(*) filter (
            where label is not null and basis = 'outcome' and is_failed is null
        ) as unjudged_count
    from judged_categories

),

outcome_part as (

    select
        case
            when outcome_worst is null then null
            when outcome_label is null
                then 'Failing by recorded outcome: ' || outcome_worst || '.'
            else 'Conversations fail ' || outcome_worst || ', by recorded outcome.'
        end as worst,
        case
            when outcome_best <> '' then ' They fail ' || outcome_best || '.' else ''
        end as best,
        case
            when sign_worst is null then null
            when sign_label is null then 'Signs of trouble: ' || sign_worst || '.'
            else
                'Signs of trouble (an unresolved error, a loop, or a record that breaks'
                || ' off) are ' || sign_worst || '.'
        end as sign_worst,
        case
            when sign_best <> '' then ' They are ' || sign_best || '.' else ''
        end as sign_best
    from worst_tasks('judged_categories', 'category', 'categories')

)

select
    case
        when sizes.conversations = 0 then 'There is no conversation.'
        when sizes.conversations = sizes.missing_count
            then 'No category is recorded for any conversation.'
        else
            coalesce(
                told.worst, told.sign_worst, 'No conversation here has an outcome.'
            )
    end as lead,
    case
        when sizes.conversations = 0 then 'Without one nothing fails.'
        when sizes.conversations = sizes.missing_count then ''
        else
            trim(
                case
                    when told.worst is null then coalesce(told.sign_best, '')
                    else
                        coalesce(told.best, '')
                        || coalesce(
                            ' Elsewhere no outcome is recorded. ' || told.sign_worst
                            || told.sign_best,
                            ''
                        )
                end
                || case
                    when told.sign_worst is null then '' else checks.sentence
                end
                || case
                    when sizes.missing_count = 0 then ''
                    else
                        ' Without a recorded category: '
                        || counted(
                            sizes.missing_count, 'conversation', 'conversations'
                        )
                        || ', left out.'
                end
                || case
                    when sizes.unjudged_count = 0 then ''
                    else
                        ' Without an outcome in sources that record one: '
                        || counted(
                            sizes.unjudged_count, 'conversation', 'conversations'
                        )
                        || ', left out.'
                end
            )
    end as rest
from sizes
cross join checks
left join outcome_part as told on true;

-- part: examples
-- of the category that the answer names
with

worst as (

    select
        outcome_label as label,
        'outcome' as basis
    from worst_tasks('judged_categories', 'category', 'categories')
    union all
    select
        sign_label as label,
        'sign' as basis
    from worst_tasks('judged_categories', 'category', 'categories')

),

ranked as (

    select
        judged.conversation_id,
        judged.label,
        judged.basis,
        judged.sign,
        coalesce(judged.turn_index, judged.turn_count - 1, 0) as turn_index,
        row_number() over (
            partition by judged.basis
            order by judged.turn_index is null, judged.conversation_id
        ) as place
    from judged_categories as judged
    inner join worst on judged.label = worst.label and judged.basis = worst.basis
    where case judged.basis when 'sign' then judged.has_sign else judged.is_failed end

)

select
    conversation_id,
    turn_index,
    short_text(label, 60)
    || case basis when 'sign' then ': ' || sign else ': failed' end as why
from ranked
where place <= 4
order by basis asc, place asc;
