"""Means, medians and differences in reports/macros/: against statsmodels and a bootstrap."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm

from tests.catalog import with_macros

Z = 1.959963984540054
Floats = npt.NDArray[np.float64]
Table = dict[str, npt.NDArray[np.generic]]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


def lengths(seed: int, groups: int, most: int = 30) -> Table:
    """Log-normal lengths that are alike within a group, in two arms and three strata."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), random.integers(1, most, groups))
    stratum = random.integers(0, 3, group.size)
    is_first = random.random(group.size) < 0.2 + 0.25 * stratum
    level = random.normal(3, 0.5, groups)[group] + 0.3 * is_first + 0.4 * stratum
    value = np.floor(np.exp(random.normal(level, 0.9))) + 1
    return {"group": group, "stratum": stratum, "is_first": is_first, "value": value}


def insert(connection: duckdb.DuckDBPyConnection, data: Table) -> None:
    """The tables of cases, one row per case and per group, that the macros take."""
    connection.execute(
        "create or replace temp table value_rows as "
        "with columns as (select unnest($1) as g, unnest($2) as s, unnest($3) as is_first, "
        "unnest($4) as value) "
        "select 'x' as label, 'all' as source, 'g' || g as group_id, 's' || s as stratum, "
        "is_first, cast(value as bigint) as value from columns",
        [data[key].tolist() for key in ("group", "stratum", "is_first", "value")],
    )
    connection.execute(
        "create or replace temp table mean_rows as select label, source, group_id, "
        "sum(value) as hits, count(*) as cases from value_rows group by all"
    )
    connection.execute(
        "create or replace temp table arm_rows as select label, source, stratum, group_id, "
        "is_first, sum(value) as hits, count(*) as cases from value_rows group by all"
    )
    connection.execute(
        "create or replace temp table plain_rows as select * replace ('' as stratum) from arm_rows"
    )


def row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, ...]:
    (found,) = connection.execute(sql).fetchall()
    return tuple(found)


def bootstrap(data: Table, figure: Callable[[Table], float], draws: int = 1500) -> Floats:
    """The middle 95 % of a figure over samples of whole groups."""
    random = np.random.default_rng(5)
    groups = int(data["group"].max()) + 1
    places = [np.flatnonzero(data["group"] == g) for g in range(groups)]
    figures = []
    for _ in range(draws):
        drawn = np.concatenate([places[g] for g in random.integers(0, groups, groups)])
        figures.append(figure({key: column[drawn] for key, column in data.items()}))
    return np.quantile(figures, [0.025, 0.975])


def within_strata(data: Table) -> float:
    """First less second within strata, each with the weight of its cases."""
    total = 0.0
    for one in np.unique(data["stratum"]):
        own, first = data["stratum"] == one, data["is_first"].astype(bool)
        values = data["value"].astype(float)
        total += own.sum() * (values[own & first].mean() - values[own & ~first].mean())
    return total / data["value"].size


def widened(groups: int) -> float:
    return Z * (1 + 1.21 / (groups - 1))


@pytest.mark.parametrize("groups", [12, 80])
def test_mean_and_difference_are_those_of_statsmodels(
    connection: duckdb.DuckDBPyConnection, groups: int
) -> None:
    data = lengths(1, groups)
    insert(connection, data)
    clusters = {"groups": data["group"], "use_correction": False}
    scale = widened(groups) * np.sqrt(groups / (groups - 1))
    ones = np.ones((data["value"].size, 1))
    fit = sm.OLS(data["value"], ones).fit(cov_type="cluster", cov_kwds=clusters)
    mean, error = fit.params[0], fit.bse[0] * scale
    assert row(connection, "select mean, low, high from source_means('mean_rows')") == (
        pytest.approx((mean, mean - error, mean + error))
    )
    both = sm.add_constant(data["is_first"].astype(float))
    fit = sm.OLS(data["value"], both).fit(cov_type="cluster", cov_kwds=clusters)
    difference, error = fit.params[1], fit.bse[1] * scale
    assert row(
        connection,
        "select difference, low, high, support_share from source_differences('plain_rows')",
    ) == pytest.approx((difference, difference - error, difference + error, 1))


