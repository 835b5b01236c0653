-- Catalog macros of the warehouse: statistics and number formats. The build creates
-- them in the file, so that report SQL gives the same text in any DuckDB shell.
-- Shares are in 0..1. What cannot be computed is null, and null is written as –.
-- Source of the statistics: DESIGN.md, "Statistics"; Wilson, JASA 22 (1927) 209.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

-- Statistics

-- Quantile of the normal distribution for a two-sided 95 % interval.
create or replace macro z_95() as 1.959963984540054;

-- Ends of Wilson's interval of a share among n independent cases, for the quantile z;
-- n may be fractional. Exact for shares of 0 and 1, where rounding would leave dust.
create or replace macro wilson_end_low(share, n, z) as
    case
        when share = 0 then 0.0
        else
            (
                share + z * z / (2 * n)
                - z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
            ) / (1 + z * z / n)
    end;

create or replace macro wilson_end_high(share, n, z) as
    1 - wilson_end_low(1 - share, n, z);

-- 95 % interval of k among n independent cases, in 0..1. Null without cases.
create or replace macro wilson_low(k, n) as
    wilson_end_low(
        cast(k as double) / nullif(n, 0), nullif(cast(n as double), 0), z_95()
    );

create or replace macro wilson_high(k, n) as
    wilson_end_high(
        cast(k as double) / nullif(n, 0), nullif(cast(n as double), 0), z_95()
    );

-- The same for clustered cases, such as calls of conversations that share a prompt. A
-- group g holds k_g of n_g cases; the macros take sums over the groups, never lists:
-- k = Σ k_g, n = Σ n_g, kk = Σ k_g², kn = Σ k_g·n_g, nn = Σ n_g².

-- Variance of the share k / n, linearised: G/(G−1) · Σ (k_g − p·n_g)² / n².
create or replace macro clustered_variance(k, n, groups, kk, kn, nn) as
    cast(groups as double) / nullif(groups - 1, 0)
    * greatest(
        kk - 2 * cast(k as double) / nullif(n, 0) * kn
        + pow(cast(k as double) / nullif(n, 0), 2) * nn,
        0
    )
    / nullif(pow(cast(n as double), 2), 0);

-- How many independent cases are worth as much: p(1−p) / variance, at most n. Where all
-- cases agree nothing shows how alike a group is: each group counts as one case then.
create or replace macro effective_count(k, n, groups, kk, kn, nn) as
    case
        when n = 0 then null
        when k = 0 or k = n then cast(groups as double)
        else
            least(
                cast(n as double),
                cast(k as double) / n * (1 - cast(k as double) / n)
                / nullif(clustered_variance(k, n, groups, kk, kn, nn), 0)
            )
    end;

-- The variance is itself estimated from the groups: the quantile is widened for it,
-- near to Student's t. Under 10 groups null: no interval.
create or replace macro clustered_z(groups) as
    case when groups >= 10 then z_95() * (1 + 1.21 / (groups - 1)) end;

create or replace macro wilson_low_clustered(k, n, groups, kk, kn, nn) as
    wilson_end_low(
        case when groups >= 10 then cast(k as double) / nullif(n, 0) end,
        effective_count(k, n, groups, kk, kn, nn),
        clustered_z(groups)
    );

create or replace macro wilson_high_clustered(k, n, groups, kk, kn, nn) as
    wilson_end_high(
        case when groups >= 10 then cast(k as double) / nullif(n, 0) end,
        effective_count(k, n, groups, kk, kn, nn),
        clustered_z(groups)
    );

-- The interval of a share whose clustered variance a query has worked out otherwise,
-- such as that of a curve from which cases leave; n: the most cases that it is worth.
create or replace macro count_by_variance(share, n, groups, variance) as
    case
        when groups < 10 then null
        when share in (0, 1) then cast(groups as double)
        else
            least(cast(n as double), share * (1 - share) / nullif(variance, 0))
    end;

