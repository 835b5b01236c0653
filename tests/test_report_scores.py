"""What the report Errors says of its own worth: figures on hand labels, which travel as seeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.labels.__main__ import cli
from bench.labels.score import DEFINITIONS, OURS, Judged
from bench.labels.seed import labels
from bench.labels.table import CLASS_SCORES, SCORES, class_table, score_table
from tests.conftest import ROOT
from tests.sections import Parts, changed, one_part

pytest_plugins = ["tests.report_data"]

SEEDS = ROOT / "seeds"
DATA = ROOT.parent / "shared" / "data"
NAMES = {
    "is_error": "Ours",
    "is_error_hermes_a": "Hermes A",
    "is_error_hermes_b": "Hermes B",
    "is_error_exit_code": "Exit code",
    "is_error_keyword": "Keyword",
}


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def seed(name: str) -> list[dict[str, str]]:
    return read((SEEDS / name).read_text(encoding="utf-8"))


def judged(is_called: Callable[[int, bool], bool]) -> list[Judged]:
    """The labels as read, each called an error or not; one file per source."""
    return [
        Judged(
            label,
            label.source,
            dict.fromkeys(DEFINITIONS, is_called(index, label.is_error)),
            label.side,
            label.class_,
        )
        for index, label in enumerate(labels())
    ]


# The seeds


def test_a_perfect_definition_has_only_hits() -> None:
    rows = judged(lambda _, is_error: is_error)
    errors = sum(row.label.is_error for row in rows)
    line = next(one for one in read(score_table(rows)) if one["source"] == "all")
    assert (line["hit_count"], line["false_alarm_count"], line["miss_count"]) == (
        str(errors), "0", "0"
    )  # fmt: skip
    assert (line["precision"], line["recall"], line["f1"]) == ("1.0000",) * 3
    whole = read(class_table(rows))[0]
    assert (whole["measure"], whole["class"], whole["accuracy"]) == ("class", "", "1.0000")


def test_what_calls_nothing_an_error_has_no_precision() -> None:
    rows = judged(lambda _i, _is: False)
    for line in read(score_table(rows)):
        assert (line["precision"], line["precision_low"], line["hit_count"]) == ("", "", "0")
        assert line["recall"] in ("0.0000", "")
    assert {line["accuracy"] for line in read(class_table(rows))} == {""}


def test_each_line_counts_its_tool_uses_once() -> None:
    rows = judged(lambda index, _: index % 3 == 0)
    lines = read(score_table(rows))
    sources = {row.label.source for row in rows}
    assert len(lines) == len(DEFINITIONS) * (len(sources) + 1) * 2
    for line in lines:
        parts = ("hit_count", "false_alarm_count", "miss_count", "other_count")
        assert sum(int(line[part]) for part in parts) == int(line["use_count"])
    of_sources = [one for one in lines if one["source"] != "all" and one["definition"] == OURS]
    assert sum(int(one["use_count"]) for one in of_sources) == 2 * len(rows)


def test_kept_seeds_agree_with_themselves() -> None:
    for line in seed(SCORES):
        hits, alarms, misses = (
            int(line[f"{name}_count"]) for name in ("hit", "false_alarm", "miss")
        )
        if line["is_weighted"] == "false":
            for name, all_of in (
                ("precision", hits + alarms),
                ("recall", hits + misses),
            ):
                assert line[name] == (f"{hits / all_of:.4f}" if all_of else "")
        if line["f1"]:
            assert 0 <= float(line["f1_low"]) <= float(line["f1"]) <= float(line["f1_high"]) <= 1
    known = {label.class_ for label in labels() if label.is_error}
    assert {line["class"] for line in seed(CLASS_SCORES)} - {""} == known


@pytest.mark.labels
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled traces are not here")
def test_kept_seeds_are_what_the_command_writes_now(tmp_path: Path) -> None:
    arguments = ["score", "--data", str(DATA), "--write", str(tmp_path)]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    for name in (SCORES, CLASS_SCORES):
        assert (tmp_path / name).read_bytes() == (SEEDS / name).read_bytes(), (
            f"renew it: python -m bench.labels score --data {DATA} --write seeds"
        )


# The sections


def test_scores_are_those_of_the_seed(found: dict[str, Parts]) -> None:
    kept = {
        (NAMES[line["definition"]], line["is_weighted"]): line
        for line in seed(SCORES)
        if line["source"] == "all"
    }
    rows = found["errors/03_scores"]["rows"]
    shown = {row["label"] for row in rows}
    for (name, is_weighted), line in kept.items():
        for figure in ("precision", "recall", "f1"):
            label = f"{name}: {figure.replace('f1', 'F1')}"
            assert (label in shown) == bool(line[figure])
            for row in [row for row in rows if row["label"] == label]:
                keys = ("value", "lo", "hi")
                if is_weighted == "true":
                    keys = ("weighted", "weighted_lo", "weighted_hi")
                ends = tuple(float(line[f"{figure}{end}"]) for end in ("", "_low", "_high"))
                assert tuple(row[key] for key in keys) == ends
                if is_weighted == "false":
                    assert row["few"] == (line[f"{figure}_files"] == "0")
                    assert row["value"] == pytest.approx(row["hits"] / row["n"], abs=1e-4) or (
                        figure == "f1"
                    )
    best = max(
        (line for (_, is_weighted), line in kept.items() if is_weighted == "false"),
        key=lambda line: float(line["f1"]),
    )
    assert f"F1 {float(best['f1']):.1%}" in found["errors/03_scores"]["answer"][0]["lead"]


def test_scores_of_sources_and_classes_are_those_of_the_seeds(found: dict[str, Parts]) -> None:
    lines = [
        one for one in seed(SCORES) if one["source"] != "all" and one["is_weighted"] == "false"
    ]
    rows = found["errors/15_scores_by_source"]["rows"]
    assert {(row["source"], row["name"], row["hits"], row["misses"]) for row in rows} == {
        (one["source"], NAMES[one["definition"]], int(one["hit_count"]), int(one["miss_count"]))
        for one in lines
    }
    rows = found["errors/16_class_scores"]["rows"]
    assert len(rows) == len(seed(CLASS_SCORES))
    assert [row["label"] for row in rows[:2]] == ["all, class", "all, side"]
    for row in rows[2:]:
        assert row["few"] == (row["labelled"] < 5 or row["n"] == 0)
        if row["n"]:
            assert row["value"] == pytest.approx(row["correct"] / row["n"], abs=1e-4)


def test_without_scores_the_sections_say_so(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "delete from seeds.error_scores",
        "delete from seeds.error_class_scores",
    )
    for section in ("errors/03_scores", "errors/15_scores_by_source", "errors/16_class_scores"):
        told = one_part(copy, section)
        assert told["rows"] == []
        assert told["answer"][0]["lead"].startswith("No score of a")
