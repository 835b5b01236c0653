"""The figures of the report Tools."""

from __future__ import annotations

import re
from collections import Counter

from tests.sections import Parts, Row, answers, group, interval

pytest_plugins = ["tests.report_data"]


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