create or replace macro share_low_by_variance(share, n, groups, variance) as
    case
        when groups >= 10
            then
                wilson_end_low(
                    share,
                    count_by_variance(share, n, groups, variance),
                    clustered_z(groups)
                )
    end;

create or replace macro share_high_by_variance(share, n, groups, variance) as
    case
        when groups >= 10
            then
                wilson_end_high(
                    share,
                    count_by_variance(share, n, groups, variance),
                    clustered_z(groups)
                )
    end;

-- Aggregates over rows of which each is one group with its hits among its cases: the
-- share, and the ends of its clustered interval.
create or replace macro share_of(hits, cases) as
    cast(sum(hits) as double) / nullif(sum(cases), 0);

create or replace macro share_low(hits, cases) as
    wilson_low_clustered(
        sum(hits), sum(cases), count(*),
        sum(hits * hits), sum(hits * cases), sum(cases * cases)
    );

create or replace macro share_high(hits, cases) as
    wilson_high_clustered(
        sum(hits), sum(cases), count(*),
        sum(hits * hits), sum(hits * cases), sum(cases * cases)
    );

-- Tables of shares, from a table or CTE named by `cases_table` with one row per label,
-- source and prompt group: label, source, group_id, hits (of them) and cases. Groups
-- without a hit must be there, too: they are part of what an interval rests on.

-- One row per label and source.
create or replace macro source_shares(cases_table) as table
    with grouped as (
        select
            label,
            source,
            group_id,
            sum(hits) as hits,
            sum(cases) as cases
        from query_table(cases_table)
        group by label, source, group_id
        having sum(cases) > 0
    )

    select
        label,
        source,
        cast(sum(hits) as bigint) as hits,
        cast(sum(cases) as bigint) as cases,
        count(*) as group_count,
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high
    from grouped
    group by label, source;

-- One row per label, all sources together; a prompt group may stand in several sources.
create or replace macro pooled_shares(cases_table) as table
    with one_source as ( -- noqa: ST03
        select * replace ('' as source)
        from query_table(cases_table)
    )

    select * exclude (source)
    from source_shares('one_source');

-- The same for labels that part a whole, such as the tools of all calls: label, source,
-- group_id and hits, with a row only where there is a hit. The cases of a label are the
-- hits of all labels. To the sums of an interval a group without a hit adds nothing but
-- its cases, and these are the same for all labels: a row for each label and group
-- would be a cross product (2,000 tools, 15,000 prompts: gigabytes).

-- One row per label and source, also where the source has no hit of it; a caller that
-- does not need those writes `where hits > 0`, and they are not made. Σ n_g² is the sum
-- of hits·cases over all labels.
create or replace macro source_parts(hits_table) as table
    with grouped as (
        select
            label,
            source,
            group_id,
            sum(hits) as hits,
            sum(sum(hits)) over (partition by source, group_id) as cases
        from query_table(hits_table)
        group by label, source, group_id
    ),

    wholes as (
        select
            source,
            count(distinct group_id) as group_count,
            sum(hits) as cases,
            sum(hits * cases) as nn
        from grouped
        group by source
    ),

    sums as (
        select
            label,
            source,
            sum(hits) as k,
            sum(hits * hits) as kk,
            sum(hits * cases) as kn
        from grouped
        group by label, source
    ),

    labels as (
        select distinct label
        from sums
    ),

    filled as (
        select
            labels.label,
            wholes.*,
            coalesce(sums.k, 0) as k,
            coalesce(sums.kk, 0) as kk,
            coalesce(sums.kn, 0) as kn
        from labels
        cross join wholes
        left join sums
            on labels.label = sums.label and wholes.source = sums.source
    )

    select
        label,
        source,
        cast(k as bigint) as hits,
        cast(cases as bigint) as cases,
        group_count,
        cast(k as double) / cases as share,
        wilson_low_clustered(k, cases, group_count, kk, kn, nn) as low,
        wilson_high_clustered(k, cases, group_count, kk, kn, nn) as high
    from filled;

