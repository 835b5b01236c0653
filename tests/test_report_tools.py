"""The figures of the report Tools."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.sections import Parts, Row, answers, changed, group, interval, one_part

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


def test_tools_called_as_often_are_all_named(warehouse: Path, tmp_path: Path) -> None:
    copy = changed(
        warehouse,
        tmp_path,
        "create temp table one as from fct_tool_calls where tool_name = 'terminal' "
        "order by conversation_id, turn_index, block_index limit 3",
        "delete from fct_tool_calls",
        "insert into fct_tool_calls select one.* replace (name as tool_name) "
        "from one cross join (values ('b'), ('a')) as names (name)",
    )
    assert one_part(copy, "tools/01_calls")["answer"][0] == {
        "lead": "a and b are called most, 3 times each.",
        "rest": "2 tools are called in all.",
    }


def test_missing_category_is_not_compared_with(warehouse: Path, tmp_path: Path) -> None:
    update = "update fct_tool_calls set category = null"
    none = one_part(changed(warehouse, tmp_path, update), "tools/02_kinds")["answer"][0]
    assert none["rest"] == "No category is recorded for any call."
    partly = changed(warehouse, tmp_path, f"{update} where source = 'swift'")
    some = one_part(partly, "tools/02_kinds")["answer"][0]
    assert some["rest"].startswith("By category the share goes from")
    assert "not recorded" not in some["rest"]


def test_each_idle_tool_is_named_or_counted(warehouse: Path, tmp_path: Path) -> None:
    def lead(count: int) -> str:
        copy = changed(
            warehouse,
            tmp_path,
            "create temp table one as from dim_tools where tool_name = 'terminal' limit 1",
            "delete from dim_tools",
            "insert into dim_tools select one.* replace ('t' || n as tool_name, "
            "0 as call_count, 5 as offered_conversation_count) "
            f"from one cross join range({count}) as numbers (n)",
        )
        return str(one_part(copy, "tools/04_never_called")["answer"][0]["lead"])

    assert lead(6) == "6 of 6 tools offered are never called: t0, t1, t2, t3, t4 and t5."
    assert lead(7) == "7 of 7 tools offered are never called: t0, t1, t2, t3, t4 and 2 others."
