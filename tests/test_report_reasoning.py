"""The figures of the report Reasoning, from the records of the sample or row by row."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest

from tests.sections import Parts, Row, answers, group, interval

pytest_plugins = ["tests.report_data"]

OPENING, CONTINUING, ANSWERING = "Opening call", "Call after results", "Answer after results"
MARKERS = {
    "Plan": "has_plan",
    "Self-correction": "has_self_correction",
    "Verification": "has_verification",
    "Alternatives": "has_alternatives",
}


def text_parts(value: str) -> tuple[str, bool]:
    """The thought of an assistant's message of the sample, and whether it calls."""
    before, _, rest = value.partition("\n</think>")
    return before.removeprefix("<think>").strip(), "\n<tool_call>\n" in f"\n{rest}"


@pytest.fixture(scope="module")
def turns(marts: dict[str, list[Row]]) -> list[Row]:
    """The assistant turns, with their place in the conversation and among its calls."""
    of: defaultdict[str, list[Row]] = defaultdict(list)
    for turn in marts["fct_turns"]:
        if turn["role"] == "assistant":
            of[turn["conversation_id"]].append(turn)
    rows = []
    for steps in of.values():
        steps.sort(key=lambda turn: turn["turn_index"])
        calling = [turn["turn_index"] for turn in steps if turn["has_calls"]]
        for i, turn in enumerate(steps):
            called = turn["turn_index"]
            place = {"i": i, "count": len(steps), "call_count": len(calling)}
            place["call"] = calling.index(called) if called in calling else -1
            rows.append(turn | place | {"group": group(turn)})
    return rows


def place(turn: Row) -> str:
    if turn["has_calls"]:
        return CONTINUING if turn["is_after_results"] else OPENING
    return ANSWERING if turn["is_after_results"] else "Answer at once"


def strata_difference(
    rows: Sequence[Row], arm: Callable[[Row], bool], of: Callable[[Row], float],
    stratum: Callable[[Row], object],
) -> tuple[float, float, float]:  # fmt: skip
    """Difference of two means within strata that have ten groups in both arms, and its interval by
    a jackknife over the groups."""

    def difference(kept: Sequence[Row], weights: dict[object, int]) -> float:
        cells: defaultdict[tuple[object, bool], list[float]] = defaultdict(list)
        for row in kept:
            cells[stratum(row), arm(row)].append(of(row))
        parts = [
            (weight, statistics.fmean(cells[key, True]) - statistics.fmean(cells[key, False]))
            for key, weight in weights.items()
            if cells[key, True] and cells[key, False]
        ]
        return sum(w * d for w, d in parts) / sum(w for w, _ in parts)

    arms: defaultdict[tuple[object, bool], set[str]] = defaultdict(set)
    for row in rows:
        arms[stratum(row), arm(row)].add(row["group"])
    sizes = Counter(stratum(row) for row in rows)
    weights = {
        key: n for key, n in sizes.items() if min(len(arms[key, True]), len(arms[key, False])) >= 10
    }
    groups = sorted({row["group"] for row in rows})
    whole = difference(rows, weights)
    left = [difference([row for row in rows if row["group"] != g], weights) for g in groups]
    count = len(groups)
    variance = (count - 1) / count * sum((one - statistics.fmean(left)) ** 2 for one in left)
    margin = 1.959963984540054 * (1 + 1.21 / (count - 1)) * math.sqrt(variance)
    return whole, whole - margin, whole + margin


def told(text: str, sentence: str, unit: str) -> tuple[float, float, float]:
    """Difference and interval as a text gives them after `sentence`."""
    number = r"([+−]?[\d.]+)"
    found = re.search(
        rf"{re.escape(sentence)}[^(]*?{number} {unit} \({number} to {number} {unit}", text
    )
    assert found, (sentence, text)
    first, low, high = (float(part.replace("−", "-")) for part in found.groups())
    return first, low, high


def close(found: Iterable[float], expected: Sequence[float], scale: float = 1) -> None:
    """Same difference to the digit written; ends within a tenth of the interval's width, as a
    jackknife and a linearised variance differ a little."""
    value, low, high = found
    width = (expected[2] - expected[1]) * scale
    assert value == pytest.approx(expected[0] * scale, abs=0.0501)
    assert low == pytest.approx(expected[1] * scale, abs=0.1 * width + 0.05)
    assert high == pytest.approx(expected[2] * scale, abs=0.1 * width + 0.05)


