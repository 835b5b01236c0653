"""Histograms of reports/macros/: against a count in Python."""

from __future__ import annotations

import random

import duckdb
import pytest

from tests.catalog import with_macros

Bar = tuple[int, int, int, bool, int]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


def bars(connection: duckdb.DuckDBPyConnection, values: list[int], step: int) -> list[Bar]:
    connection.execute("create or replace temp table cases (value bigint)")
    if values:
        connection.execute(f"insert into cases values {', '.join(f'({v})' for v in values)}")
    sql = "select low, width, most, is_open, case_count from bars_of('cases', ?) order by low"
    return connection.execute(sql, [step]).fetchall()


@pytest.mark.parametrize("step", [1, 50])
@pytest.mark.parametrize("longest", [30, 900, 50_000])
def test_each_value_is_in_its_bar(
    connection: duckdb.DuckDBPyConnection, step: int, longest: int
) -> None:
    draw = random.Random(longest)
    values = [draw.randint(3, 1 + longest // 3) for _ in range(400)] + [longest, longest * 9]
    found = bars(connection, values, step)
    assert 1 <= len(found) <= 40
    assert {(width % step, low % step) for low, width, *_ in found} <= {(0, 0), (0, 3 % step)}
    is_crowded = longest * 9 >= found[0][0] + 40 * found[0][1]
    assert is_crowded or step == 50
    for place, (low, width, most, is_open, count) in enumerate(found):
        assert is_open == (is_crowded and place == 39)
        assert count == sum(low <= v < low + width or (is_open and v >= low) for v in values)
        assert most == longest * 9
    assert sum(count for *_, count in found) == len(values)


def test_without_an_outlier_no_bar_is_open(connection: duckdb.DuckDBPyConnection) -> None:
    found = bars(connection, list(range(7, 47)), 1)
    assert [(low, count, is_open) for low, _, _, is_open, count in found] == [
        (low, 2 if low < 47 else 0, False) for low in range(7, 47, 2)
    ]
    assert bars(connection, [], 1) == []
    assert bars(connection, [5], 1) == [(5, 1, 5, False, 1)]


def test_marks_name_the_median_the_99th_and_where_the_open_bar_begins(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    low = bars(connection, [1] * 60 + [2] * 39 + [3, 1000], 1)[-1][0]
    marks = connection.execute(
        "select marks.at, label from bar_marks('cases', 1, '≈ ') as marks order by place"
    ).fetchall()
    assert marks == [(1.5, "median ≈ 1"), (3.5, "99% have ≤ 3"), (float(low), f"{low} or more")]
