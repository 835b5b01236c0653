"""Spearman's rho in reports/macros/: against SciPy, a jackknife and simulated truth."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import rankdata, spearmanr

from tests.catalog import with_macros

Z = 1.959963984540054
Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


def spearmans(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, npt.NDArray[np.generic]]
) -> list[tuple[float, ...]]:
    """rho, low and high of each label."""
    connection.execute(
        "create or replace temp table ranked_rows as with columns as (select unnest($1) as l, "
        "unnest($2) as s, unnest($3) as g, unnest($4) as x, unnest($5) as y) "
        "select 'l' || l as label, 's' || s as stratum, 'g' || g as group_id, x, y from columns",
        [columns[key].tolist() for key in ("label", "stratum", "group", "x", "y")],
    )
    return connection.execute(
        "select rho, low, high from spearmans('ranked_rows') order by label"
    ).fetchall()


def sample(seed: int, groups: int) -> dict[str, npt.NDArray[np.generic]]:
    """Numbers with many ties, alike within a group, of three strata that lie apart."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), random.integers(1, 12, groups))
    stratum = group % 3
    x = np.floor(random.normal(4, 2, groups)[group] + random.normal(0, 2, group.size))
    y = np.floor(0.5 * x + 6 * stratum + random.normal(0, 2, group.size))
    return {"label": np.zeros(group.size, int), "stratum": stratum, "group": group, "x": x, "y": y}


def within(columns: dict[str, npt.NDArray[np.generic]]) -> float:
    """Correlation of ranks, as shares of their stratum, from its mean."""
    shares = []
    for key in ("x", "y"):
        share = np.zeros(columns[key].size)
        for one in np.unique(columns["stratum"]):
            own = columns["stratum"] == one
            share[own] = (rankdata(columns[key][own]) - (own.sum() + 1) / 2) / own.sum()
        shares.append(share)
    return float(np.sum(shares[0] * shares[1]) / np.sqrt(np.prod([np.sum(s**2) for s in shares])))


def test_of_one_stratum_it_is_that_of_scipy(connection: duckdb.DuckDBPyConnection) -> None:
    columns = sample(1, 80) | {"stratum": np.zeros(sample(1, 80)["x"].size, int)}
    ((rho, low, high),) = spearmans(connection, columns)
    assert rho == pytest.approx(spearmanr(columns["x"], columns["y"]).statistic)
    assert low < rho < high


@pytest.mark.parametrize("groups", [15, 150])
def test_intervals_are_those_of_a_jackknife_over_groups(
    connection: duckdb.DuckDBPyConnection, groups: int
) -> None:
    columns = sample(2, groups)
    ((rho, low, high),) = spearmans(connection, columns)
    assert rho == pytest.approx(within(columns))
    without = [
        within({key: column[columns["group"] != g] for key, column in columns.items()})
        for g in range(groups)
    ]
    half = Z * (1 + 1.21 / (groups - 1)) * np.sqrt((groups - 1) * np.var(without))
    assert (high - low) / 2 == pytest.approx(half, rel=0.15 if groups < 50 else 0.03)


def test_without_spread_or_groups_there_is_none(connection: duckdb.DuckDBPyConnection) -> None:
    columns = sample(3, 9)
    ((rho, low, high),) = spearmans(connection, columns)
    assert rho is not None
    assert (low, high) == (None, None)
    flat = sample(3, 40) | {"y": np.ones(sample(3, 40)["x"].size)}
    assert spearmans(connection, flat) == [(None, None, None)]


def test_the_interval_covers_the_truth(connection: duckdb.DuckDBPyConnection) -> None:
    """400 samples of 60 groups that are alike within; the true rho is known of two normals."""
    random = np.random.default_rng(7)
    columns: dict[str, list[Floats]] = {key: [] for key in ("label", "stratum", "group", "x", "y")}
    for trial in range(400):
        group = np.repeat(np.arange(60), 6)
        shared, own = random.normal(size=(2, 60)), random.normal(size=(2, 360))
        x, z = np.sqrt(0.3) * shared[:, group] + np.sqrt(0.7) * own
        size = np.ones(360)
        y = 0.5 * x + np.sqrt(0.75) * z
        for key, part in zip(columns, (trial * size, 0 * size, group, x, y), strict=True):
            columns[key].append(part)
    joined = {key: np.concatenate(parts) for key, parts in columns.items()}
    for key in ("label", "stratum", "group"):
        joined[key] = joined[key].astype(int)
    truth = 6 / np.pi * np.arcsin(0.5 / 2)
    covered = [low < truth < high for _, low, high in spearmans(connection, joined)]
    assert len(covered) == 400
    assert 0.92 <= np.mean(covered) <= 0.98
