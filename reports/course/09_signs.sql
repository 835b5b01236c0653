-- title: Signs of trouble against recorded outcomes
-- question: Which signs tell a failed conversation from one that passed?
-- chart: dots
-- pct: false
-- unit: AUC: of a failed and a passed conversation of one source, how often the failed
--   one shows more of the sign (ties count half); 0.5 is chance. With its 95% interval.
--   Hollow: no interval, with under 10 prompt groups that fail, pass or show the sign.
-- note: A sign whose interval holds 0.5 does not tell failing apart here; one below 0.5
--   points the other way. With ten signs, one interval may leave out 0.5 by chance.
-- note: A long conversation has more of every sign: the number of steps shows how far
--   length alone tells failing apart. At equal length: only pairs of the same fifth by
--   number of steps.
-- note: This holds for the outcomes that are loaded. Other tasks and agents may differ:
--   failing where no outcome is recorded stays unknown.
-- note: Unresolved error: an episode whose tool is not made to work and not replaced.
--   Broken off: a call without a response, an empty reply, or a length limit. Any sign
--   is an unresolved error, a loop, or broken off.
-- note: Interval: linearised over prompt groups, pairs of one source only.
-- columns: label=Sign | value=AUC | lo=From | hi=To | n=Conversations | failed=Failed
--   | group_count=Prompt groups | failed_share=Has it, failed %
--   | passed_share=Has it, passed % | verdict=Interval | length_auc=AUC at equal length
--   | length_lo=From | length_hi=To
-- empty: No outcome is recorded that some conversations pass and others fail.

-- part: base
create or replace temp table sign_values as

with

last_errors as (

    select
        conversation_id,
        max_by(error_count, step_index) as error_count
    from fct_steps
    where has_calls
    group by conversation_id

),

unresolved as (

    select
        conversation_id,
        count(*) as episode_count
    from fct_episodes
    where fate in ('cut', 'dropped', 'last')
    group by conversation_id

),

loops as (

    select
        conversation_id,
        count(*) as loop_count
    from fct_loops
    group by conversation_id

),

thoughts as (

    select
        conversation_id,
        count(*) filter (where has_failure) as failure_count
    from fct_thoughts
    group by conversation_id

),

-- numbers of what is counted, 0 or 1 of what is there or not
conversations as (

    select
        dim_conversations.conversation_id,
        dim_conversations.turn_count,
        found.source || chr(31) || found.outcome as stratum,
        found.group_id,
        found.is_failed as is_hit,
        cast(dim_conversations.error_count as double) as errors,
        dim_conversations.error_count
        / greatest(dim_conversations.call_count, 1) as error_share,
        cast(coalesce(last_errors.error_count > 0, false) as double) as last_error,
        cast(coalesce(unresolved.episode_count, 0) as double) as unresolved_errors,
        cast(coalesce(loops.loop_count, 0) as double) as loops,
        cast(
            dim_conversations.end_kind in ('unanswered_call', 'length_limit', 'empty')
            as double
        ) as broken_off,
        cast(
            dim_conversations.malformed_call_count
            + dim_conversations.unknown_tool_call_count as double
        ) as bad_calls,
        -- null without a thought: what is not recorded is no absence
        cast(thoughts.failure_count as double) as failure_thoughts,
        cast(dim_conversations.step_count as double) as steps
    from recorded_outcomes('dim_conversations') as found
    inner join dim_conversations
        on found.conversation_id = dim_conversations.conversation_id
    left join last_errors
        on dim_conversations.conversation_id = last_errors.conversation_id
    left join unresolved
        on dim_conversations.conversation_id = unresolved.conversation_id
    left join loops on dim_conversations.conversation_id = loops.conversation_id
    left join thoughts on dim_conversations.conversation_id = thoughts.conversation_id
    where found.is_failed is not null

),

signed as (

    select
        *,
        cast(
            unresolved_errors > 0 or loops > 0 or broken_off > 0 as double
        ) as any_sign,
        ceil(5 * cume_dist() over (partition by stratum order by steps))
            as length_fifth
    from conversations

),

names (label, name) as (

    values
    ('any_sign', 'Any sign'),
    ('errors', 'Number of errors'),
    ('error_share', 'Share of calls with an error'),
    ('last_error', 'Error in the last calling step'),
    ('unresolved_errors', 'Unresolved errors'),
    ('loops', 'Loops'),
    ('broken_off', 'Broken off'),
    ('bad_calls', 'Malformed calls, unknown tools'),
    ('failure_thoughts', 'Thoughts that speak of failure'),
    ('steps', 'Number of steps')

),

long_form as (

    select *
    from signed
    unpivot (
        value for label in (
            any_sign, errors, error_share, last_error, unresolved_errors, loops,
            broken_off, bad_calls, failure_thoughts, steps
        )
    )

)

select
    names.name as label,
    long_form.conversation_id,
    long_form.turn_count,
    long_form.stratum,
    long_form.length_fifth,
    long_form.group_id,
    long_form.is_hit,
    long_form.value
