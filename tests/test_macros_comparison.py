"""Matched differences, t and Holm in reports/macros/: against scipy and statsmodels."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from tests.catalog import with_macros


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


def one(connection: duckdb.DuckDBPyConnection, sql: str, *values: float) -> tuple[float, ...]:
    (found,) = connection.execute(sql, list(values)).fetchall()
    return tuple(found)


@pytest.mark.parametrize("df", [1, 2, 3, 9, 10, 13, 68, 501, 15_000])
def test_p_values_are_those_of_t(connection: duckdb.DuckDBPyConnection, df: int) -> None:
    for t in (0.0, 0.01, -1.3, 2.1, 9.0):
        (p,) = one(connection, "select t_p_value($1::double, $2::bigint)", t, df)
        assert p == pytest.approx(2 * stats.t.sf(abs(t), df), abs=1e-11)


@pytest.mark.parametrize("df", [9, 10, 25, 68, 501, 15_000])
def test_quantiles_are_those_of_t(connection: duckdb.DuckDBPyConnection, df: int) -> None:
    (quantile,) = one(connection, "select t_95($1::bigint)", df)
    assert quantile == pytest.approx(stats.t.ppf(0.975, df), abs=1e-7)


def test_holm_is_that_of_statsmodels(connection: duckdb.DuckDBPyConnection) -> None:
    random = np.random.default_rng(3)
    for size in (1, 2, 9):
        values = random.random(size) ** 3
        values[-1] = values[0]  # a tie
        connection.execute(
            "create or replace temp table p_rows as select 'm' || i as label, p as p_value "
            "from (select unnest($1) as i, unnest($2) as p) union all select 'none', null",
            [list(range(size)), values.tolist()],
        )
        found = connection.execute("from holm_adjusted('p_rows') order by label").fetchall()
        expected = multipletests(values, method="holm")[1]
        assert [label for label, _ in found] == [f"m{i}" for i in range(size)]
        assert [p for _, p in found] == pytest.approx(list(expected))


def fill(connection: duckdb.DuckDBPyConnection, rows: list[tuple[str, bool, int, int]]) -> None:
    connection.execute(
        "create or replace temp table arm_rows as select 'x' as label, unnest($1) as group_id, "
        "unnest($2) as is_first, unnest($3)::bigint as hits, unnest($4)::bigint as cases",
        [list(column) for column in zip(*rows, strict=True)],
    )


def test_matched_difference_is_a_paired_t_test(connection: duckdb.DuckDBPyConnection) -> None:
    random = np.random.default_rng(11)
    rows = []
    for group in range(40):
        for is_first in (True, False):
            for _ in range(random.integers(0, 4)):
                cases = int(random.integers(0, 9))
                hits = int(random.binomial(cases, 0.5 if is_first else 0.3))
                rows.append((f"g{group}", is_first, hits, cases))
    fill(connection, rows)
    means: dict[bool, dict[str, float]] = {True: {}, False: {}}
    for is_first, own in means.items():
        for group in {row[0] for row in rows}:
            cases = sum(r[3] for r in rows if (r[0], r[1]) == (group, is_first))
            if cases:
                hits = sum(r[2] for r in rows if (r[0], r[1]) == (group, is_first))
                own[group] = hits / cases
    shared = sorted(means[True].keys() & means[False].keys())
    assert 20 < len(shared) < 40
    test = stats.ttest_rel(
        [means[True][group] for group in shared], [means[False][group] for group in shared]
    )
    ends = test.confidence_interval(0.95)
    found = one(
        connection,
        "select group_count, low, high, p_value from matched_differences('arm_rows')",
    )
    assert found == pytest.approx((len(shared), ends.low, ends.high, test.pvalue), abs=1e-9)


def test_few_prompts_and_equal_differences_have_no_interval(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    select = "select difference, low, high, p_value from matched_differences('arm_rows')"
    nine = [(f"g{i}", side, i % 3 + side, 4) for i in range(9) for side in (True, False)]
    fill(connection, nine)
    assert one(connection, select) == (0.25, None, None, None)
    same = [(f"g{i}", side, 1 + side, 10) for i in range(30) for side in (True, False)]
    fill(connection, same)
    assert one(connection, select) == (pytest.approx(0.1), None, None, None)
