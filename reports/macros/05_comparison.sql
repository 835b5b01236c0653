-- Two arms (sources or models) beside each other: which two, and by what. What cannot
-- be computed is null. Source of the statistics: DESIGN.md, "Statistics"; the t
-- distribution: Abramowitz and Stegun, 26.7.3, 26.7.4 and 26.7.5; Holm, Scandinavian
-- Journal of Statistics 6 (1979) 65.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

-- P(|T| <= t) of Student's t with a whole number of degrees of freedom, exactly: a sum
-- of df / 2 terms.
create or replace macro t_within(t, df) as
    case
        when df % 2 = 0
            then
                sin(atan(abs(t) / sqrt(df))) * list_sum(
                    list_transform(
                        range(cast(df // 2 as bigint)),
                        lambda k: exp(
                            lgamma(k + 0.5) - lgamma(k + 1) - lgamma(0.5)
                            + 2 * k * ln(cos(atan(abs(t) / sqrt(df))))
                        )
                    )
                )
        else
            2 / pi() * (
                atan(abs(t) / sqrt(df))
                + sin(atan(abs(t) / sqrt(df))) * coalesce(
                    list_sum(
                        list_transform(
                            range(cast(df // 2 as bigint)),
                            lambda k: exp(
                                lgamma(k + 1) - lgamma(k + 1.5) + lgamma(0.5)
                                + (2 * k + 1) * ln(cos(atan(abs(t) / sqrt(df))))
                            ) / 2
                        )
                    ),
                    0
                )
            )
    end;

-- Two-sided p of t.
create or replace macro t_p_value(t, df) as greatest(1 - t_within(t, df), 0);

-- Density of t.
create or replace macro t_density(t, df) as
    exp(
        lgamma((df + 1) / 2) - lgamma(df / 2) - 0.5 * ln(df * pi())
        - (df + 1) / 2 * ln(1 + t * t / df)
    );

-- Quantile of t for a two-sided 95 % interval, from 9 degrees of freedom on: a series
-- in 1/df, and one step of Newton's method.
create or replace macro t_95_start(df) as
    z_95()
    + (pow(z_95(), 3) + z_95()) / (4 * df)
    + (5 * pow(z_95(), 5) + 16 * pow(z_95(), 3) + 3 * z_95()) / (96 * pow(df, 2))
    + (3 * pow(z_95(), 7) + 19 * pow(z_95(), 5) + 17 * pow(z_95(), 3) - 15 * z_95())
    / (384 * pow(df, 3));

create or replace macro t_95(df) as
    t_95_start(df)
    - (t_within(t_95_start(df), df) - 0.95) / (2 * t_density(t_95_start(df), df));

-- Difference of two arms on the same prompts, of a table with one row per label, prompt
-- group and arm or finer: label, group_id, is_first, hits and cases. Within a prompt
-- and an arm hits are averaged over cases; each prompt that both arms have cases of
-- gives one difference, first less second, and all count alike. The interval is t's
-- over prompts: none under 10 prompts, nor where all differences are the same.
create or replace macro matched_differences(cases_table) as table
    with sums as (
        select
            label,
            group_id,
            sum(hits) filter (where is_first) as first_hits,
            sum(cases) filter (where is_first) as first_cases,
            sum(hits) filter (where not is_first) as second_hits,
            sum(cases) filter (where not is_first) as second_cases
        from query_table(cases_table)
        group by label, group_id
    ),

    pairs as (
        select
            label,
            group_id,
            first_cases,
            second_cases,
            cast(first_hits as double) / first_cases as first_mean,
            cast(second_hits as double) / second_cases as second_mean
        from sums
        where first_cases > 0 and second_cases > 0
    ),

    means as (
        select
            label,
            count(*) as prompts,
            sum(first_cases) as first_cases,
            sum(second_cases) as second_cases,
            sum(first_mean order by group_id) / count(*) as first_mean,
            sum(second_mean order by group_id) / count(*) as second_mean
        from pairs
        group by label
    ),

    -- what differs by no more than rounding does not differ
    spreads as (
        select
            pairs.label,
            sqrt(
                sum(
                    pow(
                        pairs.first_mean - pairs.second_mean
                        - means.first_mean + means.second_mean,
                        2
                    )
                    order by pairs.group_id
                )
                / nullif(count(*) - 1, 0) / count(*)
            ) as deviation
        from pairs
        inner join means on pairs.label = means.label
        group by pairs.label
    ),

    judged as (
        select
            means.*,
            means.first_mean - means.second_mean as difference,
            case
                when means.prompts >= 10 and spreads.deviation > 1e-12
                    then spreads.deviation
            end as deviation
        from means
        inner join spreads on means.label = spreads.label
    )

    select
        label,
        cast(first_cases as bigint) as first_cases,
        cast(second_cases as bigint) as second_cases,
        prompts as group_count,
        first_mean,
        second_mean,
        difference,
        case
            when deviation is not null
                then difference - t_95(prompts - 1) * deviation
        end as low,
        case
            when deviation is not null
                then difference + t_95(prompts - 1) * deviation
        end as high,
        case
            when deviation is not null
                then t_p_value(difference / deviation, prompts - 1)
        end as p_value
    from judged;

-- The rows of a table with label and p_value, with Holm's adjusted p over those that
-- have one.
create or replace macro holm_adjusted(p_table) as table
    with ranked as (
        select
            *,
            row_number() over (order by p_value asc, label asc) as p_rank,
            count(*) over () as tests
        from query_table(p_table)
        where p_value is not null
    )

    select
        label,
        least(
            max((tests - p_rank + 1) * p_value) over (order by p_rank asc), 1.0
        ) as p_adjusted
    from ranked;

-- 0.032, <0.001
create or replace macro p_text(p) as
    case
        when p is null then '–'
        when p < 0.001 then '<0.001'
        else format('{:.3f}', cast(p as double))
    end;

-- How the metrics of fct_metrics are written. Shares are compared in points.
create or replace macro metric_names() as table
    select *
    from (
        values
        (1, 'errors_per_call', 'Calls with an error', 'pt', 'calls'),
        (2, 'resolved_errors', 'Errors resolved', 'pt', 'episodes'),
        (3, 'final_answers', 'End with an answer', 'pt', 'conversations'),
        (4, 'passed_outcomes', 'Pass their outcome', 'pt', 'conversations'),
        (5, 'steps_with_thought', 'Steps with a thought', 'pt', 'steps'),
        (6, 'think_words_per_step', 'Thinking per step', 'words', 'steps'),
        (7, 'steps', 'Steps per conversation', 'steps', 'conversations'),
        (8, 'calls', 'Calls per conversation', 'calls', 'conversations'),
        (9, 'calls_per_calling_step', 'Calls per step that calls', 'calls', 'steps')
    ) as names (place, label, name, unit, noun); -- noqa: RF04

-- 12.3, 4.25: small amounts need two decimals to be told apart.
create or replace macro amount_text(x) as
    case
        when abs(x) < 10
            then
                replace(
                    replace(
                        format('{:.2f}', cast(round(x, 2) as double)), '-0.00', '0.00'
                    ),
                    '-', '−'
                )
        else number_text(x)
    end;

-- The value of a metric: 12.5%, or 3.42
create or replace macro metric_text(value, unit) as
    case
        when unit = 'pt' then share_text(value)
        else coalesce(amount_text(value), '–')
    end;

-- A difference of two values of a metric, with a sign: −3.1, +0.25
create or replace macro gap_text(x, unit) as
    case
        when unit = 'pt' then signed_text(x * 100)
        else case when round(x, 2) > 0 then '+' else '' end || amount_text(x)
    end;

-- With its interval: −3.1 pt (−5.0 to −1.2)
create or replace macro way_text(difference, low, high, unit) as
    case
        when difference is null then '–'
        else
            gap_text(difference, unit) || ' ' || unit || ' ('
            || case
                when low is null then 'no interval'
                else gap_text(low, unit) || ' to ' || gap_text(high, unit)
            end
            || ')'
    end;

-- Which two are compared, of a table like fct_metrics. The session's variable
-- compare_by says by what (source or model), compare_first and compare_second which
-- two; without them, the sources are, or, where there is one, its models; and of these
-- the two with the most conversations. One row: by_what, first_arm and second_arm (null
-- where there is none), arms (all, the largest first), other_arms, and unnamed_count
-- (conversations whose model is not recorded).
create or replace macro comparison(metrics_table) as table
    with conversations as (
        select
            source,
            model
        from query_table(metrics_table)
        where metric = 'steps'
    ),

    kinds as (
        select
            coalesce(
                getvariable('compare_by'),
                case
                    when count(distinct source) < 2 and count(distinct model) > 1
                        then 'model'
                    else 'source'
                end
            ) as by_what
        from conversations
    ),

    named as (
        select
            case kinds.by_what
                when 'model' then conversations.model
                else conversations.source
            end as arm
        from conversations
        cross join kinds
    ),

    arms as (
        select
            arm,
            row_number() over (order by count(*) desc, arm asc) as place
        from named
        where arm is not null
        group by arm
    ),

    ordered as (
        select
            coalesce(list(arm order by place asc), []) as arms,
            coalesce(
                getvariable('compare_first'), max(arm) filter (where place = 1)
            ) as first_arm,
            coalesce(
                getvariable('compare_second'), max(arm) filter (where place = 2)
            ) as second_arm
        from arms
    ),

    unnamed as (
        select count(*) as unnamed_count
        from named
        where arm is null
    )

    select
        kinds.by_what,
        ordered.first_arm,
        ordered.second_arm,
        short_text(ordered.first_arm, 40) as first_name,
        short_text(ordered.second_arm, 40) as second_name,
        ordered.arms,
        list_filter(
            ordered.arms,
            lambda arm: arm is distinct from ordered.first_arm
            and arm is distinct from ordered.second_arm
        ) as other_arms,
        unnamed.unnamed_count
    from kinds
    cross join ordered
    cross join unnamed;

-- Which others there are: a sentence with a space before it, or nothing.
create or replace macro others_text(by_what, other_arms) as
    case
        when len(other_arms) = 0 then ''
        else
            ' Not compared: ' || counted(len(other_arms), 'other ', 'other ')
            || by_what || case when len(other_arms) = 1 then '' else 's' end || ' ('
            || array_to_string(
                list_transform(other_arms[:5], lambda arm: short_text(arm, 40)), ', '
            )
            || case when len(other_arms) > 5 then ', …' else '' end
            || '); tracehouse report --compare A B names two.'
    end;

-- What of a table like fct_metrics the two arms hold: label (the metric), stratum (the
-- category), group_id, is_first, hits and cases.
create or replace macro compared_cases(metrics_table) as table
    select
        metrics.metric as label,
        '' as source,
        coalesce(metrics.category, '') as stratum,
        metrics.conversation_id,
        metrics.prompt_group_id,
        coalesce(metrics.prompt_group_id, metrics.conversation_id) as group_id,
        case compared.by_what when 'model' then metrics.model else metrics.source end
        = compared.first_arm as is_first,
        metrics.amount as hits,
        metrics.case_count as cases
    from query_table(metrics_table) as metrics
    cross join comparison(metrics_table) as compared
    where
        case compared.by_what when 'model' then metrics.model else metrics.source end
        in (compared.first_arm, compared.second_arm);

-- The differences of a table as compared_cases() gives, first less second, in three
-- ways: raw (1), with the same weights of categories (2), on the same prompts (3).
-- support_share: the cases that it rests on among all of both arms. p_adjusted: Holm's,
-- over the metrics that have a p, of the matched ones.
create or replace macro compared_ways(cases_table) as table
    with one_stratum as ( -- noqa: ST03
        select * replace ('' as stratum)
        from query_table(cases_table)
    ),

    matched as ( -- noqa: ST03
        select *
        from matched_differences(cases_table)
    ),

    totals as (
        select
            label,
            sum(cases) as cases
        from query_table(cases_table)
        group by label
    ),

    ways as (
        select
            *,
            1 as way,
            null as p_value
        from source_differences('one_stratum')
        union all by name
        select
            *,
            2 as way
        from source_differences(cases_table)
        union all by name
        select
            matched.*,
            3 as way,
            cast(matched.first_cases + matched.second_cases as double) / totals.cases
                as support_share
        from matched
        inner join totals on matched.label = totals.label
    )

    select
        ways.label,
        ways.way,
        case ways.way
            when 1 then 'raw'
            when 2 then 'at equal categories'
            else 'on the same prompts'
        end as way_name,
        ways.first_cases,
        ways.second_cases,
        ways.group_count,
        ways.first_mean,
        ways.second_mean,
        ways.difference,
        ways.low,
        ways.high,
        ways.support_share,
        ways.p_value,
        case when ways.way = 3 then adjusted.p_adjusted end as p_adjusted,
        metric_names.place,
        metric_names.name,
        metric_names.unit,
        metric_names.noun
    from ways
    inner join metric_names() as metric_names on ways.label = metric_names.label
    left join holm_adjusted('matched') as adjusted on ways.label = adjusted.label;

-- What the values rest on: n = 753 and 689 calls
create or replace macro arms_text(first_cases, second_cases, noun) as
    'n = ' || count_text(first_cases) || ' and ' || count_text(second_cases) || ' '
    || noun;

-- One row per metric of a table as compared_cases() gives, for sentences: `text` with
-- the values and the difference in all ways that there are; whether those point the
-- same way; and the share of the cases that equal categories leave out.
create or replace macro ways_told(cases_table) as table
    select
        label,
        place,
        name,
        unit,
        lower(name) || ' '
        || max(
            metric_text(first_mean, unit) || ' against '
            || metric_text(second_mean, unit) || ' ('
            || arms_text(first_cases, second_cases, noun) || ')'
        ) filter (where way = 1)
        || ', difference '
        || string_agg(
            way_name || ' ' || way_text(difference, low, high, unit), ', '
            order by way asc
        ) as text,
        min(sign(difference)) = max(sign(difference)) as is_agreed,
        1 - max(support_share) filter (where way = 2) as left_out_share,
        coalesce(max(group_count) filter (where way = 3), 0) as prompts
    from compared_ways(cases_table)
    group by label, place, name, unit;

-- The answer of a section over both such tables, for its shares (what: share) or its
-- other metrics (what: amount): the first of them in all ways, and for which they
-- disagree.
create or replace macro ways_answer(metrics_table, cases_table, what) as table
    with told as (
        select
            *,
            row_number() over (order by place asc) as told_place
        from ways_told(cases_table)
        where (unit = 'pt') = (what = 'share')
    ),

    listed_metrics as (
        select
            max(text) filter (where told_place = 1) as first_told,
            max(prompts) filter (where told_place = 1) as prompts,
            list(lower(name) order by place asc) filter (where not is_agreed)
                as disagreed,
            max(left_out_share) as most_left_out,
            max_by(lower(name), (left_out_share, -place)) as most_left_out_name
        from told
    ),

    categories as (
        select count(distinct stratum) filter (where stratum <> '') as category_count
        from query_table(cases_table)
    )

    select
        case
            when len(compared.arms) = 0 then 'There is nothing to compare.'
            when compared.second_arm is null
                then
                    'There is only one ' || compared.by_what || ', '
                    || compared.first_name || '.'
            when listed_metrics.first_told is null
                then 'The two have no ' || what || ' in common that could be compared.'
            else
                compared.first_name || ' against ' || compared.second_name || ' ('
                || counted(listed_metrics.prompts, 'shared prompt', 'shared prompts')
                || '): ' || listed_metrics.first_told || '.'
        end as lead,
        case
            when compared.second_arm is null or listed_metrics.first_told is null
                then ''
            else
                ltrim(
                    case
                        when listed_metrics.disagreed is null
                            then
                                'The ways of comparing point the same way for each'
                                || ' metric.'
                        else
                            'The ways of comparing do not all point the same way for '
                            || listed(listed_metrics.disagreed) || '.'
                    end
                    || case
                        when categories.category_count = 0
                            then
                                ' No category is recorded: at equal categories is the'
                                || ' raw difference.'
                        else
                            ' Categories in which both do not have 10 prompts are left'
                            || ' out at equal categories: '
                            || case
                                when listed_metrics.most_left_out < 1e-9 then 'none'
                                else
                                    'up to '
                                    || share_text(listed_metrics.most_left_out)
                                    || ' of the cases ('
                                    || listed_metrics.most_left_out_name || ')'
                            end
                            || '.'
                    end
                )
        end as rest
    from comparison(metrics_table) as compared
    cross join listed_metrics
    cross join categories;
