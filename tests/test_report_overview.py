"""The figures of the report Overview."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from pathlib import Path

from tests.sections import Parts, Row, changed, every_part

pytest_plugins = ["tests.report_data"]


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


def test_row_balance_tells_copies_and_files(found: dict[str, Parts]) -> None:
    section = found["overview/06_row_balance"]
    assert {row["balance"] for row in section["rows"]} == {"balances"}
    assert section["answer"][0]["lead"] == (
        "Every row is accounted for: 315 rows = 315 conversations + 0 rejects + 0 blank lines."
    )


def test_file_that_does_not_balance_is_said_first(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update dim_files set row_count = 170 where source = 'steady'"
    )
    section = every_part(copy)["overview/06_row_balance"]
    assert section["answer"][0]["lead"] == "1 of 2 files does not balance."
    assert section["rows"][0]["balance"] == "off by 5"