def test_share_of_turns_with_a_thought_is_that_of_the_records(
    found: dict[str, Parts], records: list[Row]
) -> None:
    """Counted in the text of the messages; the groups are the prompts."""
    cases: defaultdict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    words: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for record in records:
        said = record["conversations"]
        prompt = next(turn["value"] for turn in said if turn["from"] == "human")
        for before, turn in pairwise(said):
            if turn["from"] == "gpt":
                thought, calls = text_parts(turn["value"])
                flags = {"has_calls": calls, "is_after_results": before["from"] == "tool"}
                key = record["config"], place(flags)
                cases[key].append((prompt, bool(thought)))
                words[key] += [len(thought.split())] if thought else []
    shown = {(row["source"], row["place"]): row for row in found["reasoning/01_share"]["rows"]}
    assert shown.keys() == cases.keys()
    for key, row in shown.items():
        assert row["n"] == len(cases[key])
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases[key]))
    lengths = {(row["source"], row["place"]): row for row in found["reasoning/02_length"]["rows"]}
    assert lengths.keys() == words.keys()
    for key, row in lengths.items():
        assert row["n"] == len(words[key])
        assert row["value"] == pytest.approx(statistics.fmean(words[key]))
        assert row["median"] == statistics.median_low(words[key])
        assert row["median_lo"] <= row["median"] <= row["median_hi"]
        assert row["lo"] < row["value"] < row["hi"]


def test_contrasts_are_differences_within_sources(
    found: dict[str, Parts], turns: list[Row]
) -> None:
    said = answers(found)
    for section, unit, scale, of in (
        ("01_share", "pt", 100, lambda turn: turn["has_thought"]),
        ("02_length", "words", 1, lambda turn: turn["think_words"]),
    ):
        kept = [t for t in turns if t["has_thought"]] if unit == "words" else turns
        for arms, sentence in (
            ((CONTINUING, OPENING), "Calls after results less opening calls"),
            ((CONTINUING, ANSWERING), "Calling less answering"),
        ):
            rows = [turn for turn in kept if place(turn) in arms]

            def is_first(turn: Row) -> bool:
                return place(turn) == CONTINUING

            whole = strata_difference(rows, is_first, of, lambda turn: turn["source"])
            text = said[f"reasoning/{section}"]
            between = text if arms[1] == OPENING else text.partition("fter results, t")[2]
            close(told(between, "difference within sources", unit), whole, scale)
            for source in ("steady", "swift"):
                own = [turn for turn in rows if turn["source"] == source]
                close(
                    told(text.partition(sentence)[2], source, unit),
                    strata_difference(own, is_first, of, lambda _: 0),
                    scale,
                )


def test_position_is_shown_and_made_equal(found: dict[str, Parts], turns: list[Row]) -> None:
    calling = [turn for turn in turns if turn["has_calls"]]
    for row in found["reasoning/03_share_by_step"]["rows"]:
        own = [
            t for t in calling if (t["source"], min(t["i"], 20) + 1) == (row["series"], row["x"])
        ]
        assert row["n"] == len(own)
        assert row["y"] == pytest.approx(statistics.fmean(t["has_thought"] for t in own))
    for row in found["reasoning/04_length_by_step"]["rows"]:
        lengths = [t["think_words"] for t in calling
                   if (t["source"], t["i"] + 1) == (row["series"], row["x"]) and t["has_thought"]]  # fmt: skip
        assert row["y"] == pytest.approx(statistics.fmean(lengths))
        assert row["n"] == len(lengths)
    later = [t for t in turns if t["is_after_results"]]
    for section, unit, scale, of in (
        ("03_share_by_step", "pt", 100, lambda turn: turn["has_thought"]),
        ("04_length_by_step", "words", 1, lambda turn: turn["think_words"]),
    ):
        kept = [t for t in later if t["has_thought"]] if unit == "words" else later
        text = answers(found)[f"reasoning/{section}"]
        halves = strata_difference(
            [t for t in kept if t["has_calls"]],
            lambda t: t["i"] / max(t["count"] - 1, 1) >= 0.5, of, lambda t: t["source"],
        )  # fmt: skip
        close(told(text, "difference within sources", unit), halves, scale)
        steps = strata_difference(
            kept, lambda t: t["has_calls"], of, lambda t: (t["source"], t["i"])
        )
        close(told(text, "at the same step: difference within sources", unit), steps, scale)
    opening = [t for t in calling if not t["is_after_results"]]
    first = sum(t["i"] == 0 for t in opening)
    assert (
        f"Of opening calls {first / len(opening):.1%} are the first step (n = {len(opening)}"
        in answers(found)["reasoning/03_share_by_step"]
    )


