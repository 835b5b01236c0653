-- How numbers, names and findings are written: a table, a figure and a sentence say the
-- same. Null is written as –.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, knows no columns of a macro, and
-- takes its parameters for columns)

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

-- A mean with what it rests on: 12.5 words (10.1–14.9, n = 178 thoughts).
create or replace macro mean_text(mean, low, high, unit, n, one, many) as
    number_text(mean) || ' ' || unit || ' ('
    || case
        when low is null then 'no interval'
        else number_text(low) || '–' || number_text(high)
    end
    || ', n = ' || counted(n, one, many) || ')';

-- A rate per 1,000 of a mean per case, with its interval: 4.82 (4.28–5.35). Where no
-- case has it, nothing shows how alike groups are: there is no interval.
create or replace macro rate_text(mean, low, high) as
    printf('%.2f', 1000 * mean)
    || case
        when low is null or mean = 0 then ' (no interval)'
        else
            ' (' || printf('%.2f', 1000 * greatest(low, 0)) || '–'
            || printf('%.2f', 1000 * high) || ')'
    end;

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
