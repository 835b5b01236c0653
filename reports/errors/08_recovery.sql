-- title: Episodes resolved within so many steps
-- question: Do agents recover?
-- chart: survival
-- x: steps after the first error; the last point is the end
-- unit: Share of all episodes in which the tool has worked again, with its 95% band.
--   The dotted line: how often the next call of a tool works after one that worked.
-- note: An episode opens at the first error of a tool in an exchange and closes in the
--   first later step in which that tool works. One without such a step stays in the
--   share as not resolved: that an agent gives up or ends is an outcome, not a gap.
-- note: Only episodes that are cut, because the record breaks off, leave what is
--   counted from that step on: what would have come is not known (Kaplan and Meier's
--   estimator).
-- note: The dotted line counts calls in the same exchange, the curve counts steps, of
--   which many call other tools: the curve is not expected to start at the line.
-- columns: label=Within | resolved=Resolved so far | share=Share resolved % | lo=From %
--   | hi=To % | n=Episodes, without cut ones | group_count=Prompt groups
-- empty: No call has an error by our definition, so there is no episode.

-- part: base
create or replace temp table recovery_curves as

with

episodes as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        is_resolved,
        case when is_resolved or fate = 'cut' then step_count end as left_at
    from fct_episodes

),

-- each source, and all together ('')
recoveries as (

    select
        source as series,
        group_id,
        is_resolved,
        left_at,
        count(*) as episodes
    from episodes
    group by source, group_id, is_resolved, left_at
    union all
    select
        '' as series,
        group_id,
        is_resolved,
        left_at,
        count(*) as episodes
    from episodes
    group by group_id, is_resolved, left_at

),

wholes as (

    select
        series,
        sum(episodes) as episodes,
        greatest(max(left_at), 11) as last_step
    from recoveries
    group by series

),

points as (

    select
        wholes.series,
        case when steps.x = 11 then wholes.last_step else steps.x end as k,
        steps.x
    from wholes
    cross join range(1, 12) as steps (x)

),

times as (

    select
        series,
        k as at_step
    from points
    union
    select
        series,
        left_at as at_step
    from recoveries
    where left_at is not null

),

-- who leaves at each step, and who was still there before
counts as (

    select
        times.series,
        times.at_step,
        coalesce(
            sum(recoveries.episodes) filter (where recoveries.is_resolved), 0
        ) as resolved,
        coalesce(sum(recoveries.episodes), 0) as gone
    from times
    left join recoveries
        on
            times.series = recoveries.series
            and times.at_step = recoveries.left_at
    group by times.series, times.at_step

),

risks as (

    select
        counts.series,
        counts.at_step,
        counts.resolved,
        wholes.episodes
        - coalesce(sum(counts.gone - counts.resolved) over earlier, 0) as uncut,
        wholes.episodes - coalesce(sum(counts.gone) over earlier, 0) as at_risk
    from counts
    inner join wholes on counts.series = wholes.series
    window earlier as (
        partition by counts.series
        order by counts.at_step asc
        rows between unbounded preceding and 1 preceding
    )

),

curve as (

    select
        series,
        at_step,
        uncut,
        product(1 - coalesce(resolved / nullif(at_risk, 0), 0)) over steps as left_over,
        -- what an episode at risk adds to the variance, and one that is resolved
        sum(
            coalesce(resolved / (nullif(at_risk, 0) * nullif(at_risk - resolved, 0)), 0)
        ) over steps as risk_term,
        coalesce(1 / nullif(at_risk - resolved, 0), 0) as event_term,
        sum(resolved) over steps as resolved_so_far
    from risks
    window steps as (partition by series order by at_step asc)

),

-- each group's part in the error of the share, as Greenwood's but clustered
influences as (

    select
        points.series,
        points.k,
        points.x,
        recoveries.group_id,
        any_value(at_point.left_over) * sum(
            recoveries.episodes * (
                case
                    when recoveries.is_resolved and recoveries.left_at <= points.k
                        then leaving.event_term
                    else 0
                end
                - case
                    when recoveries.left_at <= points.k then leaving.risk_term
                    else at_point.risk_term
                end
            )
            -- floating point: the order makes the last digit
            order by recoveries.is_resolved asc, recoveries.left_at asc
        ) as influence
    from recoveries
    inner join points on recoveries.series = points.series
    inner join curve as at_point
        on points.series = at_point.series and points.k = at_point.at_step
    left join curve as leaving
        on
            recoveries.series = leaving.series
            and recoveries.left_at = leaving.at_step
    group by points.series, points.k, points.x, recoveries.group_id

),