def test_intervals_are_as_wide_as_those_of_a_clustered_bootstrap(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    data = lengths(2, 150)
    insert(connection, data)
    for sql, figure, tolerance in (
        ("mean, low, high from source_means('mean_rows')",
         lambda d: float(d["value"].mean()), 0.1),
        ("difference, low, high from source_differences('arm_rows')", within_strata, 0.1),
        # values are whole numbers, and a median jumps from one to the next
        ("median, low, high from source_medians('value_rows')",
         lambda d: float(np.quantile(d["value"], 0.5, method="inverted_cdf")), 0.25),
    ):  # fmt: skip
        value, low, high = row(connection, f"select {sql}")
        assert value == pytest.approx(figure(data))
        drawn = bootstrap(data, figure)
        assert high - low == pytest.approx(drawn[1] - drawn[0], rel=tolerance), sql
        assert low < value < high


def test_interval_of_a_median_covers_it(connection: duckdb.DuckDBPyConnection) -> None:
    """400 samples of 40 groups that are alike within; the true median is exp(3)."""
    random = np.random.default_rng(11)
    columns: list[list[float]] = [[], [], []]
    for trial in range(400):
        group = np.repeat(np.arange(40), random.integers(2, 20, 40))
        value = np.exp(random.normal(random.normal(3, 0.6, 40)[group], 0.8))
        for column, part in zip(columns, (np.full(group.size, trial), group, value), strict=True):
            column += part.tolist()
    connection.execute(
        "create or replace temp table trials as with rows as (select unnest($1) as trial, "
        "unnest($2) as g, unnest($3) as value) "
        "select trial as label, '' as source, g as group_id, value from rows",
        columns,
    )
    (covered,) = row(
        connection, "select avg((exp(3) between low and high)::int) from source_medians('trials')"
    )
    assert 0.92 < covered < 0.985


def test_a_stratum_with_one_arm_or_few_groups_is_left_out_and_told(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Twelve groups with both arms in stratum a, and one arm in b; nine groups in c, of which
    each would seem to have less spread than it has."""
    connection.execute(
        "create or replace temp table half_rows as "
        "select 'x' as label, 's' as source, 'a' as stratum, 'g' || i as group_id, "
        "j = 1 as is_first, (i + j) % 3 as hits, 3 as cases from range(12) r(i), range(2) t(j) "
        "union all select 'x', 's', 'b', 'g' || i, true, 3, 3 from range(12) r(i) "
        "union all select 'x', 's', 'c', 'g' || i, j = 1, 3 * j, 4 from range(9) r(i), range(2) t(j)"
    )
    first, second, difference, support, groups = row(
        connection,
        "select first_mean, second_mean, difference, support_share, group_count from source_differences('half_rows')",
    )
    assert (first, second, difference) == pytest.approx((1 / 3, 1 / 3, 0))
    assert (support, groups) == (pytest.approx(72 / 180), 12)
    connection.execute("delete from half_rows where stratum = 'a'")
    few = row(
        connection,
        "select difference, support_share, low is null from source_differences('half_rows')",
    )
    assert few == (pytest.approx(3 / 4), pytest.approx(72 / 108), True)
    connection.execute("delete from half_rows where stratum = 'c'")
    assert connection.execute("from source_differences('half_rows')").fetchall() == []


@pytest.mark.parametrize("case", ["hits = 3", "hits = 0", "is_first"])
def test_no_interval_where_an_arm_shows_no_spread_or_has_few_groups(
    connection: duckdb.DuckDBPyConnection, case: str
) -> None:
    """All cases of an arm agree, or nine groups hold it."""
    connection.execute(
        "create or replace temp table flat_rows as "
        "select 'x' as label, 's' as source, '' as stratum, 'g' || i as group_id, "
        "j = 1 as is_first, (i + j) % 4 as hits, 3 as cases from range(12) r(i), range(2) t(j)"
    )
    ends = "select low is null, high is null from source_differences('flat_rows')"
    assert row(connection, ends) == (False, False)
    if case == "is_first":
        connection.execute(
            "delete from flat_rows where is_first and group_id in ('g0', 'g1', 'g2')"
        )
    else:
        connection.execute(f"update flat_rows set {case} where is_first")
    assert row(connection, ends) == (True, True)


def test_sources_are_compared_within_and_told_when_they_differ(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """`up` has more hits in the first arm and `down` in the second; pooled there is no difference."""
    connection.execute(
        "create or replace temp table both_rows as "
        "select 'x' as label, s as source, '' as stratum, 'g' || i as group_id, j = 1 as is_first, "
        "case when (s = 'up') = (j = 1) then 8 + i % 3 else 1 + i % 2 end as hits, 10 as cases "
        "from range(20) r(i), range(2) t(j), (values ('up'), ('down')) v(s)"
    )
    ask = "select verdict, text, texts, difference from contrast_texts('both_rows', 'pt', 'turns')"
    verdict, text, texts, difference = connection.execute(ask).fetchall()[0]
    assert verdict == "mixed"
    assert difference == pytest.approx(0)
    assert text.startswith("difference within sources 0.0 pt (") and text.endswith(
        ", n = 400 and 400 turns); its interval holds 0"
    )
    assert [one.split(" (")[0] for one in texts] == ["down −74.5 pt", "up +74.5 pt"]
    connection.execute("delete from both_rows where source = 'down'")
    verdict, text, texts, _ = connection.execute(ask).fetchall()[0]
    assert (verdict, len(texts)) == ("higher", 1)
    assert text.startswith("89.5% against 15.0%, difference +74.5 pt (+")
    connection.execute("update both_rows set is_first = not is_first")
    assert connection.execute(ask).fetchall()[0][0] == "lower"
    connection.execute("delete from both_rows where group_id > 'g16'")
    verdict, text, _, _ = connection.execute(ask).fetchall()[0]
    assert verdict == "unknown" and "(no interval, n = " in text
    connection.execute("update both_rows set hits = hits * 7")
    words = connection.execute(ask.replace("'pt'", "'words'")).fetchall()[0][1]
    assert " words, difference −" in words


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("signed_text(1.25)", "+1.3"),
        ("signed_text(-0.44)", "−0.4"),
        ("signed_text(0.04)", "0.0"),
        ("signed_text(null)", "–"),
        ("difference_text(-0.018, -0.04, 0.005, 'pt', ', n = 5')", "−1.8 pt (−4.0 to +0.5 pt, n = 5)"),
        ("difference_text(5.94, 3, 8.8, 'words', '')", "+5.9 words (+3.0 to +8.8 words)"),
        ("difference_text(0.2, null, null, 'pt', '')", "+20.0 pt (no interval)"),
        ("unrecorded_text('Thoughts', 2, 2)", ""),
        ("unrecorded_text('Thoughts', 1, 3)",
         " Thoughts are not recorded in 2 of 3 sources, which are left out."),
    ],
)  # fmt: skip
def test_formats_of_differences(
    connection: duckdb.DuckDBPyConnection, expression: str, text: str
) -> None:
    assert connection.execute(f"select {expression}").fetchall() == [(text,)]
