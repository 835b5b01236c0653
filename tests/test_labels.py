"""The labels: which rows are drawn, what is kept of them, and the figures that come of them."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest

from bench.labels.__main__ import cli
from bench.labels.draw import REST, SUSPECT, WEAK, as_row, draw, shares
from bench.labels.figures import Case, Share, agreement, scores, share
from bench.labels.population import ToolUse, content, tool_uses
from bench.labels.score import Judged, classes
from bench.labels.seed import Label, labels
from ingest.run import ingest
from tests.catalog import with_macros
from tests.conftest import ROOT


def use(response: str | None, source: str = "a", turn_index: int = 1, **given: object) -> ToolUse:
    values = {
        "source": source,
        "conversation_id": "c",
        "turn_index": turn_index,
        "block_index": 0,
        "call_turn_index": 0,
        "call_block_index": 0,
        "tool_name": "bash",
        "arguments": "{}",
        "response": response,
    }
    return ToolUse(**{**values, **given})  # type: ignore[arg-type]


# 3 strong, 60 weak (40 of them of source a), 90 rest (80 of a, 10 of b).
MANY = [
    use("Traceback (most recent call last):\n  boom"),
    use("fine", exit_code=2),
    use(None),
    *(use(f"{i} skipped", source="a" if i < 40 else "b") for i in range(60)),
    *(use(f"line {i}", source="a" if i < 80 else "b") for i in range(90)),
]


def test_each_row_has_the_probability_of_its_stratum_and_source() -> None:
    drawn = draw(MANY, total=83, suspects=53)
    found = Counter((row.stratum, row.use.source, row.probability) for row in drawn)
    # weak: 53 − 3 = 50, 20 of each source first, the other 10 all left in a.
    # rest: 83 − 53 = 30, 10 of each source first, the other 10 all left in a.
    assert found == {
        (SUSPECT, "a", 1.0): 3,
        (WEAK, "a", 30 / 40): 30,
        (WEAK, "b", 1.0): 20,
        (REST, "a", 20 / 80): 20,
        (REST, "b", 1.0): 10,
    }


def test_weights_give_back_the_number_of_distinct_uses() -> None:
    drawn = draw(MANY * 2, total=100, suspects=50)
    assert sum(1 / row.probability for row in drawn) == pytest.approx(len(MANY))
    assert {row.occurrences for row in drawn} == {2}


def test_the_draw_does_not_depend_on_the_order_of_what_is_there() -> None:
    rows = [as_row(row) for row in draw(MANY, total=60, suspects=45)]
    assert rows == [as_row(row) for row in draw(MANY[::-1], total=60, suspects=45)]


def test_any_occurrence_makes_a_suspect_of_a_use() -> None:
    (drawn,) = draw([use("fine"), use("fine", turn_index=3, native_is_error=True)])
    assert (drawn.stratum, drawn.use.turn_index, drawn.occurrences) == (SUSPECT, 1, 2)


def test_shares_are_whole_and_add_up() -> None:
    assert shares({"a": 100, "b": 50, "c": 3}, size=40, at_least=5) == {"a": 23, "b": 14, "c": 3}
    assert shares({"a": 100, "b": 2}, size=0, at_least=5) == {"a": 5, "b": 2}
    assert shares({"a": 10, "b": 2}, size=99, at_least=5) == {"a": 10, "b": 2}


def test_a_row_shows_both_ends_and_keys_the_whole() -> None:
    text = "a" * 2_500 + "left out" + "z" * 1_200
    row = as_row(draw([use(text)])[0])
    assert row["response"] == ("a" * 2_500 + "\n[… 8 characters left out …]\n" + "z" * 1_200)
    assert row["response_chars"] == len(text)
    assert row["key"] == hashlib.sha256(f"bash\0{{}}\0{text}".encode()).hexdigest()


def test_content_is_the_text_that_was_measured() -> None:
    def sha256(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    assert content("plain", sha256("plain")) == "plain"
    assert content('{"name": "x", "content": {"n": 0}}', sha256('{"n": 0}')) == '{"n": 0}'
    assert content('{"name": "x", "content": "a\\nb"}', sha256("a\nb")) == "a\nb"
    with pytest.raises(ValueError, match="not the content"):
        content('{"content": "other"}', sha256("plain"))


def test_calls_without_a_response_and_responses_without_a_call_are_there(tmp_path: Path) -> None:
    function = {"name": "ls", "arguments": '{"b": 1, "a": 2}'}
    calls = [{"id": i, "type": "function", "function": function} for i in ("one", "two")]
    user = {"role": "user", "content": "Look."}
    unanswered = [
        user,
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "one", "content": "here"},
    ]
    orphan = [user, {"role": "tool", "tool_call_id": "none", "name": "cat", "content": "what?"}]
    file = tmp_path / "in.jsonl"
    lines = (json.dumps({"messages": messages}) + "\n" for messages in (unanswered, orphan))
    file.write_text("".join(lines), encoding="utf-8")
    uses = tool_uses(ingest([str(file)], tmp_path / "home").parquet)
    found = [(u.tool_name, u.arguments, u.response, u.turn_index, u.call_turn_index) for u in uses]
    assert sorted(found, key=str) == [
        ("cat", "", "what?", 1, None),
        ("ls", '{"a":2,"b":1}', "here", 2, 1),
        ("ls", '{"a":2,"b":1}', None, 1, 1),
    ]


# Figures


def test_kappa_of_tables_with_known_answers() -> None:
    # 50 rows: both yes 20, only the first 5, only the second 10, both no 15
    table = {("y", "y"): 20, ("y", "n"): 5, ("n", "y"): 10, ("n", "n"): 15}
    found = agreement([pair for pair, count in table.items() for _ in range(count)])
    assert (found.rows, found.agreed, found.share) == (50, 35, 0.7)
    assert found.kappa == pytest.approx(0.4)  # (0.7 − 0.5) / (1 − 0.5)
    assert agreement([("a", "b"), ("b", "a")]).kappa == -1
    assert agreement([("a", "a"), ("b", "b"), ("c", "c")]).kappa == 1
    assert agreement([("a", "a")] * 9).kappa is None
    with pytest.raises(ValueError, match="two readers"):
        agreement([])


def cases(hits: int, false_alarms: int, misses: int, others: int) -> list[Case]:
    kinds = [(True, True), (False, True), (True, False), (False, False)]
    counts = (hits, false_alarms, misses, others)
    return [
        Case(is_error, is_called, 1.0, "file")
        for (is_error, is_called), count in zip(kinds, counts, strict=True)
        for _ in range(count)
    ]


def test_precision_recall_and_f1_of_a_known_table() -> None:
    found = scores(cases(hits=3, false_alarms=1, misses=2, others=94))
    assert (found.hits, found.false_alarms, found.misses) == (3, 1, 2)
    assert (found.precision.value, found.recall.value) == (0.75, 0.6)
    assert found.f1.value == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    wilson = binomtest(3, 4).proportion_ci(method="wilson")
    assert (found.precision.low, found.precision.high) == pytest.approx((wilson.low, wilson.high))
    overlap = binomtest(3, 6).proportion_ci(method="wilson")
    ends = [2 * end / (1 + end) for end in (overlap.low, overlap.high)]
    assert [found.f1.low, found.f1.high] == pytest.approx(ends)


def test_a_row_counts_as_often_as_it_stands_for() -> None:
    drawn = [*cases(3, 0, 2, 0), Case(False, True, 3.0, "file")]  # one of three was drawn
    found = scores(drawn)
    assert found.false_alarms == 1
    assert (found.precision.value, found.recall.value) == (0.5, 0.6)
    assert found.f1.value == pytest.approx(6 / (6 + 3 + 2))
    # weights make the rows worth fewer: 6² / 12 = 3 of the 4
    expected = share([(True, 1.0, "file"), (False, 1.0, "file")])
    assert found.precision.low is not None and expected.low is not None
    assert found.precision.low > expected.low


def test_what_nobody_calls_an_error_has_no_precision() -> None:
    found = scores(cases(0, 0, 2, 5))
    assert found.precision == Share(None, None, None, 0)
    assert (found.recall.value, found.recall.low, found.f1.value) == (0, 0, 0)
    assert scores(cases(0, 0, 0, 5)).f1 == Share(None, None, None, 0)


def test_intervals_are_clustered_as_those_of_the_reports() -> None:
    random = np.random.default_rng(3)
    sizes = random.integers(1, 40, 12)
    hits = [int(k) for k in random.binomial(sizes, random.beta(0.7, 2, 12))]
    groups = list(zip(hits, map(int, sizes), strict=True))
    rows = [(i < k, 1.0, str(g)) for g, (k, n) in enumerate(groups) for i in range(n)]
    sums = (
        *(sum(hits), sum(n for _, n in groups), len(groups)),
        *(sum(k * k for k in hits), sum(k * n for k, n in groups), sum(n * n for _, n in groups)),
    )
    listed = ", ".join(map(str, sums))
    with with_macros() as connection:
        expected = connection.execute(
            f"select wilson_low_clustered({listed}), wilson_high_clustered({listed})"
        ).fetchone()
    found = share(rows)
    assert found.groups == 12
    assert (found.low, found.high) == pytest.approx(expected)
    assert share([row for row in rows if int(row[2]) < 9]).groups == 0


# What is kept


def label(key: str, verdict: str, **given: object) -> Label:
    values: dict[str, object] = dict.fromkeys(field.name for field in fields(Label))
    values |= {"key": key, "source": "a", "conversation_id": "c", "turn_index": 0}
    values |= {"block_index": 0, "tool_name": "bash", "verdict": verdict, "stratum": REST}
    values |= {"probability": 1.0, "first_verdict": verdict, **given}
    return Label(**values)  # type: ignore[arg-type]


def test_labels_are_complete_and_in_order() -> None:
    kept = labels()
    keys = [one.key for one in kept]
    assert len(kept) >= 500
    assert keys == sorted(set(keys))
    assert [one.key for one in kept if not re.fullmatch("[0-9a-f]{64}", one.key)] == []
    assert [one.key for one in kept if not 0 < one.probability <= 1] == []
    assert [one.key for one in kept if one.stratum == SUSPECT and one.probability < 1] == []
    bare = [one.key for one in kept if one.is_error and not (one.side and one.class_)]
    surplus = [one.key for one in kept if not one.is_error and (one.side or one.class_)]
    assert (bare, surplus) == ([], [])
    sides = {(one.class_, one.side) for one in kept if one.is_error}
    assert len(sides) == len({class_ for class_, _ in sides})  # a class has one side


def test_excerpts_are_short_lines_that_name_nobody() -> None:
    excerpts = [one.excerpt for one in labels() if one.excerpt]
    assert len(excerpts) > 100
    assert [e for e in excerpts if len(e) > 200 or not e.isprintable()] == []
    private = re.compile(
        r"/(?:Users|home)/(?!<user>)|[\w.+-]+@[\w-]+\.\w|\b(?:sk-|hf_|gh[ps]_)\w{16}"
    )
    assert [e for e in excerpts if private.search(e)] == []


def test_the_document_has_the_figures_of_the_labels() -> None:
    text = (ROOT / "docs/labelling.md").read_text(encoding="utf-8")
    done = CliRunner().invoke(cli, ["agreement"])
    assert done.exit_code == 0
    assert f"```\n{done.output}```" in text
    for verdict, count in Counter(one.verdict for one in labels()).items():
        assert f"| `{verdict}` | {count} |" in text
    changed = sum(one.verdict != one.first_verdict for one in labels())
    assert f"changed {changed} verdicts" in text


# Scoring


def judge(label: Label, is_called: bool, class_: str | None, side: str | None = None) -> Judged:
    return Judged(label, label.source, {"is_error": is_called, "other": False}, side, class_)


def test_classes_count_among_the_errors_that_were_found() -> None:
    timeouts = [label(str(i), "error", side="environment", class_="timeout") for i in range(5)]
    crash = label("x", "error", side="tool", class_="tool_crash")
    rows = [
        *(judge(one, True, "timeout", "environment") for one in timeouts[:2]),
        judge(timeouts[2], True, "network", "environment"),
        judge(timeouts[3], True, "policy", "agent"),
        judge(timeouts[4], False, None),
        judge(crash, True, "tool_crash", "tool"),
        judge(label("y", "negative"), True, "timeout", "environment"),
    ]
    found = classes(rows)
    assert found.accuracy.value == pytest.approx(3 / 5)
    assert found.side_accuracy.value == pytest.approx(4 / 5)
    assert found.macro == pytest.approx(2 / 4)  # of timeout alone: a single crash says nothing
    assert found.by_class == {"timeout": (2, 4, 5), "tool_crash": (1, 1, 1)}
    assert found.untested == {"tool_crash": 1}


def trace(responses: Sequence[str]) -> str:
    """A conversation with one call for each response."""
    messages: list[dict[str, object]] = [{"role": "user", "content": "Look."}]
    for index, response in enumerate(responses):
        function = {"name": "find_user", "arguments": json.dumps({"id": index})}
        call = {"id": f"c{index}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{index}", "content": response})
    return json.dumps({"messages": messages}) + "\n"


def test_the_command_scores_labels_by_key_wherever_the_tool_use_stands(tmp_path: Path) -> None:
    data = tmp_path / "in.jsonl"
    data.write_text(trace(["Error: user not found", "Ann, 31", "It is Tuesday"]), encoding="utf-8")
    keys = [one.key for one in tool_uses(ingest([str(data)], tmp_path / "home").parquet)]
    agent = {"side": "agent", "class_": "not_found"}
    elsewhere = {"conversation_id": "another home", "turn_index": 99}
    read = [
        label(keys[0], "error", **agent, **elsewhere),
        label(keys[1], "ok"),
        label(keys[2], "error", excerpt="It is Tuesday", **agent),
        label("0" * 64, "error", **agent),
    ]
    seed = tmp_path / "labels.csv"
    with seed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(field.name.rstrip("_") for field in fields(Label))
        writer.writerows(astuple(one) for one in read)
    arguments = ["score", "--data", str(data), "--labels", str(seed), "--show"]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.output.startswith("3 of 4 labelled tool uses are in ")
    pooled = next(line for line in done.output.splitlines() if line.startswith("is_error "))
    assert re.findall(r"\S+", pooled)[1:5] == ["2", "1", "0", "1.000"]
    assert re.findall(r"(\d\.\d{3}) \[", pooled) == ["1.000", "0.500", "0.667"]
    assert f"misses: 1\n{keys[2]}  a  bash  not_found  It is Tuesday\n" in done.output
    assert "\nfalse alarms: 0\n" in done.output