-- One row per label, all sources together.
create or replace macro pooled_parts(hits_table) as table
    with one_source as ( -- noqa: ST03
        select * replace ('' as source)
        from query_table(hits_table)
    )

    select * exclude (source)
    from source_parts('one_source');

-- Whether a share has enough behind it to be compared with others: an interval, and 100
-- cases, or 20 where all have under 5,000 together.
create or replace macro is_comparable(low, cases, all_cases) as
    low is not null and cases >= case when all_cases < 5000 then 20 else 100 end;

-- pooled_shares() with is_enough and place: from 1, those with enough cases first, of
-- these the one with the highest lower end.
create or replace macro judged_shares(cases_table) as table
    with judged as (
        select
            *,
            is_comparable(low, cases, sum(cases) over ()) as is_enough
        from pooled_shares(cases_table)
    )

    select
        *,
        row_number() over (
            order by is_enough desc, low desc nulls last, cases desc, label asc
        ) as place
    from judged;

-- Means, medians and differences

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
    with grouped as (
        select
            label,
            source,
            group_id,
            sum(hits) as hits,
            sum(cases) as cases
        from query_table(cases_table)
        group by label, source, group_id
        having sum(cases) > 0
    )

    select
        label,
        source,
        cast(sum(cases) as bigint) as cases,
        count(*) as group_count,
        share_of(hits, cases) as mean,
        mean_low(hits, cases) as low,
        mean_high(hits, cases) as high
    from grouped
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

-- Formats

-- 174,711
create or replace macro count_text(n) as
    coalesce(replace(format('{:,}', cast(n as bigint)), '-', '−'), '–');

-- 1,234.5
create or replace macro number_text(x) as
    coalesce(
        replace(
            replace(format('{:,.1f}', cast(round(x, 1) as double)), '-0.0', '0.0'),
            '-', '−'
        ),
        '–'
    );

-- 19.1%; below 1 % two decimals. 0% and 100% are exact: what only rounds to them is
-- written <0.01% and >99.9%.
create or replace macro share_text(share) as
    case
        when share is null then '–'
        when share = 0 then '0%'
        when share = 1 then '100%'
        when share < 0.0001 then '<0.01%'
        when share < 0.00995 then format('{:.2f}%', cast(share * 100 as double))
        when share >= 0.9995 then '>99.9%'
        else format('{:.1f}%', cast(share * 100 as double))
    end;

-- 18.1–20.2%; two decimals where the upper end is below 1 %.
create or replace macro range_text(low, high) as
    case
        when low is null or high is null then '–'
        when high < 0.0001 then '<0.01%'
        when high < 0.00995
            then
                format(
                    '{:.2f}–{:.2f}%',
                    cast(low * 100 as double), cast(high * 100 as double)
                )
        else
            format(
                '{:.1f}–{:.1f}%', cast(low * 100 as double), cast(high * 100 as double)
            )
    end;

-- A count with its noun: 1 call, 1,445 calls.
create or replace macro counted(n, one, many) as
    count_text(n) || case when n = 1 then ' ' || one else ' ' || many end;

-- What a share in a sentence rests on: (18.1–20.2%, n = 5,357 calls); `noun` in plural.
create or replace macro support_text(low, high, n, noun) as
    '(' || case when low is null then 'no interval' else range_text(low, high) end
    || ', n = ' || counted(n, rtrim(noun, 's'), noun) || ')';

-- A share with it: 19.1% (18.1–20.2%, n = 5,357 calls).
create or replace macro estimate_text(share, low, high, n, noun) as
    share_text(share) || ' ' || support_text(low, high, n, noun);

-- The small print below a share: 95% interval 18.1–20.2%.
create or replace macro interval_text(low, high) as
    case
        when low is null then 'no interval: fewer than 10 prompt groups'
        else '95% interval ' || range_text(low, high)
    end;

-- Names of any length and with any white space, for a sentence or a tooltip.
create or replace macro short_text(words, most) as
    case
        when length(trim(regexp_replace(words, '\s+', ' ', 'g'))) <= most
            then trim(regexp_replace(words, '\s+', ' ', 'g'))
        else left(trim(regexp_replace(words, '\s+', ' ', 'g')), most - 1) || '…'
    end;

