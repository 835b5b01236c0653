-- Means, medians and differences, with intervals of cases that stand in groups. What
-- cannot be computed is null. Source of the statistics: DESIGN.md, "Statistics".
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

-- Mean per case of a quantity of which each row is one group's sum (`total`) and number
-- of cases, and the ends of its clustered interval: a ratio of sums, as a share is.
create or replace macro mean_margin(total, cases) as
    clustered_z(count(*))
    * sqrt(
        clustered_variance(
            sum(total), sum(cases), count(*),
            sum(total * total), sum(total * cases), sum(cases * cases)
        )
    );

create or replace macro mean_low(total, cases) as
    share_of(total, cases) - mean_margin(total, cases);

create or replace macro mean_high(total, cases) as
    share_of(total, cases) + mean_margin(total, cases);

-- One row per label and source of a table as source_shares() takes, whose `hits` are
-- the sum of what is averaged over `cases`.
create or replace macro source_means(cases_table) as table
    select
        label,
        source,
        cast(sum(cases) as bigint) as cases,
        count(*) as group_count,
        share_of(hits, cases) as mean,
        mean_low(hits, cases) as low,
        mean_high(hits, cases) as high
    from grouped_cases(cases_table)
    group by label, source;

-- Median of a table with one row per case: label, source, group_id and value. Its
-- interval inverts that of the distribution function: the share of cases up to the
-- median has a clustered interval, and the values at whose shares that begins and ends
-- are the ends here.
create or replace macro source_medians(values_table) as table
    with ranked as (
        select
            *,
            cume_dist() over (partition by label, source order by value) as rank
        from query_table(values_table)
        where value is not null
    ),

    middles as (
        select
            label,
            source,
            min(value) filter (where rank >= 0.5) as median
        from ranked
        group by label, source
    ),

    grouped as (
        select
            ranked.label,
            ranked.source,
            ranked.group_id,
            middles.median,
            count(*) filter (where ranked.value <= middles.median) as hits,
            count(*) as cases
        from ranked
        inner join middles
            on ranked.label = middles.label and ranked.source = middles.source
        group by ranked.label, ranked.source, ranked.group_id, middles.median
    ),

    counts as (
        select
            label,
            source,
            median,
            cast(sum(cases) as bigint) as cases,
            count(*) as group_count,
            clustered_z(count(*)) as z,
            effective_count(
                sum(hits), sum(cases), count(*),
                sum(hits * hits), sum(hits * cases), sum(cases * cases)
            ) as n_eff
        from grouped
        group by label, source, median
    )

    select
        counts.label,
        counts.source,
        counts.cases,
        counts.group_count,
        counts.median,
        min(ranked.value) filter (
            where ranked.rank >= wilson_end_low(0.5, counts.n_eff, counts.z)
        ) as low,
        min(ranked.value) filter (
            where ranked.rank >= wilson_end_high(0.5, counts.n_eff, counts.z)
        ) as high
    from counts
    inner join ranked
        on counts.label = ranked.label and counts.source = ranked.source
    group by
        counts.label, counts.source, counts.cases, counts.group_count, counts.median;

