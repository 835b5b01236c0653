"""The figures of the report Errors on episodes and first errors, computed a second time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median_low

import duckdb
import pytest

from tests.sections import Parts, Row, changed, group, interval, one_part

pytest_plugins = ["tests.report_data"]

Z = 1.959963984540054


def resolved_share(episodes: Sequence[Row], k: int, weights: Mapping[str, float]) -> float:
    """Share resolved within k steps, step by step: a cut episode counts up to its own step."""
    left = 1.0
    for step in range(k + 1):
        at_risk = solved = 0.0
        for episode in episodes:
            leaves = episode["is_resolved"] or episode["fate"] == "cut"
            if not leaves or episode["step_count"] >= step:
                weight = weights.get(group(episode), 1.0)
                at_risk += weight
                solved += weight * (episode["is_resolved"] and episode["step_count"] == step)
        left *= 1 - (solved / at_risk if at_risk else 0)
    return 1 - left


def resolved_interval(episodes: Sequence[Row], k: int) -> tuple[float, float, float]:
    """The share and its interval: what each group adds is the slope of the share in its weight."""
    share = resolved_share(episodes, k, {})
    groups = sorted({group(episode) for episode in episodes})
    step = 1e-5
    slopes = [
        (resolved_share(episodes, k, {g: 1 + step}) - resolved_share(episodes, k, {g: 1 - step}))
        / (2 * step)
        for g in groups
    ]
    count = len(groups)
    variance = count / (count - 1) * sum(slope**2 for slope in slopes)
    uncut = sum(episode["fate"] != "cut" or episode["step_count"] >= k for episode in episodes)
    worth = min(uncut, share * (1 - share) / variance)
    z = Z * (1 + 1.21 / (count - 1))
    middle = (share + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z / (1 + z**2 / worth)
    half *= math.sqrt(share * (1 - share) / worth + z**2 / (4 * worth**2))
    return share, middle - half, middle + half


@pytest.mark.parametrize("k", [1, 2, 5, 10, 11])
def test_recovery_is_kaplan_meiers_with_a_clustered_interval(
    found: dict[str, Parts], marts: dict[str, list[Row]], k: int
) -> None:
    row = found["errors/08_recovery"]["rows"][k - 1]
    expected = resolved_interval(marts["fct_episodes"], k)
    assert (row["share"], row["lo"], row["hi"]) == pytest.approx(expected, rel=1e-6)
    solved = [e for e in marts["fct_episodes"] if e["is_resolved"] and e["step_count"] <= k]
    assert row["resolved"] == len(solved)


def test_without_cut_episodes_recovery_is_a_plain_share(
    warehouse: Path, marts: dict[str, list[Row]], tmp_path: Path
) -> None:
    copy = changed(warehouse, tmp_path, "update fct_episodes set fate = 'last' where fate = 'cut'")
    for row in one_part(copy, "errors/08_recovery")["rows"]:
        within = [
            (group(e), e["is_resolved"] and (e["step_count"] <= row["x"] or row["x"] == 11))
            for e in marts["fct_episodes"]
        ]
        assert (row["share"], row["lo"], row["hi"]) == pytest.approx(interval(within))
        assert row["n"] == len(marts["fct_episodes"])


def test_the_last_point_has_what_comes_after_ten_steps(warehouse: Path, tmp_path: Path) -> None:
    late = "update fct_episodes set step_count = step_count + 40 where is_resolved"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        resolved = connection.execute(
            "select count(*) from fct_episodes where is_resolved"
        ).fetchone()
    rows = one_part(changed(warehouse, tmp_path, late), "errors/08_recovery")["rows"]
    assert [row["resolved"] for row in rows[:10]] == [0] * 10
    assert [row["share"] for row in rows[:10]] == [0] * 10
    assert rows[10]["label"] == "the end"
    assert (rows[10]["resolved"],) == resolved
    assert rows[10]["resolved"] > 100


def test_everything_cut_leaves_nothing_to_say(warehouse: Path, tmp_path: Path) -> None:
    cut = "update fct_episodes set fate = 'cut', is_resolved = false, step_count = 0"
    copy = changed(warehouse, tmp_path, cut)
    section = one_part(copy, "errors/08_recovery")
    assert section["answer"][0]["lead"].startswith("Every episode is cut")
    assert {row["share"] for row in section["rows"]} == {0}
    (answer,) = one_part(copy, "errors/10_class_recovery")["answer"]
    assert answer["lead"] == "There is no episode to resolve."


def test_all_resolved_at_once(warehouse: Path, tmp_path: Path) -> None:
    """Where nobody is left the curve is at 1, with an interval below it."""
    done = "update fct_episodes set fate = 'resolved_same_target', is_resolved = true, step_count=1"
    rows = one_part(changed(warehouse, tmp_path, done), "errors/08_recovery")["rows"]
    assert {(row["share"], row["hi"]) for row in rows} == {(1, 1)}
    assert all(0.8 < row["lo"] < 1 for row in rows)


def after(calls: Sequence[Row], is_error: bool) -> list[tuple[str, bool]]:
    """Whether a call worked, for those whose previous one of the tool in the exchange was so."""
    keys = ("conversation_id", "exchange_index", "tool_name")
    place = (*keys, "turn_index", "block_index")
    ordered = sorted(
        calls, key=lambda call: [str(call[k]) if k in keys else call[k] for k in place]
    )
    pairs = []
    for _, same in groupby(ordered, key=lambda call: [call[k] for k in keys]):
        run = list(same)
        pairs += [(a, b) for a, b in pairwise(run) if a["is_error"] is is_error]
    return [(group(call), not call["is_error"]) for _, call in pairs]


def test_recovery_stands_beside_the_next_call_after_one_that_worked(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    section = found["errors/08_recovery"]
    (mark,) = section["marks"]
    rest = section["answer"][0]["rest"]
    for is_error in (False, True):
        calls = after(marts["fct_tool_calls"], is_error)
        share, low, high = interval(calls)
        expected = f"{share:.1%} ({low * 100:.1f}–{high * 100:.1f}%, n = {len(calls)} calls)"
        assert expected in rest
        if not is_error:
            assert mark["at"] == pytest.approx(share)


def test_fates_and_what_they_took(found: dict[str, Parts], marts: dict[str, list[Row]]) -> None:
    names = {"resolved_same_target": "resolved, same target"}
    names |= {"resolved_other_target": "resolved, other target"}
    rows = found["errors/09_fates"]["rows"]
    assert sum(row["episodes"] for row in rows) == len(marts["fct_episodes"])
    for row in rows:
        is_of = [names.get(e["fate"], e["fate"]) == row["label"] for e in marts["fct_episodes"]]
        of_fate = [e for e, yes in zip(marts["fct_episodes"], is_of, strict=True) if yes]
        every = [(group(e), yes) for e, yes in zip(marts["fct_episodes"], is_of, strict=True)]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(every))
        assert row["steps"] == median_low([e["step_count"] for e in of_fate])
        assert row["words"] == median_low([e["think_words"] for e in of_fate])
        told = [e["is_failure_mentioned"] for e in of_fate if e["is_failure_mentioned"] is not None]
        assert row["mentioned_n"] == len(told)
        assert row["mentioned"] == pytest.approx(sum(told) / len(told))


def test_classes_that_are_least_often_resolved_come_first(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = found["errors/10_class_recovery"]["rows"]
    ends = [row["hi"] for row in rows if not row["few"]]
    assert ends == sorted(ends)
    assert [row["few"] for row in rows] == sorted(row["few"] for row in rows)
    for row in rows:
        of_class = [
            (group(e), e["is_resolved"])
            for e in marts["fct_episodes"]
            if e["fate"] != "cut" and e["class"].replace("_", " ") == row["label"]
        ]
        assert (row["n"], row["resolved"]) == (len(of_class), sum(hit for _, hit in of_class))
        if row["lo"] is not None:
            assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(of_class))


def test_each_episode_to_read_is_of_the_kinds_it_is_said_to_be(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    rows = found["errors/11_episodes"]["rows"]
    listed = Counter(kind for row in rows for kind in row["why"].split(", "))
    assert listed == dict.fromkeys(
        ("longest", "most errors", "most thinking", "same call again", "given up", "cut"), 5
    )
    keys = [(row["conversation_id"], row["turn_index"], row["tool"]) for row in rows]
    assert len(keys) == len(set(keys))
    for kind, column in (
        ("longest", "step_count"),
        ("most errors", "error_count"),
        ("most thinking", "think_words"),
        ("same call again", "repeat_count"),
    ):
        shown = {"step_count": "steps", "error_count": "errors", "think_words": "words"}
        name = shown.get(column, "repeats")
        best = sorted((e[column] for e in marts["fct_episodes"]), reverse=True)[:5]
        chosen = [row[name] for row in rows if kind in row["why"].split(", ")]
        assert sorted(chosen, reverse=True) == best
    for row in rows:
        kinds = row["why"].split(", ")
        assert ("cut" in kinds) <= (row["fate"] == "cut")
        assert ("given up" in kinds) <= (row["fate"] in ("dropped", "last") and row["errors"] > 2)


def test_first_errors_are_counted_among_the_steps_before_them(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    first: dict[str, int] = {}
    for error in marts["fct_errors"]:
        key = error["conversation_id"]
        first[key] = min(error["step_index"], first.get(key, error["step_index"]))
    steps: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for one in marts["dim_conversations"]:
        if one["duplicate_of_id"] is None:
            key = one["conversation_id"]
            for index in range(first.get(key, one["step_count"] - 1) + 1):
                label = f"step {index + 1}" if index < 5 else "steps 6–10"
                steps[label].append((group(one), first.get(key) == index))
    rows = found["errors/12_first_errors"]["rows"]
    assert [row["label"] for row in rows] == list(steps)
    for row in rows:
        cases = steps[row["label"]]
        assert (row["n"], row["errors"]) == (len(cases), sum(hit for _, hit in cases))
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
    assert sum(row["errors"] for row in rows) == len(first)


def test_first_errors_by_tool_and_class(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    place = ("conversation_id", "turn_index", "block_index")
    first: dict[str, Row] = {}
    for error in sorted(marts["fct_errors"], key=lambda error: [error[k] for k in place]):
        first.setdefault(error["conversation_id"], error)
    rows = found["errors/13_first_classes"]["rows"]
    assert sum(row["errors"] for row in rows) == len(first)
    for row in rows:
        pair = (row["tool"], row["class"])
        every = [
            (group(e), (e["tool_name"], e["class"].replace("_", " ")) == pair)
            for e in first.values()
        ]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(every))
        example = first[row["conversation_id"]]
        assert (example["turn_index"], example["tool_name"]) == (row["turn_index"], row["tool"])


def test_errors_without_a_step_are_no_first_errors_of_a_step(
    warehouse: Path, tmp_path: Path
) -> None:
    copy = changed(warehouse, tmp_path, "update fct_errors set step_index = null")
    before = one_part(warehouse, "errors/12_first_errors")
    section = one_part(copy, "errors/12_first_errors")
    assert {row["errors"] for row in section["rows"]} == {0}
    assert section["answer"][0]["lead"] == before["answer"][0]["lead"]
    assert "% of conversations have at least one error" in section["answer"][0]["lead"]
    assert "Half of the first errors" not in section["answer"][0]["rest"]
