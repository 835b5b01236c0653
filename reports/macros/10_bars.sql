-- Histograms: at most 40 bars over the whole numbers in the column `value` of the table
-- that is named, and the lines that stand over them.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, and its parameters for columns)

-- Bars of `width`, a multiple of `step`, from `low` on, empty ones too: 39 reach the
-- number that 99% do not pass. Where some pass all, the last is open and holds them, up
-- to `most`. `case_count`: rows in a bar. No bar where there is no row.
create or replace macro bars_of(cases, step) as table (

    with limits as (

        select
            min(value) // step * step as lowest,
            max(value) as most,
            step * cast(
                ceil(
                    (quantile_disc(value, 0.99) - min(value) // step * step + 1)
                    / 39 / step
                ) as bigint
            ) as width
        from query_table(cases)
        having count(*) > 0

    ),

    bars as (

        select
            width,
            most,
            lowest + 39 * width as last_low,
            unnest(
                range(lowest, least(lowest + 39 * width, most) + 1, width)
            ) as low
        from limits

    ),

    bounded as (

        select
            width,
            most,
            low,
            low = last_low and most >= low + width as is_open
        from bars

    )

    select
        bounded.low,
        bounded.width,
        bounded.most,
        bounded.is_open,
        count(found.value) as case_count
    from bounded
    left join query_table(cases) as found
        on
            bounded.low <= found.value
            and (bounded.is_open or found.value < bounded.low + bounded.width)
    group by bounded.low, bounded.width, bounded.most, bounded.is_open

);

-- A bar in words: `one` and `many` are its unit, `sign` stands before numbers that are
-- estimates.
create or replace macro bar_text(low, width, most, is_open, sign, one, many) as
    case
        when is_open
            then
                sign || count_text(low) || ' ' || many || ' or more, up to '
                || count_text(most)
        when width = 1 then sign || counted(low, one, many)
        else
            sign || count_text(low) || '–' || count_text(low + width - 1) || ' '
            || many
    end;

-- The median, the number that 99% do not pass, and where the open bar begins; each in
-- the middle of its number, as a bar of width 1 is around it.
create or replace macro bar_marks(cases, step, sign) as table (

    with quantiles as (

        select
            quantile_disc(value, 0.5) as half,
            quantile_disc(value, 0.99) as most
        from query_table(cases)
        having count(*) > 0

    ),

    lines as (

        select
            1 as place,
            half + cast(0.5 as double) as at,
            'median ' || sign || count_text(half) as label
        from quantiles
        union all
        select
            2 as place,
            most + cast(0.5 as double) as at,
            '99% have ≤ ' || count_text(most) as label
        from quantiles
        where most > half
        union all
        select
            3 as place,
            cast(low as double) as at,
            count_text(low) || ' or more' as label
        from bars_of(cases, step)
        where is_open

    )

    select
        lines.place,
        lines.at,
        lines.label
    from lines

);