-- Difference of two shares or means, first less second, of a table with one row per
-- label, source, stratum, prompt group and arm: label, source, stratum, group_id,
-- is_first, hits and cases. Compared is within strata that have 10 prompt groups in
-- both arms: each has the weight of its cases. `support_share` is the share of the
-- cases in them, and `first_mean` and `second_mean` are the arms as they would be with
-- these weights. With one stratum all this is the plain difference. The interval is
-- that of a linearised ratio, and a prompt group that is in both arms counts as one.
-- There is none where no stratum has so many groups (then all with both arms count: a
-- single group would seem to have no spread), nor where all cases of an arm agree:
-- nothing shows then how alike groups are. (Sums are ordered, so that they come out the
-- same to the last digit.)
create or replace macro source_differences(cases_table) as table
    with grouped as (
        select
            label,
            source,
            stratum,
            group_id,
            is_first,
            sum(hits) as hits,
            sum(cases) as cases
        from query_table(cases_table)
        group by label, source, stratum, group_id, is_first
        having sum(cases) > 0
    ),

    strata as (
        select
            label,
            source,
            stratum,
            sum(cases) as cases,
            sum(cases) filter (where is_first) as first_cases,
            sum(cases) filter (where not is_first) as second_cases,
            least(
                count(*) filter (where is_first), count(*) filter (where not is_first)
            ) >= 10 as is_enough,
            cast(sum(hits) filter (where is_first) as double) / first_cases
                as first_mean,
            cast(sum(hits) filter (where not is_first) as double) / second_cases
                as second_mean
        from grouped
        group by label, source, stratum
    ),

    judged as (
        select
            *,
            bool_or(is_enough) over (partition by label, source) as has_enough
        from strata
        where first_cases > 0 and second_cases > 0
    ),

    weighted as (
        select
            *,
            cast(cases as double) / sum(cases) over (partition by label, source)
                as weight
        from judged
        where is_enough = has_enough
    ),

    arms as (
        select
            label,
            source,
            bool_and(has_enough) as has_enough,
            sum(cases) as cases,
            sum(first_cases) as first_cases,
            sum(second_cases) as second_cases,
            sum(weight * first_mean order by stratum) as first_mean,
            sum(weight * second_mean order by stratum) as second_mean
        from weighted
        group by label, source
    ),

    totals as (
        select
            label,
            source,
            sum(cases) as cases
        from strata
        group by label, source
    ),

    -- how far each group is from its arms
    residuals as (
        select
            grouped.label,
            grouped.source,
            grouped.group_id,
            coalesce(
                sum(
                    weighted.weight / weighted.first_cases
                    * (grouped.hits - weighted.first_mean * grouped.cases)
                    order by grouped.stratum
                ) filter (where grouped.is_first),
                0
            ) as first_residual,
            coalesce(
                sum(
                    weighted.weight / weighted.second_cases
                    * (grouped.hits - weighted.second_mean * grouped.cases)
                    order by grouped.stratum
                ) filter (where not grouped.is_first),
                0
            ) as second_residual
        from grouped
        inner join weighted
            on
                grouped.label = weighted.label
                and grouped.source = weighted.source
                and grouped.stratum = weighted.stratum
        group by grouped.label, grouped.source, grouped.group_id
    ),

    margins as (
        select
            label,
            source,
            count(*) as group_count,
            case
                when
                    bool_or(first_residual <> 0) and bool_or(second_residual <> 0)
                    then
                        clustered_z(count(*))
                        * sqrt(
                            cast(count(*) as double) / nullif(count(*) - 1, 0)
                            * sum(
                                pow(first_residual - second_residual, 2)
                                order by group_id
                            )
                        )
            end as margin
        from residuals
        group by label, source
    )

    select
        arms.label,
        arms.source,
        cast(arms.first_cases as bigint) as first_cases,
        cast(arms.second_cases as bigint) as second_cases,
        margins.group_count,
        arms.first_mean,
        arms.second_mean,
        arms.first_mean - arms.second_mean as difference,
        case
            when arms.has_enough
                then arms.first_mean - arms.second_mean - margins.margin
        end as low,
        case
            when arms.has_enough
                then arms.first_mean - arms.second_mean + margins.margin
        end as high,
        cast(arms.cases as double) / totals.cases as support_share
    from arms
    inner join margins on arms.label = margins.label and arms.source = margins.source
    inner join totals on arms.label = totals.label and arms.source = totals.source;

-- The same with the sources as strata: sources are never compared with each other.
create or replace macro pooled_differences(cases_table) as table
    with one_source as ( -- noqa: ST03
        select * replace ('' as source, source || chr(31) || stratum as stratum)
        from query_table(cases_table)
    )

    select * exclude (source)
    from source_differences('one_source');