from long_form
inner join names on long_form.label = names.label;

-- part: rows
with

length_values as ( -- noqa: ST03

    select * replace (stratum || chr(31) || length_fifth as stratum)
    from sign_values
    where label <> 'Number of steps'

)

select
    found.label,
    found.hits as failed,
    found.group_count,
    found.hit_share as failed_share,
    found.other_share as passed_share,
    at_length.auc as length_auc,
    at_length.low as length_lo,
    at_length.high as length_hi,
    auc_verdict(found.low, found.high) as verdict,
    found.auc as value,
    found.low as lo,
    found.high as hi,
    found.hits + found.other_count as n,
    format('{:.3f}', found.auc) as text,
    found.label || ': AUC '
    || auc_text(found.auc, found.low, found.high, found.hits, found.other_count)
        as tip,
    found.low is null as few
from pooled_aucs('sign_values') as found
left join pooled_aucs('length_values') as at_length on found.label = at_length.label
order by few asc, lo desc nulls last, value desc, found.label asc;

-- part: marks
select
    cast(0.5 as double) as at,
    'chance' as label
from pooled_aucs('sign_values')
having count(*) > 0;

-- part: answer
with

length_values as ( -- noqa: ST03

    select * replace (stratum || chr(31) || length_fifth as stratum)
    from sign_values
    where label <> 'Number of steps'

),

at_length as (

    select
        list(lower(label) order by low desc, label asc) filter (where low > 0.5)
            as telling,
        max(auc_text(auc, low, high, hits, other_count)) filter (
            where label = 'Any sign'
        ) as any_text
    from pooled_aucs('length_values')

),

aucs as (

    select
        *,
        auc_text(auc, low, high, hits, other_count) as text
    from pooled_aucs('sign_values')

),

told as (

    select
        count(*) as sign_count,
        count(*) filter (where low is not null) as known_count,
        count(*) filter (where low > 0.5) as telling_count,
        max(hits + other_count) as conversations,
        max(group_count) as group_count,
        max_by(lower(label) || ', AUC ' || text, (low, auc, label)) filter (
            where low is not null
        ) as best,
        list(
            lower(label) order by low desc, label asc
        ) filter (where low > 0.5) as telling,
        list(lower(label) order by high asc, label asc) filter (where high < 0.5)
            as reverse_names,
        list(
            lower(label) order by auc desc, label asc
        ) filter (where low <= 0.5 and high >= 0.5) as undecided,
        max(text) filter (where label = 'Any sign') as any_text
    from aucs

),

sizes as (

    select count(*) as conversations
    from dim_conversations
    where duplicate_of_id is null

)

select
    case
        when sizes.conversations = 0 then 'There is no conversation.'
        when told.sign_count = 0
            then
                'No recorded outcome is loaded that some conversations pass and others'
                || ' fail, so no sign can be checked.'
        when told.known_count = 0
            then 'Too few prompts fail or pass to check the signs.'
        when told.telling_count = 0
            then
                'No sign tells failing apart. Best is ' || told.best || ' of '
                || counted(told.group_count, 'prompt', 'prompts')
                || ', and its interval holds 0.5 or lies below.'
        else
            'Failing is told best by ' || told.best || ' of '
            || counted(told.group_count, 'prompt', 'prompts') || '.'
    end as lead,
    case
        when sizes.conversations = 0 then 'Without one there is no sign.'
        when told.sign_count = 0
            then
                'Signs of trouble are only that; load traces with outcomes to check'
                || ' them.'
        when told.known_count = 0 then ''
        else
            trim(
                case
                    when told.telling_count < 2 then ''
                    else
                        'Intervals above 0.5 have ' || listed(told.telling) || '.'
                end
                || case
                    when told.undecided is null then ''
                    else ' That of ' || listed(told.undecided) || ' holds 0.5.'
                end
                || case
                    when told.reverse_names is null then ''
                    else
                        ' The other way point ' || listed(told.reverse_names) || '.'
                end
                || coalesce(' Any sign has ' || told.any_text || '.', '')
                || case
                    when at_length.telling is null
                        then ' At equal length no sign has an interval above 0.5'
                    else
                        ' At equal length intervals above 0.5 have '
                        || listed(at_length.telling)
                end
                || coalesce('; any sign has ' || at_length.any_text, '') || '.'
            )
    end as rest
from told
cross join at_length
cross join sizes;

-- part: examples
-- against what one expects: failed without a sign, and passed with one
with

ranked as (

    select
        conversation_id,
        turn_count,
        is_hit,
        row_number() over (
            partition by is_hit order by md5(conversation_id), conversation_id
        ) as place
    from sign_values
    where label = 'Any sign' and is_hit = (value = 0)

)

select
    conversation_id,
    greatest(turn_count - 1, 0) as turn_index,
    case
        when is_hit then 'failed without a sign of trouble'
        else 'passed with a sign of trouble'
    end as why
from ranked
where place <= 3
order by is_hit desc, place asc;