-- A list of texts as one: a, b and c.
create or replace macro listed(parts) as
    case
        when coalesce(len(parts), 0) < 2 then coalesce(parts[1], '')
        else array_to_string(parts[:-2], ', ') || ' and ' || parts[-1]
    end;

-- Aggregate over the rows of source_shares for compared(), the largest source first.
create or replace macro source_texts(source, share, low, high, cases, noun) as
    list(
        short_text(source, 40) || ' ' || estimate_text(share, low, high, cases, noun)
        order by cases desc, source asc
    );

-- Two or more sources beside each other, at most five by name; of one source nothing.
create or replace macro compared(what, parts) as
    case
        when coalesce(len(parts), 0) < 2 then ''
        else
            ' ' || what || ', by source: ' || array_to_string(parts[:5], '; ')
            || case
                when len(parts) > 5
                    then
                        '; and '
                        || counted(len(parts) - 5, 'more source', 'more sources')
                else ''
            end
            || '.'
    end;

-- The share of a part in a cell of a heatmap.
create or replace macro cell_text(share) as
    case when share < 0.005 then '·' else format('{:.0f}%', share * 100) end;

-- Texts of differences

-- +1.2, −0.4, 0.0
create or replace macro signed_text(x) as
    case when round(x, 1) > 0 then '+' else '' end || number_text(x);

-- A difference with what it rests on: −1.8 pt (−4.0 to +0.5 pt, n = 503 and 178 turns).
-- Of shares (unit pt) it is given in 0..1.
create or replace macro difference_text(x, low, high, unit, basis) as
    signed_text(x * case when unit = 'pt' then 100 else 1 end) || ' ' || unit || ' ('
    || case
        when low is null then 'no interval'
        else
            signed_text(low * case when unit = 'pt' then 100 else 1 end) || ' to '
            || signed_text(high * case when unit = 'pt' then 100 else 1 end)
            || ' ' || unit
    end
    || basis || ')';

-- One row per label of a table as source_differences() takes, for a sentence: `verdict`
-- (higher or lower where the interval leaves out 0, else unclear; unknown without one;
-- mixed where sources clearly differ both ways), `text` (95.4% against 97.2%,
-- difference −1.8 pt …; of several sources the difference within them), and `texts`,
-- the difference of each source, for compared().
create or replace macro contrast_texts(cases_table, unit, noun) as table
    with by_source as (
        select
            label,
            count(*) as source_count,
            coalesce(bool_or(low > 0) and bool_or(high < 0), false) as is_mixed,
            list(
                short_text(source, 40) || ' '
                || difference_text(difference, low, high, unit, '')
                order by first_cases + second_cases desc, source asc
            ) as texts
        from source_differences(cases_table)
        group by label
    )

    select
        pooled.label,
        pooled.first_cases,
        pooled.second_cases,
        pooled.difference,
        pooled.low,
        pooled.high,
        pooled.support_share,
        by_source.texts,
        case
            when by_source.is_mixed then 'mixed'
            when pooled.low is null then 'unknown'
            when pooled.low > 0 then 'higher'
            when pooled.high < 0 then 'lower'
            else 'unclear'
        end as verdict,
        case
            when by_source.source_count > 1 then 'difference within sources '
            when unit = 'pt'
                then
                    share_text(pooled.first_mean) || ' against '
                    || share_text(pooled.second_mean) || ', difference '
            else
                number_text(pooled.first_mean) || ' against '
                || number_text(pooled.second_mean) || ' ' || unit || ', difference '
        end
        || difference_text(
            pooled.difference, pooled.low, pooled.high, unit,
            ', n = ' || count_text(pooled.first_cases) || ' and '
            || count_text(pooled.second_cases) || ' ' || noun
        )
        || case
            when pooled.low <= 0 and pooled.high >= 0 then '; its interval holds 0'
            else ''
        end as text
    from pooled_differences(cases_table) as pooled
    inner join by_source on pooled.label = by_source.label;

