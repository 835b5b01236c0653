"""The SQL of the reports on the built sample: figures, text and the contract with the charts.

Figures are computed a second time from the sample's own Parquet or, row by row, from the marts.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports"
FILES = sorted(REPORTS.glob("*/*.sql"))
SECTIONS = [path for path in FILES if path.name != "headline.sql"]
SHELL = Path(sys.executable).with_name("duckdb")
# what each chart draws, and the columns of its marks that must not be null
CHARTS = {
    "bars": {"label", "value", "text", "tip"},
    "dots": {"label", "value", "lo", "hi", "n", "text", "tip"},
    "heatmap": {"row", "column", "value", "text", "tip"},
    "histogram": {"lo", "hi", "value", "tip"},
    "stacked": {"row", "series", "share", "tip"},
    "table": set(),
}

Row = dict[str, Any]
Parts = dict[str, list[Row]]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def head(path: Path) -> dict[str, str]:
    """The `-- key: value` lines of a file; an indented comment goes on with the line above."""
    text = path.read_text(encoding="utf-8").partition("-- part:")[0]
    joined = re.sub(r"\n--  +", " ", text)
    return dict(re.findall(r"^-- (\w+): *(.*)$", joined, re.MULTILINE))


def opened(warehouse: Path, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A connection as the renderer opens it."""
    connection = duckdb.connect(
        str(warehouse),
        read_only=True,
        config={"enable_external_access": "false", "threads": str(threads)},
    )
    connection.execute("set lock_configuration = true")
    return connection


