"""AUC and pass^k in reports/macros/: against pairs, a bootstrap and all choices of tries."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from tests.catalog import with_macros

Ints = npt.NDArray[np.int64]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


class Cases:
    """Conversations of groups that fail alike and have like values, in two strata."""

    def __init__(self, seed: int, groups: int, gap: float = 0.8) -> None:
        random = np.random.default_rng(seed)
        self.groups = groups
        self.group: Ints = np.repeat(np.arange(groups), random.integers(2, 7, groups))
        self.stratum: Ints = random.integers(0, 2, self.group.size)
        level = random.normal(0, 1, groups)[self.group]
        self.is_hit = random.random(self.group.size) < 1 / (1 + np.exp(-level))
        value = random.normal(0.6 * level + gap * self.is_hit + 2 * self.stratum, 1)
        self.value: Ints = np.maximum(np.round(2 * value), 0).astype(int)

    def insert(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "create or replace temp table cases as with columns as (select unnest($1) as g, "
            "unnest($2) as s, unnest($3) as is_hit, unnest($4) as value) select 'x' as label, "
            "'s' || s as stratum, 'g' || g as group_id, is_hit, value from columns",
            [getattr(self, key).tolist() for key in ("group", "stratum", "is_hit", "value")],
        )

    def auc(self, rows: Ints) -> float:
        """Over all pairs of one stratum."""
        wins = pairs = 0.0
        for stratum in (0, 1):
            own = rows[self.stratum[rows] == stratum]
            hits = self.value[own[self.is_hit[own]]][:, None]
            others = self.value[own[~self.is_hit[own]]][None, :]
            wins += float((hits > others).sum() + (hits == others).sum() / 2)
            pairs += hits.size * others.size
        return wins / pairs


def found(connection: duckdb.DuckDBPyConnection) -> tuple[float, float | None, float | None]:
    (row,) = connection.execute("select auc, low, high from pooled_aucs('cases')").fetchall()
    return row[0], row[1], row[2]


@pytest.mark.parametrize(("seed", "groups", "gap"), [(1, 60, 0.8), (2, 150, 0.3), (3, 80, 0.0)])
def test_auc_is_of_pairs_and_as_wide_as_a_bootstrap_of_groups(
    connection: duckdb.DuckDBPyConnection, seed: int, groups: int, gap: float
) -> None:
    cases = Cases(seed, groups, gap)
    cases.insert(connection)
    auc, low, high = found(connection)
    assert low is not None
    assert high is not None
    assert auc == pytest.approx(cases.auc(np.arange(cases.group.size)))
    random = np.random.default_rng(7)
    places = [np.flatnonzero(cases.group == g) for g in range(groups)]
    drawn = [
        cases.auc(np.concatenate([places[g] for g in random.integers(0, groups, groups)]))
        for _ in range(1500)
    ]
    ends = np.quantile(drawn, [0.025, 0.975])
    assert high - low == pytest.approx(ends[1] - ends[0], rel=0.1)
    assert [low, high] == pytest.approx(ends, abs=0.02)


def test_auc_has_no_interval_without_ten_groups_of_either_kind(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    cases = Cases(4, 60)
    cases.is_hit &= cases.group < 9
    cases.insert(connection)
    assert found(connection)[1:] == (None, None)
    cases = Cases(4, 60)
    cases.value[cases.group >= 9] = 0
    cases.insert(connection)
    assert found(connection)[1:] == (None, None)
    cases.value[:] = 3
    cases.insert(connection)
    assert found(connection) == (0.5, None, None)


def test_auc_of_what_parts_them_whole_and_of_one_kind(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    cases = Cases(5, 60)
    cases.value = cases.is_hit.astype(int)
    cases.insert(connection)
    auc, low, high = found(connection)
    assert (auc, low, high) == (1, None, None)  # nothing shows how much it could vary
    cases.is_hit[:] = True
    cases.insert(connection)
    assert connection.execute("from pooled_aucs('cases')").fetchall() == []


def test_pass_chance_is_that_of_all_choices(connection: duckdb.DuckDBPyConnection) -> None:
    for trials in (1, 2, 4, 8, 200):
        for passes in {0, 1, trials // 2, trials}:
            for k in range(1, min(trials, 8) + 1):
                (row,) = connection.execute(
                    "select pass_chance($1, $2, $3)", [passes, trials, k]
                ).fetchall()
                expected = math.comb(passes, k) / math.comb(trials, k)
                assert float(row[0]) == pytest.approx(expected, abs=1e-11)
