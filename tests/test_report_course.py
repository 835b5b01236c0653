"""The figures of the report Course, from the records of the sample or row by row."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sections import Parts, Row, changed, interval, one_part

pytest_plugins = ["tests.report_data"]

Cases = list[tuple[str, bool]]
CALL = re.compile(r"^<tool_call>\n(.*?)\n</tool_call>$", re.MULTILINE | re.DOTALL)
RESPONSE = re.compile(r"^<tool_response>\n", re.MULTILINE)


class Step(NamedTuple):
    """A step of a record of the sample: its calls, sorted, and the words of its thought."""

    calls: tuple[str, ...]
    words: int
    response_count: int
    text: str


class Talk(NamedTuple):
    """A record of the sample."""

    config: str
    category: str
    prompt: str
    steps: list[Step]


def call_key(body: str) -> str:
    """Equal for the same call of the same tool; a call that cannot be read is like no other."""
    try:
        call = json.loads(body)
        return json.dumps([call["name"], call["arguments"]], sort_keys=True)
    except (ValueError, KeyError, TypeError):
        return f"unreadable {id(body)} {body}"


def steps_of(said: list[Row]) -> list[Step]:
    steps: list[Step] = []
    for turn in said:
        value = turn["value"]
        if turn["from"] == "gpt":
            thought, closer, rest = value.partition("\n</think>")
            thought = thought.removeprefix("<think>") if closer else ""
            rest = rest if closer else value
            calls = tuple(sorted(call_key(body) for body in CALL.findall(rest)))
            steps.append(Step(calls, len(thought.split()), 0, CALL.sub("", rest).strip()))
        elif turn["from"] == "tool" and steps:
            count = steps[-1].response_count + len(RESPONSE.findall(value))
            steps[-1] = steps[-1]._replace(response_count=count)
    return steps


@pytest.fixture(scope="module")
def talks(records: list[Row]) -> list[Talk]:
    return [
        Talk(
            record["config"],
            record["category"],
            next(turn["value"] for turn in record["conversations"] if turn["from"] == "human"),
            steps_of(record["conversations"]),
        )
        for record in records
    ]


def median(rows: Sequence[tuple[str, int]]) -> tuple[int, int, int]:
    """Median and its interval: that of the share of rows up to it, read off the sorted values."""
    values = sorted(value for _, value in rows)
    half = statistics.median_low(values)
    hits: Counter[str] = Counter()
    cases = Counter(key for key, _ in rows)
    for key, value in rows:
        hits[key] += value <= half
    n, count = len(rows), len(cases)
    share = hits.total() / n
    spread = sum((hits[g] - share * cases[g]) ** 2 for g in cases)
    size = min(n, share * (1 - share) / (count / (count - 1) * spread / n**2))
    z = 1.959963984540054 * (1 + 1.21 / (count - 1))
    margin = z * math.sqrt(0.25 / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    low, high = (values[math.ceil(n * end) - 1] for end in (0.5 - margin, 0.5 + margin))
    return half, low, high


def test_length_is_that_of_the_records(found: dict[str, Parts], talks: list[Talk]) -> None:
    lengths = [(talk.prompt, len(talk.steps)) for talk in talks]
    section = found["course/01_length"]
    bins = [(row["lo"], row["hi"], row["conversations"]) for row in section["rows"]]
    assert bins == [(lo, hi, sum(lo <= n < hi for _, n in lengths)) for lo, hi, _ in bins]
    assert sum(count for *_, count in bins) == len(talks)
    half, low, high = median(lengths)
    assert section["answer"][0]["lead"] == (
        f"Half of the conversations have at most {half} steps ({low}–{high}, "
        f"n = {len(talks)} conversations of {len({talk.prompt for talk in talks})} prompts)."
    )


def test_the_longest_do_not_crowd_the_rest(warehouse: Path, tmp_path: Path) -> None:
    one = "(select min(conversation_id) from dim_conversations where duplicate_of_id is null)"
    copy = changed(
        warehouse, tmp_path, f"update dim_conversations set step_count = 500 where conversation_id = {one}"
    )  # fmt: skip
    rows = one_part(copy, "course/01_length")["rows"]
    assert len(rows) == 40
    assert {row["hi"] - row["lo"] for row in rows} == {1}
    assert sum(row["conversations"] for row in rows) == 314
    assert re.fullmatch(r"4\d steps or more, up to 500: 1 conversation", rows[-1]["tip"])


def test_quantiles_of_categories(found: dict[str, Parts], talks: list[Talk]) -> None:
    rows = found["course/02_length_by_category"]["rows"]
    assert {row["label"] for row in rows} == {talk.category for talk in talks}
    for row in rows:
        own = [(t.prompt, len(t.steps)) for t in talks if t.category == row["label"]]
        values = sorted(value for _, value in own)
        assert (row["value"], row["lo"], row["hi"]) == median(own)
        assert (row["n"], row["group_count"]) == (len(own), len({key for key, _ in own}))
        for key, share in (
            ("tenth", 0.1), ("lower_quarter", 0.25), ("upper_quarter", 0.75),
            ("nine_tenths", 0.9), ("most", 0.99), ("longest", 1),
        ):  # fmt: skip
            assert row[key] == values[math.ceil(share * len(values)) - 1]
    lows = [row["lo"] for row in rows if not row["few"]]
    assert lows == sorted(lows, reverse=True)


def end_of(talk: Talk) -> str:
    last = talk.steps[-1]
    if last.calls:
        is_answered = last.response_count >= len(last.calls)
        return "tool results and no word on them" if is_answered else "a call without a response"
    return "a question to the user" if last.text.endswith("?") else "an answer"


def test_ends_are_those_of_the_records(found: dict[str, Parts], talks: list[Talk]) -> None:
    section = found["course/03_ends"]
    kinds = {end_of(talk) for talk in talks}
    results = {"tool results and no word on them", "an error as result, and no word on it"}
    assert {row["row"] for row in section["rows"]} == kinds | results
    for row in section["rows"]:
        cases = [(t.prompt, end_of(t) == row["row"]) for t in talks if t.config == row["column"]]
        if row["row"] not in results:
            assert row["conversations"] == sum(is_hit for _, is_hit in cases)
            assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
    # The records do not say whether a result is an error: both kinds together.
    by_results = sum(row["conversations"] for row in section["rows"] if row["row"] in results)
    assert by_results == sum(end_of(talk) in results for talk in talks)
    first, *_ = Counter(end_of(talk) for talk in talks).most_common(1)
    assert section["answer"][0]["lead"].startswith(f"Most conversations end with {first[0]}: ")
    groups = {"an answer": "Answer", "a question to the user": "Question"}
    for row in found["course/04_ends_by_category"]["rows"]:
        cases = [
            (t.prompt, groups.get(end_of(t), "Stopped at a call") == row["series"])
            for t in talks
            if t.category == row["row"]
        ]
        assert (row["share"], row["lo"], row["hi"]) == pytest.approx(interval(cases))


def test_an_error_as_the_last_word_is_an_end_of_its_own(warehouse: Path, tmp_path: Path) -> None:
    last = (
        "(conversation_id, step_index) in (select conversation_id, max(step_index) from fct_steps "
        "group by conversation_id)"
    )
    copy = changed(
        warehouse,
        tmp_path,
        f"update fct_steps set error_count = 0 where {last}",
        f"update fct_steps set error_count = 1 where {last} and conversation_id in (select min("
        "conversation_id) from dim_conversations where end_kind = 'after_results')",
    )
    rows = one_part(copy, "course/03_ends")["rows"]
    ends: Counter[str] = Counter()
    for row in rows:
        ends[row["row"]] += row["conversations"]
    assert ends["an error as result, and no word on it"] == 1
    assert ends["tool results and no word on them"] == 5


def loop_steps(talk: Talk) -> tuple[set[int], set[int]]:
    """Steps that make the calls of the calling step before, and of the one before that.

    The sample's conversations are one exchange each, as far as they call.
    """
    calling = [i for i, step in enumerate(talk.steps) if step.calls]
    repeats = {b for a, b in pairwise(calling) if talk.steps[a].calls == talk.steps[b].calls}
    second = {
        c for a, b, c in zip(calling, calling[1:], calling[2:], strict=False)
        if talk.steps[a].calls == talk.steps[c].calls != talk.steps[b].calls
    }  # fmt: skip
    alternations = {
        i for i in second
        if (k := calling.index(i)) and (calling[k - 1] in second
                                        or (k + 1 < len(calling) and calling[k + 1] in second))
    }  # fmt: skip
    return repeats, alternations


def has_call_again(talk: Talk) -> bool:
    calls = [call for step in talk.steps for call in step.calls]
    return len(calls) > len(set(calls))


def test_loops_are_those_of_the_records(found: dict[str, Parts], talks: list[Talk]) -> None:
    calling = [talk for talk in talks if any(step.calls for step in talk.steps)]
    flags = {
        "Any loop": lambda talk: any(loop_steps(talk)),
        "Repeat": lambda talk: bool(loop_steps(talk)[0]),
        "A-B-A-B": lambda talk: bool(loop_steps(talk)[1]),
        "A call again, at any distance": has_call_again,
    }
    section = found["course/05_loops"]
    assert len(section["rows"]) == 8
    for row in section["rows"]:
        cases = [(t.prompt, flags[row["measure"]](t)) for t in calling if t.config == row["source"]]
        assert row["hits"] == sum(is_hit for _, is_hit in cases)
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(cases))
    share, *_ = interval([(talk.prompt, any(loop_steps(talk))) for talk in calling])
    assert section["answer"][0]["lead"].startswith(f"{share:.1%} (")
    assert len(found["course/07_loops_to_read"]["rows"]) == sum(
        len(loop_steps(talk)[0]) for talk in talks
    )


def test_thinking_in_loops_is_of_the_second_time_round(
    found: dict[str, Parts], talks: list[Talk]
) -> None:
    for row in found["course/06_loop_thinking"]["rows"]:
        cases: Counter[str] = Counter()
        hits: Counter[str] = Counter()
        for talk in talks:
            if talk.config == row["source"]:
                for i, step in enumerate(talk.steps):
                    weight = 1 if row["measure"] == "Steps" else step.words
                    if step.calls:
                        cases[talk.prompt] += weight
                        hits[talk.prompt] += weight * (i in loop_steps(talk)[0])
        assert (row["hits"], row["n"]) == (hits.total(), cases.total())
        rows = ((g, i < hits[g]) for g, n in cases.items() for i in range(n))
        assert (row["value"], row["lo"], row["hi"]) == pytest.approx(interval(rows))


def test_alternations_count_from_the_third_step(warehouse: Path, tmp_path: Path) -> None:
    """A loop of four steps: the first two are the first time round."""
    steps = (
        "select conversation_id, min(step_index) as first from fct_steps where has_calls "
        "and source = 'swift' group by conversation_id having count(*) >= 4 "
        "and max(step_index) - min(step_index) = count(*) - 1 order by conversation_id limit 1"
    )
    copy = changed(
        warehouse,
        tmp_path,
        "delete from fct_loops",
        f"insert into fct_loops by name select conversation_id, step_index, 'alternation' as kind, "
        "step_index + 3 as end_step_index, turn_index, source, prompt_group_id, category, "
        "4 as calling_step_count, 4 as call_count, 0 as error_count from fct_steps "
        f"inner join ({steps}) using (conversation_id) where step_index = first",
    )
    rows = one_part(copy, "course/06_loop_thinking")["rows"]
    assert {row["source"]: row["hits"] for row in rows if row["measure"] == "Steps"} == {
        "steady": 0,
        "swift": 2,
    }
    (loop,) = one_part(copy, "course/07_loops_to_read")["rows"]
    assert (loop["kind"], loop["steps"], loop["tool"]) == ("A-B-A-B", 4, "several tools")


def test_headline_is_what_its_sections_say(found: dict[str, Parts], talks: list[Talk]) -> None:
    shown = {row["section"]: row["text"] for row in found["course/headline"]["rows"]}
    calling = [talk for talk in talks if any(step.calls for step in talk.steps)]
    assert shown == {
        "length": str(statistics.median_low(len(talk.steps) for talk in talks)),
        "ends": f"{statistics.fmean(end_of(talk) == 'an answer' for talk in talks):.1%}",
        "loops": f"{statistics.fmean(any(loop_steps(talk)) for talk in calling):.1%}",
        "outcomes": "0",
    }


def test_what_is_not_there_is_said(warehouse: Path, tmp_path: Path) -> None:
    silent = changed(
        warehouse,
        tmp_path,
        "delete from fct_loops",
        "update fct_steps set has_thought = false, think_words = 0 where source = 'swift'",
    )
    lead = one_part(silent, "course/05_loops")["answer"][0]["lead"]
    assert lead.startswith("No conversation goes round in a loop: 0% (0.0–")
    thinking = one_part(silent, "course/06_loop_thinking")
    assert [(row["measure"], row["source"]) for row in thinking["rows"]] == [
        ("Steps", "steady"), ("Steps", "swift"), ("Words of thoughts", "steady")
    ]  # fmt: skip
    assert thinking["answer"][0]["lead"].startswith("0% (")
    assert "Thoughts are not recorded in 1 of 2 sources" in thinking["answer"][0]["rest"]
    assert one_part(silent, "course/07_loops_to_read")["rows"] == []
    none = changed(
        warehouse,
        tmp_path,
        "update fct_steps set has_thought = false, think_words = 0",
    )
    lead = one_part(none, "course/06_loop_thinking")["answer"][0]["lead"]
    assert lead.startswith("Thoughts are not recorded; 2.0% (")
    assert lead.endswith(" of steps make the same calls again.")
    calls = changed(
        warehouse, tmp_path, "delete from fct_tool_calls", "update fct_steps set has_calls = false"
    )
    for section in ("05_loops", "06_loop_thinking"):
        found = one_part(calls, f"course/{section}")
        assert found["rows"] == []
        assert found["answer"][0]["lead"] == "No tool is called."


def test_of_one_conversation_there_is_no_interval(warehouse: Path, tmp_path: Path) -> None:
    one = "(select min(conversation_id) from fct_loops)"
    copy = changed(
        warehouse,
        tmp_path,
        f"create temp table kept as select {one} as conversation_id",
        *(
            f"delete from {table} where conversation_id not in (from kept)"
            for table in ("fct_turns", "fct_steps", "fct_thoughts", "fct_tool_calls", "fct_loops",
                          "fct_episodes", "dim_conversations")
        ),
    )  # fmt: skip
    leads = {
        section: one_part(copy, f"course/{section}")["answer"][0]["lead"]
        for section in (
            "01_length",
            "02_length_by_category",
            "03_ends",
            "05_loops",
            "10_categories",
        )
    }
    assert leads["01_length"].startswith("The only one has ")
    assert leads["02_length_by_category"] == (
        "All conversations with a category are of one category."
    )
    assert "100% (no interval, n = 1 conversation)" in leads["03_ends"]
    assert leads["05_loops"].startswith("100% (no interval, n = 1 conversation) of conversations")
    assert leads["10_categories"] == "Signs of trouble: there is only one category."
