"""The figures of the report Overview."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from pathlib import Path

from tests.sections import Parts, Row, changed, one_part

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


# What is not recorded is none: no figure, no category


def test_source_without_any_thought_has_no_share_of_them(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse, tmp_path, "update fct_turns set has_thought = false where source = 'swift'"
    )
    section = one_part(copy, "overview/02_shares")
    thoughts = [row for row in section["rows"] if row["measure"] == "Turns with a thought"]
    assert [row["source"] for row in thoughts] == ["steady"]
    rest = section["answer"][0]["rest"]
    assert f"n = {thoughts[0]['n']} turns" in rest
    assert "Thoughts are not recorded in 1 of 2 sources" in rest
    section = one_part(
        changed(warehouse, tmp_path, "update fct_turns set has_thought = false"),
        "overview/02_shares",
    )
    assert "Turns with a thought" not in {row["measure"] for row in section["rows"]}
    assert section["answer"][0]["rest"] == "Thoughts are not recorded."


def test_missing_category_is_none(warehouse: Path, records: list[Row], tmp_path: Path) -> None:
    largest, second = (
        one for one, _ in Counter(r["category"] for r in records).most_common(2)
    )  # fmt: skip
    missing = sum(r["category"] != largest for r in records)
    others = f"where category <> '{largest}'"
    update = "update dim_conversations set category = null"
    answer = one_part(changed(warehouse, tmp_path, f"{update} {others}"), "overview/03_categories")[
        "answer"
    ][0]
    assert answer["lead"].startswith(f"The only category recorded is {largest}: ")
    assert answer["rest"].startswith(f"No category is recorded for {missing} conversations.")
    answer = one_part(
        changed(warehouse, tmp_path, f"{update} {others} and category <> '{second}'"),
        "overview/03_categories",
    )["answer"][0]
    assert answer["lead"].startswith(f"The largest of 2 categories is {largest}: ")
    section = one_part(changed(warehouse, tmp_path, update), "overview/03_categories")
    assert section["answer"] == [
        {"lead": "No category is recorded for any conversation.", "rest": ""}
    ]
    assert section["rows"] == []


def test_only_the_longest_are_examples_of_length(warehouse: Path, tmp_path: Path) -> None:
    two = "delete from dim_conversations where conversation_id not in (from kept)"
    kept = (
        "create temp table kept as (select conversation_id from dim_conversations "
        "order by turn_count desc, conversation_id limit 1) union all "
        "(select conversation_id from dim_conversations order by turn_count, conversation_id "
        "limit 1)"
    )
    copy = changed(warehouse, tmp_path, kept, two)
    section = one_part(copy, "overview/05_length")
    (example,) = section["examples"]
    longest = int(max(row["hi"] for row in section["rows"] if row["conversations"])) - 1
    assert section["answer"][0]["rest"].startswith(f"The longest has {longest}.")
    assert example["why"] == f"one of the longest: {longest} turns"
    alike = changed(warehouse, tmp_path, "update dim_conversations set turn_count = 7")
    assert one_part(alike, "overview/05_length")["examples"] == []
