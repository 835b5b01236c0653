-- Shares and their intervals, of cases that stand in groups, such as calls of
-- conversations that share a prompt.
-- Shares are in 0..1. What cannot be computed is null.
-- Source of the statistics: DESIGN.md, "Statistics"; Wilson, JASA 22 (1927) 209.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

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

-- One row per label, source and prompt group, of those that have cases.
create or replace macro grouped_cases(cases_table) as table
    select
        label,
        source,
        group_id,
        sum(hits) as hits,
        sum(cases) as cases
    from query_table(cases_table)
    group by label, source, group_id
    having sum(cases) > 0;

-- One row per label and source.
create or replace macro source_shares(cases_table) as table
    select
        label,
        source,
        cast(sum(hits) as bigint) as hits,
        cast(sum(cases) as bigint) as cases,
        count(*) as group_count,
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high
    from grouped_cases(cases_table)
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
