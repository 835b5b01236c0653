-- Which conversations fail, or show signs of trouble, and in which tasks.
-- Source: DESIGN.md, "Failure".
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

-- One row per conversation of a table like dim_conversations that is no copy, with its
-- recorded outcome: a score under 1 is not a pass, and a score on a scale other than 0,
-- 0.5 and 1 is no pass and no failure. `is_failed` is null where nothing is recorded
-- that passes or fails. (The metric passed_outcomes of fct_metrics has the same rule.)
create or replace macro recorded_outcomes(conversations) as table
    with scales as (
        select
            source,
            outcome_name,
            bool_and(outcome_score in (0, 0.5, 1)) as is_pass_or_fail
        from query_table(conversations)
        where outcome_score is not null
        group by source, outcome_name
    )

    select
        dim_conversations.conversation_id,
        dim_conversations.source,
        coalesce(
            dim_conversations.prompt_group_id, dim_conversations.conversation_id
        ) as group_id,
        case
            when dim_conversations.outcome_score is not null
                then coalesce(dim_conversations.outcome_name, 'score')
            else 'completed'
        end as outcome,
        case
            when dim_conversations.outcome_score is null
                then not dim_conversations.is_completed
            when scales.is_pass_or_fail then dim_conversations.outcome_score < 1
        end as is_failed
    from query_table(conversations) as dim_conversations
    left join scales
        on
            dim_conversations.source = scales.source
            and dim_conversations.outcome_name is not distinct from scales.outcome_name
            and dim_conversations.outcome_score is not null
    where dim_conversations.duplicate_of_id is null;

-- The same with the first turn that shows a sign of trouble, and by what a source is
-- judged: by outcome where it records one that passes or fails, else by signs.
create or replace macro judged_conversations(conversations, episodes, loops) as table
    with signs as (
        select
            conversation_id,
            turn_index,
            'an unresolved error' as sign
        from query_table(episodes)
        where fate in ('cut', 'dropped', 'last')
        union all
        select
            conversation_id,
            turn_index,
            'a loop' as sign
        from query_table(loops)
    ),

    first_signs as (
        select
            conversation_id,
            min(turn_index) as turn_index,
            min_by(sign, (turn_index, sign)) as sign
        from signs
        group by conversation_id
    )

    select
        outcomes.*,
        dim_conversations.category,
        dim_conversations.subcategory,
        dim_conversations.turn_count,
        dim_conversations.step_count,
        first_signs.turn_index,
        coalesce(first_signs.sign, 'the record breaks off') as sign,
        first_signs.conversation_id is not null
        or dim_conversations.end_kind in ('unanswered_call', 'length_limit', 'empty')
            as has_sign,
        case
            when
                coalesce(
                    bool_or(outcomes.is_failed is not null)
                        over (partition by outcomes.source),
                    false
                )
                then 'outcome'
            else 'sign'
        end as basis
    from recorded_outcomes(conversations) as outcomes
    inner join query_table(conversations) as dim_conversations
        on outcomes.conversation_id = dim_conversations.conversation_id
    left join first_signs
        on outcomes.conversation_id = first_signs.conversation_id;

-- The rows, the answer and the examples of a section that asks which tasks fail: of a
-- table as judged_conversations() gives, with a `label`.
create or replace macro task_rows(conversations_table) as table
    with bases as (
        select count(distinct basis) as basis_count
        from judged_tasks(conversations_table)
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
        || estimate_text(
            found.share, found.low, found.high, found.cases, 'conversations'
        ) as tip,
        not found.is_enough as few
    from judged_tasks(conversations_table) as found
    cross join bases;

create or replace macro task_answer(conversations_table, one, many) as table
    with sign_values as ( -- noqa: ST03
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
        from query_table(conversations_table)
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
            max(
                auc_text(
                    whole.auc, whole.low, whole.high, whole.hits, whole.other_count
                )
            )
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
                        ' No outcome is loaded that some pass and others fail, so a'
                        || ' sign is not known to tell failing: signs rank nothing as'
                        || ' failing.'
                else
                    ' Against the recorded outcomes that are loaded a sign has AUC '
                    || text || ': '
                    || case verdict
                        when 'tells failing apart'
                            then
                                'it tells failing apart there; how far that holds here'
                                || ' is not known.'
                        when 'not known'
                            then 'too few to tell, so signs rank nothing as failing.'
                        when 'holds 0.5'
                            then
                                'its interval holds 0.5, so signs rank nothing as'
                                || ' failing.'
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
        from query_table(conversations_table)
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
                when outcome_best <> '' then ' They fail ' || outcome_best || '.'
                else ''
            end as best,
            case
                when sign_worst is null then null
                when sign_label is null then 'Signs of trouble: ' || sign_worst || '.'
                else
                    'Signs of trouble (an unresolved error, a loop, or a record that'
                    || ' breaks off) are ' || sign_worst || '.'
            end as sign_worst,
            case
                when sign_best <> '' then ' They are ' || sign_best || '.' else ''
            end as sign_best
        from worst_tasks(conversations_table, one, many)
    )

    select
        case
            when sizes.conversations = 0 then 'There is no conversation.'
            when sizes.conversations = sizes.missing_count
                then 'No ' || one || ' is recorded for any conversation.'
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
                            ' Without a recorded ' || one || ': '
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

create or replace macro task_examples(conversations_table, one, many) as table
    with worst as (
        select
            outcome_label as label,
            'outcome' as basis
        from worst_tasks(conversations_table, one, many)
        union all
        select
            sign_label as label,
            'sign' as basis
        from worst_tasks(conversations_table, one, many)
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
        from query_table(conversations_table) as judged
        inner join worst on judged.label = worst.label and judged.basis = worst.basis
        where
            case judged.basis
                when 'sign' then judged.has_sign
                else judged.is_failed
            end
    )

    select
        conversation_id,
        turn_index,
        short_text(label, 60)
        || case basis when 'sign' then ': ' || sign else ': failed' end as why,
        basis,
        place
    from ranked
    where place <= 4;
