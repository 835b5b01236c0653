-- How well a sign tells failed conversations from others, with intervals of cases that
-- stand in groups, and which tasks fail most. What cannot be computed is null.
-- Source: DESIGN.md, "Failure"; Obuchowski, Biometrics 53 (1997) 567 (clustered AUC).
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

-- AUC of a table with one row per label and case: label, stratum, group_id, value and
-- is_hit. It is the share of pairs of a hit and another case in which the hit has the
-- higher value; a tie counts half. Pairs are made within a stratum, such as a source
-- and its outcome, never across. Cases without a value or a verdict are left out.
-- The interval is that of a linearised share: each case adds the share of the cases of
-- the other kind that it stands above (or below), and a group is summed. There is none
-- with under 10 groups of either kind, nor with under 10 that show anything (a value
-- above 0): what next to no group shows seems to have no spread. `hit_share` and
-- `other_share` are the cases of each kind that show it. (Sums are ordered, so that
-- they come out the same to the last digit.)
create or replace macro pooled_aucs(values_table) as table
    with ranked as (
        select
            label,
            stratum,
            group_id,
            is_hit,
            value,
            -- midranks among all cases and among those of its kind: the difference is
            -- how many cases of the other kind are lower, those alike for half
            rank() over (partition by label, stratum order by value)
            + (count(*) over (partition by label, stratum, value) - 1) / 2
            - rank() over (partition by label, stratum, is_hit order by value)
            - (count(*) over (partition by label, stratum, is_hit, value) - 1) / 2
                as lower_count
        from query_table(values_table)
        where value is not null and is_hit is not null
    ),

    grouped as (
        select
            label,
            stratum,
            group_id,
            count(*) filter (where is_hit) as hits,
            count(*) filter (where not is_hit) as other_count,
            count(*) filter (where is_hit and value > 0) as hits_shown,
            count(*) filter (where not is_hit and value > 0) as others_shown,
            coalesce(sum(lower_count) filter (where is_hit), 0) as hit_lower,
            coalesce(sum(lower_count) filter (where not is_hit), 0) as other_lower
        from ranked
        group by label, stratum, group_id
    ),

    strata as (
        select
            label,
            stratum,
            sum(hits) as hits,
            sum(other_count) as other_count,
            sum(hit_lower) / (sum(hits) * sum(other_count)) as auc,
            cast(sum(hits) as double) * sum(other_count) as pairs
        from grouped
        group by label, stratum
        having sum(hits) > 0 and sum(other_count) > 0
    ),

    weighted as (
        select
            *,
            pairs / sum(pairs) over (partition by label) as weight
        from strata
    ),

    pooled as (
        select
            label,
            cast(sum(hits) as bigint) as hits,
            cast(sum(other_count) as bigint) as other_count,
            sum(pairs) as pairs,
            sum(weight * auc order by stratum) as auc
        from weighted
        group by label
    ),

    -- how far each group is from the AUC, by its hits and by its other cases
    residuals as (
        select
            grouped.label,
            grouped.group_id,
            sum(grouped.hits) as hits,
            sum(grouped.other_count) as other_count,
            sum(grouped.hits_shown) as hits_shown,
            sum(grouped.others_shown) as others_shown,
            sum(
                weighted.weight * (
                    (
                        grouped.hit_lower / weighted.other_count
                        - weighted.auc * grouped.hits
                    )
                    / weighted.hits
                    + (
                        grouped.other_count - grouped.other_lower / weighted.hits
                        - weighted.auc * grouped.other_count
                    )
                    / weighted.other_count
                )
                order by grouped.stratum
            ) as residual
        from grouped
        inner join weighted
            on grouped.label = weighted.label and grouped.stratum = weighted.stratum
        group by grouped.label, grouped.group_id
    ),

    variances as (
        select
            label,
            count(*) as group_count,
            least(
                count(*) filter (where hits > 0),
                count(*) filter (where other_count > 0),
                count(*) filter (where hits_shown + others_shown > 0)
            ) as least_groups,
            cast(sum(hits_shown) as double) / sum(hits) as hit_share,
            cast(sum(others_shown) as double) / sum(other_count) as other_share,
            cast(count(*) as double) / nullif(count(*) - 1, 0)
            * sum(pow(residual, 2) order by group_id) as variance
        from residuals
        group by label
    )

    select
        pooled.label,
        pooled.hits,
        pooled.other_count,
        variances.group_count,
        variances.hit_share,
        variances.other_share,
        pooled.auc,
        case
            when variances.least_groups >= 10 and variances.variance > 1e-12
                then
                    share_low_by_variance(
                        pooled.auc, pooled.pairs,
                        variances.group_count, variances.variance
                    )
        end as low,
        case
            when variances.least_groups >= 10 and variances.variance > 1e-12
                then
                    share_high_by_variance(
                        pooled.auc, pooled.pairs,
                        variances.group_count, variances.variance
                    )
        end as high
    from pooled
    inner join variances on pooled.label = variances.label;

-- An AUC with what it rests on: 0.618 (0.553–0.686, n = 116 failed and 84 others).
create or replace macro auc_text(auc, low, high, hits, other_count) as
    format('{:.3f}', cast(auc as double)) || ' ('
    || case
        when low is null then 'no interval'
        else format('{:.3f}–{:.3f}', cast(low as double), cast(high as double))
    end
    || ', n = ' || count_text(hits) || ' failed and ' || count_text(other_count)
    || ' others)';

