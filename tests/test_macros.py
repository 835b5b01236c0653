"""The catalog macros of reports/macros/: statistics against scipy and row-wise Python."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy.stats import binomtest

from tests.catalog import with_macros

Z = 1.959963984540054

Groups = Sequence[tuple[int, int]]  # (hits, cases) of each group


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return with_macros()


def value(connection: duckdb.DuckDBPyConnection, expression: str) -> object:
    row = connection.execute(f"select {expression}").fetchone()
    assert row is not None
    return row[0]


def wilson(share: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's interval, written the textbook way."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def clustered(groups: Groups) -> tuple[float, float]:
    """The clustered interval from the rows, as DESIGN.md writes it."""
    hits, cases, count = sum(k for k, _ in groups), sum(n for _, n in groups), len(groups)
    share = hits / cases
    variance = count / (count - 1) * sum((k - share * n) ** 2 for k, n in groups) / cases**2
    if share in (0, 1):
        effective: float = count
    elif variance == 0:
        effective = cases
    else:
        effective = min(cases, share * (1 - share) / variance)
    return wilson(share, effective, Z * (1 + 1.21 / (count - 1)))


def from_sums(connection: duckdb.DuckDBPyConnection, groups: Groups) -> tuple[object, object]:
    """The macros' interval from the five sums."""
    sums = (
        sum(k for k, _ in groups),
        sum(n for _, n in groups),
        len(groups),
        sum(k * k for k, _ in groups),
        sum(k * n for k, n in groups),
        sum(n * n for _, n in groups),
    )
    listed = ", ".join(map(str, sums))
    row = connection.execute(
        f"select wilson_low_clustered({listed}), wilson_high_clustered({listed})"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (1, 174_072), (14_800, 174_072)]
)
def test_wilson_is_that_of_scipy(connection: duckdb.DuckDBPyConnection, k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(method="wilson")
    assert value(connection, f"wilson_low({k}, {n})") == pytest.approx(expected.low, abs=1e-12)
    assert value(connection, f"wilson_high({k}, {n})") == pytest.approx(expected.high, abs=1e-12)


def test_wilson_takes_columns_and_is_null_without_cases(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = connection.execute(
        "select wilson_low(k, n), wilson_high(k, n) from (values (0, 0), (null, 5), (5, 5)) v(k, n)"
    ).fetchall()
    assert rows[:2] == [(None, None), (None, None)]
    assert rows[2][1] == 1


def test_clustered_interval_is_the_one_computed_from_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    random = np.random.default_rng(7)
    for count in (10, 11, 40, 300):
        sizes = random.integers(1, 60, count)
        hits = random.binomial(sizes, random.beta(0.6, 2, count))
        groups = [(int(k), int(n)) for k, n in zip(hits, sizes, strict=True)]
        assert from_sums(connection, groups) == pytest.approx(clustered(groups), abs=1e-12)


def test_interval_by_a_variance_is_the_clustered_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for sums in (
        "30, 100, 10, 130, 320, 1100",
        "0, 90, 12, 0, 0, 700",
        "90, 90, 12, 700, 700, 700",
    ):
        hits, cases, groups, *_ = sums.split(", ")
        given = f"{hits} / {cases}, {cases}, {groups}, clustered_variance({sums})"
        for end in ("low", "high"):
            expected = value(connection, f"wilson_{end}_clustered({sums})")
            assert value(connection, f"share_{end}_by_variance({given})") == pytest.approx(expected)
    for end in ("low", "high"):
        assert value(connection, f"share_{end}_by_variance(0.5, 9, 9, 0.1)") is None


def test_special_cases_of_the_clustered_interval(connection: duckdb.DuckDBPyConnection) -> None:
    wide = Z * (1 + 1.21 / 19)
    # nothing shows how alike a group is: each group counts as one case
    assert from_sums(connection, [(0, 50)] * 20) == pytest.approx(wilson(0, 20, wide))
    assert from_sums(connection, [(50, 50)] * 20) == pytest.approx(wilson(1, 20, wide))
    # groups that are all alike inform as much as independent cases, never more
    assert from_sums(connection, [(10, 50)] * 20) == pytest.approx(wilson(0.2, 1000, wide))
    # groups that agree in themselves inform as much as one case each (but for G − 1)
    apart = [(50, 50)] * 5 + [(0, 50)] * 15
    assert from_sums(connection, apart) == pytest.approx(wilson(0.25, 19, wide))
    # fewer than ten groups, no case at all: no interval
    assert from_sums(connection, [(1, 2)] * 9) == (None, None)
    assert from_sums(connection, [(0, 0)] * 12) == (None, None)


def test_clustered_interval_covers_where_the_plain_one_does_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Beta-binomial prompts: half of what a prompt's calls do is decided by the prompt."""
    random = np.random.default_rng(20261124)
    share, alike, trials, count = 0.2, 0.5, 4000, 60
    odds = (1 - alike) / alike
    rates = random.beta(share * odds, (1 - share) * odds, (trials, count))
    sizes = random.integers(5, 40, (trials, count))
    hits = random.binomial(sizes, rates)
    columns = [
        hits.sum(1), sizes.sum(1), (hits**2).sum(1), (hits * sizes).sum(1), (sizes**2).sum(1),
    ]  # fmt: skip
    lists = [[int(x) for x in column] for column in columns]
    clustered_share, plain_share = connection.execute(
        f"""
        with sums as (select unnest(?) k, unnest(?) n, unnest(?) kk, unnest(?) kn, unnest(?) nn)
        select
            avg(({share} between wilson_low_clustered(k, n, {count}, kk, kn, nn)
                and wilson_high_clustered(k, n, {count}, kk, kn, nn))::int),
            avg(({share} between wilson_low(k, n) and wilson_high(k, n))::int)
        from sums
        """,
        lists,
    ).fetchall()[0]
    assert 0.935 < clustered_share < 0.975
    assert plain_share < 0.6


def test_aggregates_and_tables_of_shares(connection: duckdb.DuckDBPyConnection) -> None:
    """A prompt group of two sources is one group of the pooled share."""
    random = np.random.default_rng(3)
    hits, sizes = random.integers(0, 5, (2, 15)), random.integers(5, 9, (2, 15))
    rows = [
        ("x", source, f"g{g}", int(hits[s, g]), int(sizes[s, g]))
        for s, source in enumerate(("a", "b"))
        for g in range(15)
    ]
    connection.execute("create or replace temp table cases_here (label text, source text, "
                       "group_id text, hits bigint, cases bigint)")  # fmt: skip
    connection.executemany("insert into cases_here values (?, ?, ?, ?, ?)", rows)
    columns = "hits, cases, group_count, share, low, high"
    pooled = connection.execute(f"select {columns} from pooled_shares('cases_here')").fetchall()
    by_source = connection.execute(
        f"select {columns} from source_shares('cases_here') order by source"
    ).fetchall()
    both = [(int(k), int(n)) for k, n in zip(hits.sum(0), sizes.sum(0), strict=True)]
    groups = [both, *(list(zip(hits[s].tolist(), sizes[s].tolist(), strict=True)) for s in (0, 1))]
    for row, expected in zip([*pooled, *by_source], groups, strict=True):
        k, n = sum(k for k, _ in expected), sum(n for _, n in expected)
        assert row == pytest.approx((k, n, 15, k / n, *clustered(expected)))


def test_parts_are_the_shares_over_every_label_of_every_group(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Rows without a hit need not be there: with them the shares are the same."""
    connection.execute("select setseed(0.4)")
    connection.execute(
        """
        create or replace temp table hits_here as
        select
            'label ' || floor(random() * random() * 7)::int as label,
            case when i % 50 = 0 then 'rare' when i % 3 = 0 then 'b' else 'a' end as source,
            'g' || i % 31 as group_id,
            1 + floor(random() * 9)::bigint as hits
        from range(400) r(i)
        """
    )
    connection.execute(
        """
        create or replace temp table all_cases as
        with
        groups as (
            select source, group_id, sum(hits) as cases from hits_here group by source, group_id
        ),
        labels as (select distinct label from hits_here),
        sums as (
            select label, source, group_id, sum(hits) as hits
            from hits_here group by label, source, group_id
        )
        select label, source, group_id, coalesce(hits, 0) as hits, cases
        from groups cross join labels left join sums using (label, source, group_id)
        """
    )
    for kind in ("source", "pooled"):
        parts, shares = (
            connection.execute(f"from {table} order by all").fetchall()
            for table in (f"{kind}_parts('hits_here')", f"{kind}_shares('all_cases')")
        )
        assert parts == shares
        assert any(row[-1] for row in parts)
    zero, no_interval = connection.execute(
        "select count(*) filter (where hits = 0), count(*) filter (where low is null) "
        "from source_parts('hits_here')"
    ).fetchall()[0]
    assert zero > 0
    assert no_interval > 0


@pytest.mark.parametrize(
    ("low", "cases", "all_cases", "is_enough"),
    [
        (0.1, 19, 4999, False),
        (0.1, 20, 4999, True),
        (0.1, 99, 5000, False),
        (0.1, 100, 5000, True),
        ("null", 5000, 5000, False),
    ],
)
def test_few_cases_or_groups_are_not_compared(
    connection: duckdb.DuckDBPyConnection,
    low: float | str,
    cases: int,
    all_cases: int,
    is_enough: bool,
) -> None:
    assert value(connection, f"is_comparable({low}, {cases}, {all_cases})") is is_enough


def test_worst_share_is_of_what_can_be_compared(connection: duckdb.DuckDBPyConnection) -> None:
    """A label whose every case is a hit, but with few of them, is told of and not named."""
    connection.execute(
        """
        create or replace temp table judged_here as
        select 'bad' as label, 's' as source, 'g' || i as group_id, 3 as hits, 4 as cases
        from range(12) r(i)
        union all select 'good', 's', 'g' || i, 0, 4 from range(12) r(i)
        union all select 'rare', 's', 'g' || i, 1, 1 from range(12) r(i)
        """
    )
    places = connection.execute(
        "select label, is_enough from judged_shares('judged_here') order by place"
    ).fetchall()
    assert places == [("bad", True), ("good", True), ("rare", False)]
    worst, lead, rest = connection.execute(
        "select worst_label, lead, rest from worst_shares('judged_here', 'tool', 'tools')"
    ).fetchall()[0]
    assert worst == "bad"
    assert lead.startswith("Worst is bad, 75.0% of its calls (")
    assert rest.startswith("The lowest share has good, 0% of its calls (")
    assert rest.endswith("n = 48 calls). Too few calls to be compared: 1 tool.")
    connection.execute("update judged_here set hits = 0 where label <> 'rare'")
    assert connection.execute(
        "select worst_label, lead from worst_shares('judged_here', 'tool', 'tools')"
    ).fetchall() == [(None, "No call of tools with enough calls has an error.")]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("share_text(0.191)", "19.1%"),
        ("share_text(0)", "0%"),
        ("share_text(1)", "100%"),
        ("share_text(0.99996)", ">99.9%"),
        ("share_text(0.00312)", "0.31%"),
        ("share_text(0.009996)", "1.0%"),
        ("share_text(0.00002)", "<0.01%"),
        ("share_text(null)", "–"),
        ("count_text(174711)", "174,711"),
        ("count_text(-1200::hugeint)", "−1,200"),
        ("count_text(null)", "–"),
        ("range_text(0.181, 0.2024)", "18.1–20.2%"),
        ("range_text(0.0011, 0.0042)", "0.11–0.42%"),
        ("range_text(null, 0.2)", "–"),
        ("number_text(1234.56)", "1,234.6"),
        ("number_text(-0.04)", "0.0"),
        ("number_text(-2.25)", "−2.3"),
        ("number_text(null)", "–"),
        ("counted(1, 'call', 'calls')", "1 call"),
        ("estimate_text(0.191, 0.181, 0.202, 5357, 'calls')", "19.1% (18.1–20.2%, n = 5,357 calls)"),
        ("estimate_text(1, null, null, 1, 'calls')", "100% (no interval, n = 1 call)"),
        ("short_text('a  b' || chr(10) || 'cdef', 6)", "a b c…"),
        ("listed(['a', 'b', 'c'])", "a, b and c"),
        ("listed([])", ""),
        ("compared('Calls', ['a 1'])", ""),
        ("compared('Calls', ['a 1', 'b 2'])", " Calls, by source: a 1; b 2."),
        ("compared('Calls', ['a', 'b', 'c', 'd', 'e', 'f'])",
         " Calls, by source: a; b; c; d; e; and 1 more source."),
    ],
)  # fmt: skip
def test_formats(connection: duckdb.DuckDBPyConnection, expression: str, text: str) -> None:
    assert value(connection, expression) == text


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("File not found: pages/migration.md", "File not found: <path>"),
        ("bash: line 12: rg: command not found", "bash: line <n>: rg: command not found"),
        ("KeyError: 'foter'", "KeyError: <text>"),
        ("can't open file 'x y.py': [Errno 2]", "can't open file <text>: [Errno <n>]"),
        ("Element @e14 not found", "Element @e<n> not found"),
        ("GET https://a.example/b?c=1 gave 404", "GET <url> gave <n>"),
        ("object at 0x7f3a9c of deadbeef01", "object at <id> of <id>"),
        ("took 1.5 s\n\n  of 10:30", "took <n> s of <n>"),
        (r'{"error": "no \"such\" thing"}', "{<text>: <text>}"),
    ],
)
def test_messages_that_differ_in_names_and_numbers_are_one(
    connection: duckdb.DuckDBPyConnection, message: str, shape: str
) -> None:
    row = connection.execute("select message_shape(?)", [message]).fetchone()
    assert row == (shape,)


def test_macros_answer_in_a_fresh_read_only_shell(demo_home: Path) -> None:
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("duckdb")), "-readonly", "-list", "-noheader"),
            *(str(demo_home / "warehouse.duckdb"), "-c"),
            "select wilson_low(3, 10), wilson_low_clustered(30, 100, 10, 90, 300, 1000)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    plain, by_groups = map(float, done.stdout.strip().split("|"))
    assert plain == pytest.approx(0.10779126740630104)
    assert by_groups == pytest.approx(clustered([(3, 10)] * 10)[0])