def parts(connection: duckdb.DuckDBPyConnection, path: Path) -> Parts:
    """The rows of each part of a file."""
    _, *pieces = re.split(
        r"^-- part: (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    found: Parts = {}
    for part, sql in zip(pieces[::2], pieces[1::2], strict=True):
        done = connection.execute(sql)
        columns = [column[0] for column in done.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
        if part != "base":
            found[part] = rows
    return found


def every_part(warehouse: Path, threads: int = 2) -> dict[str, Parts]:
    with opened(warehouse, threads) as connection:
        return {name(path): parts(connection, path) for path in FILES}


def answers(found: Mapping[str, Parts]) -> dict[str, str]:
    """Each section's answer as one text."""
    return {
        section: f"{one['answer'][0]['lead']} {one['answer'][0]['rest']}"
        for section, one in found.items()
        if "answer" in one
    }


@pytest.fixture(scope="module")
def warehouse(demo_home: Path) -> Path:
    return (demo_home / "warehouse.duckdb").resolve()


@pytest.fixture(scope="module")
def found(warehouse: Path) -> dict[str, Parts]:
    """All parts of all files, over the sample."""
    return every_part(warehouse)


@pytest.fixture(scope="module")
def marts(warehouse: Path) -> dict[str, list[Row]]:
    """The facts that are recomputed here, row by row."""
    rows = {}
    with opened(warehouse) as connection:
        for table in ("dim_conversations", "fct_turns", "fct_tool_calls", "fct_errors"):
            done = connection.execute(f"from {table}")
            columns = [column[0] for column in done.description or ()]
            rows[table] = [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
    return rows


@pytest.fixture(scope="module")
def records() -> list[Row]:
    """The sample's own records without exact copies, each with the name of its config."""
    seen: set[str] = set()
    kept = []
    for path in sorted((ROOT / "data" / "sample").glob("*/*.parquet")):
        for record in pq.read_table(path).to_pylist():
            text = json.dumps([record["conversations"], record["task"]])
            if text not in seen:
                kept.append(record | {"config": path.parent.name})
            seen.add(text)
    return kept


def changed(warehouse: Path, folder: Path, *statements: str) -> Path:
    """A copy of the warehouse in which `statements` were run; {} stands for each of its tables."""
    copy = folder / "changed.duckdb"
    shutil.copyfile(warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'main'"
        ).fetchall()
        for statement in statements:
            for table in tables if "{}" in statement else [("",)]:
                connection.execute(statement.replace("{}", table[0]))
    return copy


def interval(rows: Iterable[tuple[str, bool]]) -> tuple[float, float, float]:
    """Share and clustered Wilson interval of (group, is a hit) rows, straight from DESIGN.md."""
    hits: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for group, hit in rows:
        hits[group] += hit
        cases[group] += 1
    n, count = cases.total(), len(cases)
    share = hits.total() / n
    spread = sum((hits[g] - share * cases[g]) ** 2 for g in cases)
    if share in (0, 1):
        effective: float = count
    else:
        effective = min(n, share * (1 - share) / (count / (count - 1) * spread / n**2))
    z = 1.959963984540054 * (1 + 1.21 / (count - 1))
    middle = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = math.sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2))
    half *= z / (1 + z**2 / effective)
    return share, middle - half, middle + half


def group(row: Row) -> str:
    return str(row["prompt_group_id"] or row["conversation_id"])


# The contract


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_file_runs_unchanged_in_a_read_only_shell(path: Path, warehouse: Path) -> None:
    done = subprocess.run(
        [str(SHELL), "-readonly", "-bail", str(warehouse)],
        input=path.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("path", SECTIONS, ids=name)
def test_section_gives_what_its_chart_and_table_need(path: Path, found: dict[str, Parts]) -> None:
    about, section = head(path), found[name(path)]
    needed = CHARTS[about["chart"]]
    columns = {item.partition("=")[0].strip() for item in about["columns"].split("|")}
    assert {"title", "question", "unit", "note", "empty"} <= about.keys()
    for row in section["rows"]:
        assert needed | columns <= row.keys()
        assert all(row[key] is not None for key in needed - {"lo", "hi"})
    (answer,) = section["answer"]
    assert answer["lead"]
    assert answer["rest"] is not None
    for example in section.get("examples", []):
        assert example.keys() == {"conversation_id", "turn_index", "why"}
    assert len(section.get("examples", [])) <= 10


def test_shares_lie_in_their_intervals_and_have_an_n(found: dict[str, Parts]) -> None:
    checked = 0
    for path in SECTIONS:
        if head(path)["chart"] != "histogram":
            for row in found[name(path)]["rows"]:
                if row.get("lo") is not None:
                    share = row["share"] if "share" in row else row["value"]
                    assert 0 <= row["lo"] <= share <= row["hi"] <= 1, (path, row)
                    assert row["n"] > 0
                    checked += 1
    assert checked > 80


def test_few_cases_stand_last(found: dict[str, Parts]) -> None:
    flags = [row["few"] for row in found["errors/03_tools"]["rows"]]
    assert flags == sorted(flags)
    assert set(flags) == {False, True}


def test_parts_of_a_bar_and_columns_of_a_heatmap_add_up(found: dict[str, Parts]) -> None:
    for section, key, share in (
        ("overview/04_ends", "row", "share"),
        ("overview/03_categories", "column", "value"),
        ("tools/02_kinds", "column", "value"),
    ):
        sums: defaultdict[str, float] = defaultdict(float)
        for row in found[section]["rows"]:
            sums[row[key]] += row[share]
        assert list(sums.values()) == pytest.approx([1] * len(sums)), section
    assert len({row["series"] for row in found["overview/04_ends"]["rows"]}) <= 5


def test_order_of_rows_and_threads_change_nothing(
    warehouse: Path, found: dict[str, Parts], tmp_path: Path
) -> None:
    shuffled = changed(
        warehouse,
        tmp_path,
        "create temp table mixed_{} as select own.* from {} own order by md5(own::text)",
        "delete from {}",
        "insert into {} from mixed_{}",
    )
    assert every_part(shuffled, threads=1) == found


def test_key_figures_lead_to_a_section_of_their_report(found: dict[str, Parts]) -> None:
    for report in ("overview", "tools", "errors"):
        anchors = {
            path.stem.partition("_")[2].replace("_", "-")
            for path in SECTIONS
            if path.parent.name == report
        }
        rows = found[f"{report}/headline"]["rows"]
        assert 3 <= len(rows) <= 4
        assert {row["section"] for row in rows} <= anchors


def test_exposures_name_the_tables_that_the_sql_reads() -> None:
    exposures = yaml.safe_load((ROOT / "models" / "exposures.yml").read_text(encoding="utf-8"))
    told = {
        one["name"]: {ref[len("ref('") : -len("')")] for ref in one["depends_on"]}
        for one in exposures["exposures"]
    }
    read: defaultdict[str, set[str]] = defaultdict(set)
    for path in FILES:
        sql = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        read[path.parent.name] |= set(re.findall(r"(?:from|join) ((?:dim|fct)_\w+)", sql))
    assert told == read


# Figures


def test_totals_are_those_of_the_records(found: dict[str, Parts], records: list[Row]) -> None:
    rows = {row["label"]: row for row in found["overview/01_totals"]["rows"]}
    for config in ("steady", "swift", "all sources"):
        own = [r for r in records if config in (r["config"], "all sources")]
        turns = Counter(turn["from"] for r in own for turn in r["conversations"])
        assert rows[config]["conversations"] == len(own)
        assert rows[config]["turns"] == turns.total()
        assert rows[config]["assistant_turns"] == turns["gpt"]
        assert rows[config]["tool_turns"] == turns["tool"]
        assert rows[config]["system_turns"] == turns["system"]
        assert rows[config]["user_turns"] == turns["human"]
    lead = found["overview/01_totals"]["answer"][0]["lead"]
    assert lead.startswith(f"{len(records)} conversations from 2 sources: ")


def test_categories_are_those_of_the_records(found: dict[str, Parts], records: list[Row]) -> None:
    counted = Counter((r["category"], r["config"]) for r in records)
    rows = found["overview/03_categories"]["rows"]
    assert {(row["row"], row["column"]): row["conversations"] for row in rows} == counted


def test_length_is_that_of_the_records(found: dict[str, Parts], records: list[Row]) -> None:
    lengths = sorted(len(r["conversations"]) for r in records)
    section = found["overview/05_length"]
    bins = [(row["lo"], row["hi"], row["conversations"]) for row in section["rows"]]
    assert bins == [(lo, hi, sum(lo <= n < hi for n in lengths)) for lo, hi, _ in bins]
    assert sum(conversations for *_, conversations in bins) == len(lengths)
    assert len(bins) <= 40
    half = statistics.median_low(lengths)
    most = lengths[math.ceil(0.99 * len(lengths)) - 1]
    assert [mark["at"] for mark in section["marks"]] == [half + 0.5, most + 0.5]
    assert section["answer"][0]["lead"] == (
        f"Half of the conversations have at most {half} turns, 99% at most {most}."
    )


def test_calls_per_tool_are_those_of_the_records(
    found: dict[str, Parts], records: list[Row]
) -> None:
    names = re.compile(r'^<tool_call>\n\{"name": ?"(\w+)"', re.MULTILINE)
    counted = Counter(
        tool
        for record in records
        for turn in record["conversations"]
        if turn["from"] == "gpt"
        for tool in names.findall(turn["value"].rpartition("</think>")[2])
    )
    rows = {row["label"]: row["calls"] for row in found["tools/01_calls"]["rows"]}
    assert counted.total() > 1000
    # calls with broken JSON may hide their name from the pattern above, never the reverse
    assert all(rows[tool] >= calls for tool, calls in counted.items())
    assert sum(rows.values()) - counted.total() <= 16


def test_keyword_definition_is_the_notebooks(found: dict[str, Parts], records: list[Row]) -> None:
    bodies = re.compile(r"^<tool_response>\n(.*?)\n</tool_response>$", re.MULTILINE | re.DOTALL)
    flagged = sum(
        bool(re.search(r'error|traceback|"exit_code": ?1', body.lower()))
        for record in records
        for turn in record["conversations"]
        if turn["from"] == "tool"
        for body in bodies.findall(turn["value"])
    )
    rows = {row["label"]: row for row in found["errors/01_definitions"]["rows"]}
    assert rows["Keyword: notebook"]["errors"] == flagged


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("Ours", "is_error"),
        ("Hermes A: tool statistics", "is_error_hermes_a"),
        ("Hermes B: display", "is_error_hermes_b"),
        ("Exit code is not 0", "is_error_exit_code"),
        ("Keyword: notebook", "is_error_keyword"),
    ],
)
def test_definitions_with_their_intervals(
    found: dict[str, Parts], marts: dict[str, list[Row]], label: str, column: str
) -> None:
    row = next(r for r in found["errors/01_definitions"]["rows"] if r["label"] == label)
    calls = [(group(call), call[column]) for call in marts["fct_tool_calls"]]
    assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(calls))
    failing = {call["conversation_id"] for call in marts["fct_tool_calls"] if call[column]}
    conversations = [
        (group(one), one["conversation_id"] in failing)
        for one in marts["dim_conversations"]
        if one["duplicate_of_id"] is None
    ]
    assert (
        row["conversation_share"], row["conversation_lo"], row["conversation_hi"]
    ) == pytest.approx(interval(conversations))  # fmt: skip