-- Which sources are left out, for they do not record what is asked for.
create or replace macro unrecorded_text(what, recorded_count, source_count) as
    case
        when recorded_count = source_count then ''
        else
            ' ' || what || ' are not recorded in '
            || count_text(source_count - recorded_count) || ' of '
            || counted(source_count, 'source', 'sources')
            || case
                when source_count - recorded_count = 1 then ', which is left out.'
                else ', which are left out.'
            end
    end;

-- Tables of one row with sentences.

-- The largest part of each source, as texts for compared().
create or replace macro largest_parts(hits_table, noun) as table
    with texts as (
        select
            source,
            max(cases) as cases,
            min_by(
                short_text(source, 40) || ' ' || short_text(label, 60) || ' '
                || estimate_text(share, low, high, cases, noun),
                (-hits, label)
            ) as text
        from source_parts(hits_table)
        where hits > 0
        group by source
    )

    select list(text order by cases desc, source asc) as texts
    from texts;

-- Which label has the worst share of calls with an error. `worst_label` is null where
-- none is named: without two labels to compare, or without an error in them.
create or replace macro worst_shares(cases_table, one, many) as table
    with judged as (
        select
            *,
            short_text(label, 60) || ', ' || share_text(share) || ' of its calls '
            || support_text(low, high, cases, 'calls') as text
        from judged_shares(cases_table)
    ),

    totals as (
        select
            count(*) as label_count,
            count(*) filter (where is_enough) as enough_count,
            coalesce(sum(hits), 0) as errors,
            coalesce(sum(hits) filter (where is_enough), 0) as enough_errors,
            max(label) filter (where place = 1) as label,
            max(text) filter (where place = 1) as worst,
            min_by(text, (share, -cases, label)) filter (where is_enough) as best,
            max(low) filter (where is_enough)
            > min_by(high, (share, -cases, label)) filter (where is_enough) as is_apart,
            enough_count >= 2 and enough_errors > 0 as is_named
        from judged
    )

    select
        label_count,
        case when is_named then label end as worst_label,
        case
            when label_count = 0 then 'No tool is called.'
            when errors = 0 then 'No call has an error by our definition.'
            when label_count = 1 then 'All calls counted here are of one ' || one || '.'
            when enough_count < 2 then 'Too few calls to compare ' || many || '.'
            when enough_errors = 0
                then 'No call of ' || many || ' with enough calls has an error.'
            else 'Worst is ' || worst || '.'
        end as lead,
        case
            when label_count = 0 then 'So no call can go wrong.'
            when not is_named then ''
            else
                'The lowest share has ' || best || '.'
                || case
                    when is_apart then ''
                    else ' The two intervals overlap.'
                end
                || case
                    when label_count = enough_count then ''
                    else
                        ' Too few calls to be compared: '
                        || counted(label_count - enough_count, one, many) || '.'
                end
        end as rest
    from totals;

-- An error message without what differs from case to case, so that alike ones can be
-- counted. The masks are applied in this order: addresses, quoted texts, paths and file
-- names, hexadecimal ids, numbers, white space. A quote inside a word is an apostrophe.
create or replace macro mask(words, pattern, instead) as
    regexp_replace(words, pattern, instead, 'g');

create or replace macro mask_quoted(words) as
    mask(words, '(^|[^\w])("([^"\\]|\\.)*"|`[^`]*`|''[^'']*'')', '\1<text>');

create or replace macro mask_paths(words) as
    mask(words, '([\w.~-]*/)+[\w.~-]+/?|/[\w.~-]+|\b[\w-]+\.[a-z]{1,5}\b', '<path>');

create or replace macro message_shape(words) as
    trim(
        mask(
            mask(
                mask(
                    mask_paths(
                        mask_quoted(mask(words, '[a-zA-Z]+://[^\s''"<>]+', '<url>'))
                    ),
                    '\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{8,}\b', '<id>'
                ),
                '[0-9]+([.,:][0-9]+)*', '<n>'
            ),
            '\s+', ' '
        )
    );
