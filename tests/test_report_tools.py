"""The figures of the report Tools."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest
from scipy.stats import spearmanr

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


def test_each_idle_tool_is_named_or_counted_and_seen_where_it_is_offered(
    warehouse: Path, tmp_path: Path
) -> None:
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
        found = one_part(copy, "tools/04_never_called")
        whys = [row["why"] for row in found["examples"]]
        assert whys == [f"offers t{n}, and none calls it" for n in range(min(count, 5))]
        return str(found["answer"][0]["lead"])

    assert lead(6) == "6 of 6 tools offered are never called: t0, t1, t2, t3, t4 and t5."
    assert lead(7) == "7 of 7 tools offered are never called: t0, t1, t2, t3, t4 and 2 others."


def test_tools_of_a_category_are_shares_of_its_calls(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    calls = [call for call in marts["fct_tool_calls"] if call["category"] == "Multi-Tool"]
    share, low, high = interval((group(call), call["tool_name"] == "patch") for call in calls)
    (row,) = [
        row
        for row in found["tools/05_tool_categories"]["rows"]
        if (row["row"], row["column"]) == ("patch", "Multi-Tool")
    ]
    assert (row["value"], row["lo"], row["hi"]) == pytest.approx((share, low, high))
    assert row["n"] == len(calls)


def test_moves_are_those_between_steps_and_each_counts_as_one(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    named: dict[tuple[str, int], list[str]] = defaultdict(list)
    most = Counter(call["tool_name"] for call in marts["fct_tool_calls"] if call["tool_name"])
    top = sorted(most, key=lambda tool: (-most[tool], tool))[:7]
    for call in marts["fct_tool_calls"]:
        tool = call["tool_name"] if call["tool_name"] in top else "(others)"
        named[call["conversation_id"], call["step_index"]].append(tool)
    steps = defaultdict(list)
    for turn in marts["fct_turns"]:
        if turn["role"] == "assistant":
            key = turn["conversation_id"], turn["step_index"]
            steps[key[0]].append((key[1], named.get(key, ["answer"])))
    moves: defaultdict[tuple[str, str], float] = defaultdict(float)
    for own in steps.values():
        for (_, before), (_, after) in pairwise(sorted(own)):
            for one in before:
                for other in after:
                    moves[one, other] += 1 / (len(before) * len(after))
    left: defaultdict[str, float] = defaultdict(float)
    for (one, _), weight in moves.items():
        left[one] += weight
    rows = {(row["row"], row["column"]): row for row in found["tools/06_order"]["rows"]}
    expected = {move for move in moves if move[0] != "answer"}
    assert len(expected) > 40
    for move in expected:
        assert rows[move]["value"] == pytest.approx(moves[move] / left[move[0]], abs=1e-6)
    assert {move for move, row in rows.items() if row["value"] > 0} == expected
    same = sum(weight for (one, other), weight in moves.items() if one == other in top)
    calling = {m: w for m, w in moves.items() if "answer" not in m}
    chance = (
        sum(
            sum(w for (one, _), w in calling.items() if one == tool)
            * sum(w for (_, other), w in calling.items() if other == tool)
            for tool in top
        )
        / sum(calling.values()) ** 2
    )
    text = answers(found)["tools/06_order"]
    assert f"in {same / sum(calling.values()):.1%} of moves" in text
    assert f"by chance it would be {chance:.1%}." in text


def test_a_rho_of_calls_and_length_is_that_of_scipy(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    chars: Counter[str] = Counter()
    for turn in marts["fct_turns"]:
        if turn["role"] in ("user", "assistant", "other") and not turn["has_calls"]:
            chars[turn["conversation_id"]] += turn["body_chars"]
    kept = [one for one in marts["dim_conversations"] if one["duplicate_of_id"] is None]

    def rho(category: str | None) -> float:
        own = [one for one in kept if category in (None, one["category"])]
        lengths = [chars[one["conversation_id"]] for one in own]
        return float(spearmanr(lengths, [one["call_count"] for one in own]).statistic)

    assert f"Spearman's rho {rho(None):.2f} (" in answers(found)["tools/07_length"]
    rows = found["tools/08_length_by_category"]["rows"]
    assert len(rows) == 5
    for row in rows:
        assert row["value"] == pytest.approx(rho(row["label"]))
    parts = found["tools/07_length"]["rows"]
    assert sum(row["n"] for row in parts) == len(kept)
    for row in parts:
        own = [
            c for c in kept if row["from_chars"] <= chars[c["conversation_id"]] <= row["to_chars"]
        ]
        assert len(own) == row["n"]
        counts = sorted(one["call_count"] for one in own)
        assert row["y"] == counts[(len(counts) - 1) // 2]


def test_segments_hold_the_step_at_their_middle(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    calls = defaultdict(lambda: defaultdict(list))
    for call in marts["fct_tool_calls"]:
        calls[call["conversation_id"]][call["step_index"]].append(call)
    segments = defaultdict(list)
    for own in calls.values():
        steps = [own[index] for index in sorted(own)]
        for segment in range(1, 21):
            segments[segment].append(steps[(2 * segment - 1) * len(steps) // 40])
    for row in found["tools/09_calls_by_position"]["rows"]:
        steps = segments[row["segment"]]
        sizes = [len({c["tool_name"] for c in s if c["tool_name"]}) for s in steps]
        expected = [len(s) for s in steps] if row["series"] == "Calls" else sizes
        assert (row["n"], row["y"]) == (len(steps), pytest.approx(mean(expected)))
    for row in found["tools/10_errors_by_position"]["rows"]:
        failing = [call["is_error"] for s in segments[row["segment"]] for call in s]
        assert (row["n"], row["errors"]) == (len(failing), sum(failing))


def test_no_move_and_no_length_are_said(warehouse: Path, tmp_path: Path) -> None:
    single = changed(
        warehouse,
        tmp_path,
        "create temp table one as select conversation_id, min(step_index) as step_index "
        "from fct_steps where has_calls group by conversation_id",
        "delete from fct_steps where (conversation_id, step_index) not in (from one)",
    )
    assert one_part(single, "tools/06_order")["answer"][0]["lead"] == (
        "No step that calls a tool is followed by another turn."
    )
    same = changed(warehouse, tmp_path, "update dim_conversations set call_count = 3")
    assert one_part(same, "tools/07_length")["answer"][0]["lead"] == (
        "Conversations do not differ in length, or not in calls."
    )
    assert one_part(same, "tools/08_length_by_category")["rows"] == []