def test_shares_of_classes_count_groups_without_the_class(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    for row in found["errors/02_classes"]["rows"]:
        errors = [
            (group(error), error["class"].replace("_", " ") == row["label"])
            for error in marts["fct_errors"]
        ]
        assert (row["share"], row["lo"], row["hi"]) == pytest.approx(interval(errors))


def test_tools_are_sorted_by_the_lower_end(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = [row for row in found["errors/03_tools"]["rows"] if not row["few"]]
    assert [row["lo"] for row in rows] == sorted((row["lo"] for row in rows), reverse=True)
    for row in rows:
        calls = [
            (group(call), call["is_error"])
            for call in marts["fct_tool_calls"]
            if call["tool_name"] == row["label"] and not call["is_unknown_tool"]
        ]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(calls))
    assert found["errors/03_tools"]["answer"][0]["lead"].startswith(f"Worst is {rows[0]['label']},")


def test_both_shares_of_parallel_turns_are_named(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    turns = [turn for turn in marts["fct_turns"] if turn["role"] == "assistant"]
    of_all = [(group(turn), turn["call_count"] > 1) for turn in turns]
    of_calling = [(group(turn), turn["call_count"] > 1) for turn in turns if turn["call_count"]]
    text = answers(found)["tools/03_parallel"]
    for rows, noun in ((of_calling, "the turns that call a tool"), (of_all, "all assistant turns")):
        share, low, high = interval(rows)
        assert (
            f"{share:.1%} of {noun} ({low * 100:.1f}–{high * 100:.1f}%, n = {len(rows):,} turns)"
        ) in text


def test_messages_are_counted_over_their_shapes(found: dict[str, Parts]) -> None:
    rows = {row["message"]: row for row in found["errors/05_messages"]["rows"]}
    assert rows["File not found: <path>"]["errors"] > rows["File not found: <path>"]["tools"]
    assert all(row["conversations"] <= row["errors"] for row in rows.values())


def test_row_balance_tells_copies_and_files(found: dict[str, Parts]) -> None:
    section = found["overview/06_row_balance"]
    assert {row["balance"] for row in section["rows"]} == {"balances"}
    assert section["answer"][0]["lead"] == (
        "Every row is accounted for: 315 rows = 315 conversations + 0 rejects + 0 blank lines."
    )


# Other data


def test_file_that_does_not_balance_is_said_first(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update dim_files set row_count = 170 where source = 'steady'"
    )
    section = every_part(copy)["overview/06_row_balance"]
    assert section["answer"][0]["lead"] == "1 of 2 files does not balance."
    assert section["rows"][0]["balance"] == "off by 5"


def test_empty_warehouse_says_that_there_is_nothing(warehouse: Path, tmp_path: Path) -> None:
    found = every_part(changed(warehouse, tmp_path, "delete from {}"))
    assert all(
        one["rows"] == []
        for section, one in found.items()
        if "headline" not in section and section != "overview/07_input_tests"
    )
    assert not re.search(r"\d", " ".join(
        text for section, text in answers(found).items() if section != "overview/07_input_tests"
    ))  # fmt: skip


ONE = "(select min(conversation_id) from dim_conversations where error_count > 1)"


def test_one_conversation_has_no_interval_and_is_compared_with_none(
    warehouse: Path, tmp_path: Path
) -> None:
    kept = ("fct_turns", "fct_steps", "fct_tool_calls", "fct_errors", "dim_conversations")
    found = every_part(
        changed(
            warehouse,
            tmp_path,
            f"create temp table kept as select {ONE} as conversation_id",
            *(f"delete from {table} where conversation_id not in (from kept)" for table in kept),
        )
    )
    said = answers(found)
    assert said["overview/01_totals"].startswith("1 conversation from 1 source: ")
    assert "(no interval, n = 1 conversation)" in said["overview/04_ends"]
    assert not any("95% interval" in row["interval"] for row in found["errors/headline"]["rows"])
    assert "The only one has" in said["overview/05_length"]


def test_one_source_is_compared_with_none(warehouse: Path, tmp_path: Path) -> None:
    tables = ("fct_turns", "fct_steps", "fct_tool_calls", "fct_errors", "dim_conversations",
              "dim_tools", "dim_files")  # fmt: skip
    one = every_part(
        changed(warehouse, tmp_path, *(f"delete from {t} where source <> 'steady'" for t in tables))
    )
    assert not [text for text in answers(one).values() if "by source" in text or "swift" in text]
    assert [row["label"] for row in one["overview/01_totals"]["rows"]] == ["steady"]
    assert one["overview/02_shares"]["rows"][0]["label"] == "Turns that call a tool"


def test_no_calls_and_no_errors_are_said(warehouse: Path, tmp_path: Path) -> None:
    calls = every_part(
        changed(
            warehouse,
            tmp_path,
            "delete from fct_tool_calls",
            "delete from fct_errors",
            "update fct_turns set call_count = 0, has_calls = false",
            "update fct_steps set call_count = 0, has_calls = false, is_parallel = false",
        )
    )
    said = answers(calls)
    assert said["tools/01_calls"].startswith("No tool is called.")
    assert said["tools/03_parallel"].startswith("No tool is called.")
    assert said["errors/01_definitions"].startswith("No tool is called.")
    assert said["overview/02_shares"].startswith("0% of assistant turns call a tool")
    none = every_part(
        changed(
            warehouse,
            tmp_path,
            "delete from fct_errors",
            "update fct_tool_calls set is_error = false",
        )
    )
    said = answers(none)
    assert said["errors/01_definitions"].startswith("0% of calls have an error by our definition")
    assert said["errors/02_classes"].startswith("There is no error by our definition.")
    assert said["errors/03_tools"].startswith("No call has an error by our definition.")


def test_outcome_is_named_where_one_is_recorded(
    warehouse: Path, found: dict[str, Parts], tmp_path: Path
) -> None:
    assert "No outcome is recorded" in answers(found)["errors/01_definitions"]
    copy = changed(warehouse, tmp_path, "update dim_conversations set outcome_score = 1.0")
    assert (
        "An outcome is recorded for 314 conversations"
        in (answers(every_part(copy))["errors/01_definitions"])
    )


def test_many_tools_kinds_and_long_names_stay_one_row_each(warehouse: Path, tmp_path: Path) -> None:
    """Names as hostile data has them: very long, with line ends, quotes and nulls."""
    copy = changed(
        warehouse,
        tmp_path,
        "update fct_tool_calls set tool_name = repeat('x' || chr(10), 900) || '''\";--' "
        "where tool_name = 'todo'",
        "update fct_tool_calls set tool_name = null where tool_name = 'clarify'",
        "update dim_conversations set category = null where source = 'swift'",
    )
    found = every_part(copy)
    labels = [row["label"] for row in found["tools/01_calls"]["rows"]]
    assert len(labels) == len(set(labels))
    assert labels[-1] == "(no name)"
    assert max(len(text) for text in answers(found).values()) < 1200
    rows = found["overview/03_categories"]["rows"]
    assert {row["value"] for row in rows if row["row"] == "not recorded"} == {0.0, 1.0}