def test_combinations_are_counted_per_source_and_category(
    found: dict[str, Parts], turns: list[Row]
) -> None:
    names = {
        (True, True): "Thought and call",
        (True, False): "Thought, no call",
        (False, True): "Call, no thought",
        (False, False): "Neither",
    }
    for section, key in (
        ("05_combinations", "source"),
        ("06_combinations_by_category", "category"),
    ):
        counted = Counter((t[key], names[t["has_thought"], t["has_calls"]]) for t in turns)
        rows = found[f"reasoning/{section}"]["rows"]
        assert {(row["row"], row["series"]): row["turns"] for row in rows} == counted
        for row in rows:
            kept = [t for t in turns if t[key] == row["row"]]
            cases = [
                (t["group"], names[t["has_thought"], t["has_calls"]] == row["series"]) for t in kept
            ]
            assert (row["share"], row["lo"], row["hi"]) == pytest.approx(interval(cases))


def rate(hits: Counter[str], words: Counter[str]) -> str:
    """Hits per 1,000 words with the linearised interval of a ratio of sums over groups."""
    n, count = words.total(), len(words)
    mean = hits.total() / n
    spread = sum((hits[g] - mean * words[g]) ** 2 for g in words)
    half = 1.959963984540054 * (1 + 1.21 / (count - 1))
    half *= math.sqrt(count / (count - 1) * spread / n**2)
    if not hits:
        return "0.00 (no interval)"
    low, high = 1000 * max(mean - half, 0), 1000 * (mean + half)
    return f"{1000 * mean:.2f} ({low:.2f}–{high:.2f})"


def test_behaviours_are_shares_of_thoughts(
    found: dict[str, Parts], marts: dict[str, list[Row]]
) -> None:
    thoughts = marts["fct_thoughts"]
    for row in found["reasoning/07_behaviours"]["rows"]:
        own = [t for t in thoughts if t["source"] == row["source"]]
        cases = [(group(t), t[MARKERS[row["behaviour"]]]) for t in own]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
        hits = Counter(of for of, hit in cases if hit)
        words: Counter[str] = Counter()
        for t in own:
            words[group(t)] += t["think_words"]
        assert row["words"] == words.total()
        assert row["rate"] == rate(hits, words)
    bounds = {"under 10": (0, 10), "10 to 29": (10, 30), "30 to 99": (30, 100),
              "100 to 299": (100, 300)}  # fmt: skip
    rows = found["reasoning/08_behaviours_by_length"]["rows"]
    assert [row["column"] for row in rows[:4]] == list(bounds)
    for row in rows:
        low, high = bounds[row["column"]]
        own = [t for t in thoughts if low <= t["think_words"] < high]
        cases = [(group(t), t[MARKERS[row["row"]]]) for t in own]
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))