-- What an AUC allows to be said of a sign.
create or replace macro auc_verdict(low, high) as
    case
        when low is null then 'not known'
        when low > 0.5 then 'tells failing apart'
        when high < 0.5 then 'points the other way'
        else 'holds 0.5'
    end;

-- judged_shares() for each basis (outcome or sign), of a table with one row per
-- conversation: label, basis, group_id, is_failed and has_sign. Conversations without a
-- label, and of the basis outcome those without a verdict, are left out.
create or replace macro judged_tasks(conversations_table) as table
    with cases_by_basis as ( -- noqa: ST03
        select
            label,
            basis as source,
            group_id,
            count(*) filter (
                where case basis when 'sign' then has_sign else is_failed end
            ) as hits,
            count(*) as cases
        from query_table(conversations_table)
        where label is not null and (basis = 'sign' or is_failed is not null)
        group by label, basis, group_id
    ),

    judged as (
        select
            label,
            source as basis,
            hits,
            cases,
            group_count,
            share,
            low,
            high,
            is_comparable(low, cases, sum(cases) over (partition by source))
                as is_enough
        from source_shares('cases_by_basis')
    )

    select
        *,
        row_number() over (
            partition by basis
            order by is_enough desc, low desc nulls last, cases desc, label asc
        ) as place
    from judged;

-- One row: which task fails most by recorded outcome, and which shows most signs of
-- trouble where none is recorded; null where there are not two to compare, or no hit.
create or replace macro worst_tasks(conversations_table, one, many) as table
    with judged as (
        select
            *,
            short_text(label, 60) || ', '
            || estimate_text(share, low, high, cases, 'conversations') || ' of '
            || counted(group_count, 'prompt', 'prompts') as text
        from judged_tasks(conversations_table)
    ),

    bases as (
        select
            basis,
            count(*) as label_count,
            count(*) filter (where is_enough) as enough_count,
            sum(hits) filter (where is_enough) as enough_hits,
            max(text) filter (where place = 1 and is_enough) as worst,
            max(label) filter (where place = 1 and is_enough) as label,
            min_by(text, (high, share, -cases, label)) filter (where is_enough) as best,
            max(low) filter (where is_enough)
            > min(high) filter (where is_enough) as is_apart
        from judged
        group by basis
    ),

    told as (
        select
            basis,
            label_count,
            case when enough_count >= 2 and enough_hits > 0 then label end as label,
            case
                when label_count = 1 then 'there is only one ' || one
                when enough_count < 2
                    then 'too few conversations or prompts to compare ' || many
                when enough_hits = 0 then 'none in any of the ' || many
                else 'most often in ' || worst
            end as worst_text,
            case
                when enough_count < 2 or enough_hits = 0 then ''
                else
                    'least often in ' || best
                    || case when is_apart then '' else '; the two intervals overlap' end
                    || case
                        when label_count = enough_count then ''
                        else
                            '; too few to be compared: '
                            || counted(label_count - enough_count, one, many)
                    end
            end as best_text
        from bases
    )

    select
        max(label) filter (where basis = 'outcome') as outcome_label,
        max(worst_text) filter (where basis = 'outcome') as outcome_worst,
        max(best_text) filter (where basis = 'outcome') as outcome_best,
        max(label) filter (where basis = 'sign') as sign_label,
        max(worst_text) filter (where basis = 'sign') as sign_worst,
        max(best_text) filter (where basis = 'sign') as sign_best
    from told;

-- Chance that k tries of a task all pass, of which `passes` of `trials` did, C(passes,
-- k) / C(trials, k): to 12 digits, so that sums come out the same in any order.
-- Source: tau-bench, arXiv:2406.12045 (pass^k).
create or replace macro pass_chance(passes, trials, k) as
    cast(
        case
            when passes < k then 0
            else
                exp(
                    lgamma(passes + 1) - lgamma(passes - k + 1)
                    - lgamma(trials + 1) + lgamma(trials - k + 1)
                )
        end
        as decimal(18, 12)
    );

-- Of a table with one row per try: stratum, model_name, group_id (the task) and
-- is_passed. A table for source_shares(): label is k, source the stratum; for k = 1 the
-- cases are tries, from 2 to 8 tasks with so many tries by one model, where ten prompt
-- groups have them.
create or replace macro repeated_passes(tries_table) as table
    with tasks as (
        select
            stratum,
            model_name,
            group_id,
            count(*) as trials,
            count(*) filter (where is_passed) as passes
        from query_table(tries_table)
        group by stratum, model_name, group_id
    ),

    chances as (
        select
            *,
            unnest(range(2, least(trials, 8) + 1)) as k
        from tasks
    ),

    grouped as (
        select
            k as label,
            stratum as source,
            group_id,
            sum(pass_chance(passes, trials, k)) as hits,
            count(*) as cases,
            count(*) over (partition by k, stratum) as group_count
        from chances
        group by k, stratum, group_id
    )

    select
        1 as label,
        stratum as source,
        group_id,
        cast(sum(passes) as decimal(38, 12)) as hits,
        cast(sum(trials) as bigint) as cases
    from tasks
    group by stratum, group_id
    union all
    select
        label,
        source,
        group_id,
        hits,
        cases
    from grouped
    where group_count >= 10;
