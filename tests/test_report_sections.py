"""The SQL of all reports: the contract with the charts, and what any data gives."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tests.sections import (
    FILES,
    ROOT,
    SECTIONS,
    Parts,
    Row,
    answers,
    changed,
    every_part,
    head,
    name,
)

pytest_plugins = ["tests.report_data"]

SHELL = Path(sys.executable).with_name("duckdb")
# they show what comes along or what a build says of itself, whatever the data
OF_NO_DATA = {
    "quality/07_input_tests",
    "claims/01_claims",
    "errors/03_scores",
    "errors/15_scores_by_source",
    "errors/16_class_scores",
}
# what these show is no conversation, or nothing that one turn of one would show
WITHOUT_EXAMPLES = {
    "claims/01_claims": "figures that others published, each beside a section of ours",
    "compare/01_summary": "a table of contents of the sections that follow, which have them",
    "errors/03_scores": "hand labels: of other data, which this warehouse does not hold",
    "errors/15_scores_by_source": "the same labels, by source",
    "errors/16_class_scores": "the same labels, by class",
    "errors/17_rules": "rules; what they find stands at the classes and messages",
    "finetune/08_masks": "shows three conversations whole, what is trained of each",
    "quality/01_row_balance": "files and their rows",
    "quality/02_rejects": "rows of which no conversation was made",
    "quality/06_forced": "what all conversations have in common, or none has",
    "quality/07_input_tests": "tests of the input as a whole",
}
# examples that are fewer than three in the sample, which has fewer of the kind
SCARCE = {
    "compare/05_left_out": "its two sources have the same prompts and categories",
    "course/08_outcomes": "it records no outcomes",
    "course/09_signs": "without outcomes no sign can be judged",
    "course/11_subcategories": "no subcategory has enough prompts to be named",
    "finetune/04_duplicates": "one exact copy",
    "quality/08_secrets": "it holds no secret",
}
# charts whose lo and hi are the ends of a bin or of the middle half
NO_SHARES = {"histogram", "distributions", "trend"}
# what each chart draws, and the columns of its marks that must not be null
CHARTS = {
    "bars": {"label", "value", "text", "tip"},
    "distributions": {"series", "lo", "hi", "value", "tip"},
    "dots": {"label", "value", "lo", "hi", "n", "text", "tip"},
    "heatmap": {"row", "column", "value", "text", "tip"},
    "histogram": {"lo", "hi", "value", "tip"},
    "lines": {"series", "x", "y", "lo", "hi", "tip"},
    "positions": {"row", "column", "value", "text", "tip"},
    "stacked": {"row", "series", "share", "tip"},
    "survival": {"series", "x", "y", "lo", "hi", "tip"},
    "table": set(),
    "trend": {"x", "y", "lo", "hi", "n", "tip"},
}


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


def test_each_section_names_three_to_ten_conversations_or_is_known_not_to(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    examples = {name(path): found[name(path)].get("examples") for path in SECTIONS}
    assert {section for section, rows in examples.items() if rows is None} == set(WITHOUT_EXAMPLES)
    places = {(row["conversation_id"], row["turn_index"]) for row in marts["fct_turns"]}
    places |= {(row["conversation_id"], 0) for row in marts["dim_conversations"]}  # copies too
    few = set()
    for section, rows in examples.items():
        named = [(row["conversation_id"], row["turn_index"]) for row in rows or []]
        assert set(named) <= places, section
        if rows is not None and not 3 <= len({key for key, _ in named}) <= 10:
            few.add(section)
    assert few == set(SCARCE)


def test_shares_lie_in_their_intervals_and_have_an_n(found: dict[str, Parts]) -> None:
    checked = 0
    for path in SECTIONS:
        about = head(path)
        if about["chart"] not in NO_SHARES and about.get("pct") != "false":
            for row in found[name(path)]["rows"]:
                if row.get("lo") is not None:
                    share = next(row[key] for key in ("share", "y", "value") if key in row)
                    assert 0 <= row["lo"] <= share <= row["hi"] <= 1, (path, row)
                    assert row["n"] > 0
                    checked += 1
    assert checked > 80


def test_few_cases_stand_last(found: dict[str, Parts]) -> None:
    flags = [row["few"] for row in found["errors/06_tools"]["rows"]]
    assert flags == sorted(flags)
    assert set(flags) == {False, True}


def test_parts_of_a_bar_and_columns_of_a_heatmap_add_up(found: dict[str, Parts]) -> None:
    for section, key, share in (
        ("overview/04_ends", "row", "share"),
        ("overview/03_categories", "column", "value"),
        ("tools/02_kinds", "column", "value"),
        ("tools/05_tool_categories", "column", "value"),
        ("tools/06_order", "row", "value"),
        ("reasoning/05_combinations", "row", "share"),
        ("reasoning/06_combinations_by_category", "row", "share"),
        ("reasoning/10_steps", "column", "value"),
        ("reasoning/11_segments", "column", "value"),
        ("reasoning/12_characters", "series", "value"),
        ("course/03_ends", "column", "value"),
        ("course/04_ends_by_category", "row", "share"),
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
    for report in {path.parent.name for path in FILES}:
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
        tables = re.findall(
            r"(?:from |join |\(')((?:dim|fct|finetune|secret|seeds\.(?:error|published)|intermediate\.int)_\w+)",
            sql,
        )
        read[path.parent.name] |= {table.rpartition(".")[2] for table in tables}
    assert told == read


def test_empty_warehouse_says_that_there_is_nothing(warehouse: Path, tmp_path: Path) -> None:
    found = every_part(changed(warehouse, tmp_path, "delete from {}"))
    assert all(
        one["rows"] == []
        for section, one in found.items()
        if "headline" not in section and section not in OF_NO_DATA
    )
    assert not re.search(r"\d", " ".join(
        text for section, text in answers(found).items() if section not in OF_NO_DATA
    ))  # fmt: skip


ONE = "(select min(conversation_id) from dim_conversations where error_count > 1)"


def test_one_conversation_has_no_interval_and_is_compared_with_none(
    warehouse: Path, tmp_path: Path
) -> None:
    kept = ("fct_turns", "fct_steps", "fct_thoughts", "fct_tool_calls", "fct_errors", "fct_episodes",
            "fct_metrics", "dim_conversations")  # fmt: skip
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
    tables = ("fct_turns", "fct_steps", "fct_thoughts", "fct_tool_calls", "fct_errors", "fct_episodes",
              "fct_metrics", "dim_conversations", "dim_tools", "dim_files", "finetune_passages")  # fmt: skip
    one = every_part(
        changed(warehouse, tmp_path, *(f"delete from {t} where source <> 'steady'" for t in tables))
    )
    assert not [text for text in answers(one).values() if "by source" in text or "swift" in text]
    assert [row["label"] for row in one["overview/01_totals"]["rows"]] == ["steady"]
    assert one["overview/02_shares"]["rows"][0]["label"] == "Turns that call a tool"
    assert one["reasoning/01_share"]["rows"][0]["label"] == "Opening call"
    assert not [text for text in answers(one).values() if "within sources" in text]


def test_no_calls_and_no_errors_are_said(warehouse: Path, tmp_path: Path) -> None:
    calls = every_part(
        changed(
            warehouse,
            tmp_path,
            "delete from fct_tool_calls",
            "delete from fct_errors",
            "delete from fct_episodes",
            "update fct_turns set call_count = 0, has_calls = false",
            "update fct_steps set call_count = 0, has_calls = false, is_parallel = false",
        ),
        *("tools", "errors", "overview"),
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
            "delete from fct_episodes",
            "update fct_tool_calls set is_error = false",
        ),
        "errors",
    )
    said = answers(none)
    assert said["errors/01_definitions"].startswith("0% of calls have an error by our definition")
    assert said["errors/05_classes"].startswith("There is no error by our definition.")
    assert said["errors/06_tools"].startswith("No call has an error by our definition.")


@pytest.mark.case(56)
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
    found = every_part(copy, "tools", "overview")
    labels = [row["label"] for row in found["tools/01_calls"]["rows"]]
    assert len(labels) == len(set(labels))
    assert labels[-1] == "(no name)"
    assert max(len(text) for text in answers(found).values()) < 1200
    rows = found["overview/03_categories"]["rows"]
    assert {row["value"] for row in rows if row["row"] == "not recorded"} == {0.0, 1.0}