variances as (

    select
        series,
        k,
        x,
        count(*) as group_count,
        count(*) / nullif(count(*) - 1, 0)
        * sum(pow(influence, 2) order by group_id asc) as variance
    from influences
    group by series, k, x

)

select
    curve.series,
    variances.x,
    cast(curve.resolved_so_far as bigint) as resolved,
    cast(curve.uncut as bigint) as n,
    variances.group_count,
    1 - curve.left_over as share,
    share_low_by_variance(
        1 - curve.left_over, curve.uncut, variances.group_count, variances.variance
    ) as lo,
    share_high_by_variance(
        1 - curve.left_over, curve.uncut, variances.group_count, variances.variance
    ) as hi
from variances
inner join curve
    on variances.series = curve.series and variances.k = curve.at_step;

-- part: rows
select
    'resolved' as series,
    case when x = 11 then 'the end' else counted(x, 'step', 'steps') end as label,
    cast(x as double) as x,
    share as y,
    share,
    lo,
    hi,
    resolved,
    n,
    group_count,
    case when x = 11 then 'in the end' else 'within ' || counted(x, 'step', 'steps') end
    || ': ' || estimate_text(share, lo, hi, n, 'episodes') as tip
from recovery_curves
where series = ''
order by x asc;

-- part: marks
with

calls as (

    select
        is_error,
        lag(is_error) over (
            partition by
                conversation_id, coalesce(exchange_index, -1), coalesce(tool_name, '')
            order by turn_index asc, block_index asc
        ) as is_after_error
    from fct_tool_calls

)

select
    avg(case when is_error then 0 else 1 end) as at,
    'next call after one that worked: '
    || share_text(avg(case when is_error then 0 else 1 end)) as label
from calls
where not is_after_error
having count(*) > 0;

-- part: answer
with

calls as (

    select
        source,
        coalesce(prompt_group_id, conversation_id) as group_id,
        is_error,
        lag(is_error) over (
            partition by
                conversation_id, coalesce(exchange_index, -1), coalesce(tool_name, '')
            order by turn_index asc, block_index asc
        ) as is_after_error
    from fct_tool_calls

),

next_calls as ( -- noqa: ST03

    select
        source,
        group_id,
        case when is_after_error then 'error' else 'success' end as label,
        count(*) filter (where not is_error) as hits,
        count(*) as cases
    from calls
    where is_after_error is not null
    group by source, group_id, label

),

baseline as (

    select
        max(
            estimate_text(share, low, high, cases, 'calls')
        ) filter (where label = 'success') as after_success,
        max(
            estimate_text(share, low, high, cases, 'calls')
        ) filter (where label = 'error') as after_error
    from pooled_shares('next_calls')

),

at_end as (

    select estimate_text(share, lo, hi, n, 'episodes') as text
    from recovery_curves
    where series = '' and x = 11 and n > 0

),

at_first as (

    select estimate_text(share, lo, hi, n, 'episodes') as text
    from recovery_curves
    where series = '' and x = 1 and n > 0

),

by_source as (

    select source_texts(series, share, lo, hi, n, 'episodes') as texts
    from recovery_curves
    where series <> '' and x = 11 and n > 0

),

totals as (

    select
        count(*) as episodes,
        count(*) filter (where fate = 'cut') as cut
    from fct_episodes

)

select
    case
        when totals.episodes = 0 then 'There is no error to recover from.'
        when at_end.text is null then 'Every episode is cut: none tells how it ends.'
        else
            'In the end the tool works again in ' || at_end.text
            || coalesce('; in the very next step in ' || at_first.text, '') || '.'
    end as lead,
    case
        when totals.episodes = 0 then 'So there is no episode.'
        else
            case
                when baseline.after_success is null then ''
                else
                    'For comparison: after a call that worked, the next of the same'
                    || ' tool works in ' || baseline.after_success || '.'
            end
            || case
                when baseline.after_error is null then ''
                else
                    ' After one that failed, the next works in '
                    || baseline.after_error || '.'
            end
            || case
                when totals.cut = 0 then ''
                else ' ' || counted(totals.cut, 'episode is', 'episodes are') || ' cut.'
            end
            || compared('Resolved in the end', by_source.texts)
    end as rest
from totals
cross join baseline
cross join by_source
left join at_end on true
left join at_first on true;

-- part: examples
select
    conversation_id,
    turn_index,
    short_text(coalesce(tool_name, '(no name)'), 40) || ', '
    || replace(class, '_', ' ') || ': works again after '
    || counted(step_count, 'step', 'steps') as why
from fct_episodes
where is_resolved
order by step_count desc, conversation_id asc, turn_index asc, block_index asc
limit 5;