def test_course_of_behaviours_is_of_calling_steps_at_equal_length(
    found: dict[str, Parts], marts: dict[str, list[Row]], turns: list[Row]
) -> None:
    places = {(t["conversation_id"], t["turn_index"]): t for t in turns}
    thoughts = [
        thought | {key: where[key] for key in ("call", "call_count", "group")}
        for thought in marts["fct_thoughts"]
        if (where := places[thought["conversation_id"], thought["turn_index"]])["has_calls"]
    ]
    cells: defaultdict[tuple[str, int], list[bool]] = defaultdict(list)
    for thought in thoughts:
        for segment in range(1, 21):
            if math.floor((2 * segment - 1) * thought["call_count"] / 40) == thought["call"]:
                for marker, flag in MARKERS.items():
                    cells[marker, segment].append(thought[flag])
    rows = found["reasoning/09_behaviours_by_position"]["rows"]
    assert len(rows) == len(cells) == 80
    for row in rows:
        own = cells[row["series"], row["x"]]
        assert (row["n"], row["y"]) == (len(own), pytest.approx(statistics.fmean(own)))
    text = answers(found)["reasoning/09_behaviours_by_position"]
    kept = [t for t in thoughts if t["call_count"] > 1
            and (3 * t["call"] <= t["call_count"] - 1 or 3 * t["call"] >= 2 * (t["call_count"] - 1))]  # fmt: skip
    for marker, flag in MARKERS.items():
        expected = strata_difference(
            kept,
            lambda t: 3 * t["call"] >= 2 * (t["call_count"] - 1),
            lambda t, flag=flag: t[flag],  # type: ignore[misc]
            lambda t: (t["source"], np.digitize(t["think_words"], [10, 30, 100, 300, 1000])),
        )
        close(told(text.partition("Last third")[2], marker.lower(), "pt"), expected, 100)


def test_kinds_of_steps_by_place(found: dict[str, Parts], warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        steps = connection.execute(
            "select conversation_id, step_index, kind from fct_steps"
        ).fetchall()
    of: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for conversation, index, kind in steps:
        of[conversation][index] = "several kinds" if kind == "mixed" else kind
    by_step = Counter((kind, str(i + 1)) for kinds in of.values() for i, kind in kinds.items())
    by_segment = Counter(
        (kinds[math.floor((2 * segment - 1) * len(kinds) / 40)], str(segment))
        for kinds in of.values()
        for segment in range(1, 21)
    )
    for section, counted in (("10_steps", by_step), ("11_segments", by_segment)):
        rows = found[f"reasoning/{section}"]["rows"]
        assert {(r["row"], r["column"]): r["steps"] for r in rows if r["steps"]} == counted
    assert {row["n"] for row in found["reasoning/11_segments"]["rows"]} == {len(of)}
    late = Counter()
    early = Counter()
    for kinds in of.values():
        for i, kind in kinds.items():
            if kind not in {"answer", "empty"}:
                (late if 2 * i >= len(kinds) - 1 and len(kinds) > 1 else early)[kind] += 1
    assert (
        f"n = {late.total()} and {early.total()} steps" in answers(found)["reasoning/11_segments"]
    )


def test_distributions_and_medians_of_characters(found: dict[str, Parts], turns: list[Row]) -> None:
    lengths = {
        "thoughts": [t["think_chars"] for t in turns if t["has_thought"]],
        "calls": [t["call_chars"] for t in turns if t["has_calls"]],
        "answers": [t["answer_chars"] for t in turns if t["has_answer"]],
    }
    text = answers(found)["reasoning/12_characters"]
    for part, sizes in lengths.items():
        rows = [row for row in found["reasoning/12_characters"]["rows"] if row["series"] == part]
        edges = [*(row["lo"] for row in rows), rows[-1]["hi"]]
        counts, _ = np.histogram(sizes, edges)
        assert [row["turns"] for row in rows] == counts.tolist()
        assert sum(row["turns"] for row in rows) == len(sizes) == rows[0]["n"]
        assert np.diff(np.log10(edges)) == pytest.approx(1 / 8)
        middle = statistics.median_low(sizes)
        assert re.search(
            rf"{part} (have at most )?{middle} characters \(\d+–\d+, n = {len(sizes):,}", text
        )


def test_headline_is_what_its_sections_say(
    found: dict[str, Parts], marts: dict[str, list[Row]], turns: list[Row]
) -> None:
    shown = {row["section"]: row["text"] for row in found["reasoning/headline"]["rows"]}
    thoughts = marts["fct_thoughts"]
    assert shown == {
        "share": f"{statistics.fmean(t['has_thought'] for t in turns):.1%}",
        "length": str(statistics.median_low(t["think_words"] for t in thoughts)),
        "combinations": f"{statistics.fmean(t['has_thought'] and t['has_calls'] for t in turns):.1%}",
        "behaviours": f"{statistics.fmean(t['has_self_correction'] for t in thoughts):.1%}",
    }
