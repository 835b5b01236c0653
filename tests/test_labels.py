"""The sample that people label: what is in it, with which probability, the same each time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from bench.labels.draw import REST, SUSPECT, WEAK, as_row, draw, shares
from bench.labels.population import ToolUse, content, tool_uses
from ingest.run import ingest


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
