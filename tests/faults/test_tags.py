"""Tags, cases 26 to 39, from a file to its rows: every text is given back, whatever was cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.run import ingest
from tests.traces import record, rows, write_lines

pytestmark = pytest.mark.faults
CALL = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>'
INSIDE = '<tool_call>\n{"name": "write", "arguments": {"text": "<tool_call>{}</tool_call>"}}\n</tool_call>'


def blocks(tmp_path: Path, *turns: tuple[str, str]) -> list[tuple[str, str | None, str]]:
    """(kind, issue, body) of all blocks but those of the first turn."""
    messages = [{"from": "human", "value": "Go"}, *({"from": f, "value": v} for f, v in turns)]
    path = write_lines(tmp_path / "in.jsonl", [record(0, conversations=messages)])
    parquet = ingest([str(path)], tmp_path / "home").parquet
    assert rows(parquet, "turns", "distinct is_lossless") == [(True,)]
    order = "where turn_index > 0 order by turn_index, block_index"
    return rows(parquet, "blocks", "kind, issue, body", order)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<think>\nabc", [("think", "unclosed", "abc")], marks=pytest.mark.case(26)),
        pytest.param("abc\n</think>\nx", [("think", "implied_opener", "abc"), ("text", None, "x")], marks=pytest.mark.case(27)),
        pytest.param("<think>\n<think>\na\n</think>\n</think>\nb", [("think", "several_closers", "<think>\na\n</think>"), ("text", None, "b")], marks=pytest.mark.case(28)),
        pytest.param(f"<think>\n{CALL}\n</think>\nb", [("think", None, CALL), ("text", None, "b")], marks=pytest.mark.case(29)),
        pytest.param(INSIDE, [("tool_call", None, INSIDE[12:-13])], marks=pytest.mark.case(29)),
        pytest.param(f"```\n{CALL}\n```", [("text", None, "```"), ("tool_call", None, CALL[12:-13]), ("text", None, "```")], marks=pytest.mark.case(29)),
        pytest.param("<Tool_Call >\n{}\n</Tool_Call>", [("text", None, "<Tool_Call >\n{}\n</Tool_Call>")], marks=pytest.mark.case(31)),
        pytest.param("<tool_call id=1>{}</tool_call>", [("text", None, "<tool_call id=1>{}</tool_call>")], marks=pytest.mark.case(31)),
        pytest.param("&lt;tool_call&gt;{}", [("text", None, "&lt;tool_call&gt;{}")], marks=pytest.mark.case(31)),
        pytest.param("<tool_call>\n\n</tool_call>", [("tool_call", "bad_json", "")], marks=pytest.mark.case(37)),
        pytest.param("<tool_call></tool_call>", [("text", None, "<tool_call></tool_call>")], marks=pytest.mark.case(37)),
    ],
)  # fmt: skip
def test_what_is_cut_out_of_an_answer(
    tmp_path: Path, text: str, expected: list[tuple[str, str | None, str]]
) -> None:
    assert blocks(tmp_path, ("gpt", text)) == expected


@pytest.mark.case(30)
def test_tags_of_a_user_or_system_are_text(tmp_path: Path) -> None:
    text = f"<think>\nx\n</think>\n{CALL}\n<tool_response>\n{{}}\n</tool_response>"
    assert blocks(tmp_path, ("system", text), ("human", text)) == [("text", None, text)] * 2


@pytest.mark.case(39)
def test_a_tag_that_is_split_over_two_messages_is_not_joined(tmp_path: Path) -> None:
    found = blocks(
        tmp_path, ("gpt", '<tool_call>\n{"name": "f",'), ("gpt", '"a": 1}\n</tool_call>')
    )
    assert found == [
        ("tool_call", "unclosed", '{"name": "f",'),
        ("text", None, '"a": 1}\n</tool_call>'),
    ]
