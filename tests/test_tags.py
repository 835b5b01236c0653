"""Cutting tags: readable cases, the law that nothing is lost, and linear time on hostile text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.conversation import Block
from ingest.tags import CALL as CALL_TAG
from ingest.tags import _as_written, _Cutter, cut_assistant, cut_thought, cut_tool

CALL = '<tool_call>\n{"name": "ls", "arguments": {}}\n</tool_call>'


def cut(text: str) -> list[tuple[str, str]]:
    """(kind, body) of the blocks; a block that is not closed has a `…` behind its kind."""
    blocks = cut_assistant(text.encode())
    assert joined(blocks) == text.encode()
    return [(b.kind if b.is_closed else f"{b.kind}…", b.body.decode()) for b in blocks]


def joined(blocks: list[Block]) -> bytes:
    return b"".join(b.opener + b.body + b.closer for b in blocks)


CASES = {
    "thought, words, two calls": (
        f"<think>\n The plan\n</think>\n I look.\n{CALL}\n{CALL}",
        [
            ("think", "The plan"),
            ("text", "I look."),
            ("tool_call", '{"name": "ls", "arguments": {}}'),
            ("tool_call", '{"name": "ls", "arguments": {}}'),
        ],
    ),
    "an empty thought": ("<think>\n</think>\nDone.", [("think", ""), ("text", "Done.")]),
    "reasoning after an empty thought": (
        "<think>\n</think>\nReasons\n</think>\n\nAnswer",
        [("think", "Reasons"), ("text", "Answer")],
    ),
    "a doubled thought is one": (
        "<think>\nA\n</think>\n<think>\nA\n</think>\nB",
        [("think", "A\n</think>\n<think>\nA"), ("text", "B")],
    ),
    "a missing opener is implied": ("Reasons\n</think>\nB", [("think", "Reasons"), ("text", "B")]),
    "a stray closer after a call implies nothing": (
        f"{CALL}\n</think>\n",
        [("tool_call", '{"name": "ls", "arguments": {}}'), ("text", "</think>")],
    ),
    "a thought without end stops at the first call": (
        '<think>\nA\n<tool_call>\n{"a": "</think>"}\n</tool_call>',
        [("think…", "A"), ("tool_call", '{"a": "</think>"}')],
    ),
    "a tag inside the thought is text": (
        f"<think>\nI will emit\n{CALL}\nor so\n</think>\nB",
        [("think", f"I will emit\n{CALL}\nor so"), ("text", "B")],
    ),
    "a literal closing tag in the arguments": (
        '<tool_call>\n{"text": "ends </tool_call> here"}\n</tool_call>',
        [("tool_call", '{"text": "ends </tool_call> here"}')],
    ),
    "inline tags": (
        '<think>A</think>B <tool_call>{"x": "</tool_call>"}</tool_call> C',
        [("think", "A"), ("text", "B"), ("tool_call", '{"x": "</tool_call>"}'), ("text", "C")],
    ),
    "talk about a tag is text": (
        "I use a <tool_call> block now.",
        [("text", "I use a <tool_call> block now.")],
    ),
    "a call cut by the length limit": (
        "<tool_call>\n<function=patch>\n<parameter=mode>",
        [("tool_call…", "<function=patch>\n<parameter=mode>")],
    ),
    "pretty-printed JSON": (
        '<tool_call>\n{\n "a": 1\n}\n</tool_call>',
        [("tool_call", '{\n "a": 1\n}')],
    ),
    "an unclosed call ends at the next": (
        f'<tool_call>\n{{"a": 1}}\n{CALL}',
        [("tool_call…", '{"a": 1}'), ("tool_call", '{"name": "ls", "arguments": {}}')],
    ),
    "nothing": ("", []),
    "white space": (" \n", [("text", " \n")]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_assistant(text: str, expected: list[tuple[str, str]]) -> None:
    assert cut(text) == expected


@pytest.mark.case(38)
def test_tool_responses_with_text_that_is_no_json() -> None:
    text = b'<tool_response>\nline 1\nline 2\n</tool_response>\n<tool_response>\n{"cut'
    blocks = cut_tool(text)
    assert [(b.body, b.is_closed) for b in blocks] == [(b"line 1\nline 2", True), (b'{"cut', False)]


def test_a_tool_message_without_tags_is_one_response() -> None:
    (block,) = cut_tool(b"Error: no such tool")
    assert (block.kind, block.issue) == ("tool_response", "untagged")


def test_cut_thought_leaves_tags_in_the_answer_alone() -> None:
    blocks = cut_thought(f"<think>\nA\n</think>\n{CALL}".encode())
    assert [b.kind for b in blocks] == ["think", "text"]


PIECES = st.sampled_from(
    ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
     "\n", " ", "{", "}", '"', '{"a": 1}', "text", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_blocks_give_back_the_text(text: str) -> None:
    raw = text.encode()
    for cut_as in (cut_assistant, cut_tool, cut_thought):
        assert joined(cut_as(raw)) == raw


LINES = st.sampled_from(
    ["<tool_call>\n", "\n</tool_call>", "\n</tool_call>\n", '{"a": 1}', '{"a": "</tool_call>"}', "text",
     "\n", " ", "\r", "<tool_call>", "</tool_call>"]
)  # fmt: skip


@given(st.lists(LINES, max_size=14).map("".join))
def test_the_short_way_for_well_laid_out_text_gives_the_same_blocks(text: str) -> None:
    raw = text.encode()
    short = _as_written(raw, 0, CALL_TAG)
    assert short is None or short == _Cutter(raw, CALL_TAG).cut(0)


def test_the_short_way_is_taken_for_what_the_writer_writes() -> None:
    assert _as_written(f"I look.\n{CALL}\n{CALL}".encode(), 0, CALL_TAG) is not None


@pytest.mark.case(32)
@pytest.mark.parametrize(
    "unit",
    ["<tool_call>\n", "<tool_call>{", "<think>", "<think>\n", "</think>\n", "</tool_call>",
     '<tool_call>{"a":"</tool_call>', '<tool_call>\n{"a":"</tool_call>\n', "<think> ", " "],
)  # fmt: skip
def test_ten_megabytes_of_open_tags_take_less_than_a_second(unit: str) -> None:
    text = b"<think>\n" + (unit * (10_000_000 // len(unit))).encode()
    for hostile in (text, text[8:]):
        started = time.process_time()
        blocks = cut_assistant(hostile)
        assert time.process_time() - started < 1
        assert joined(blocks) == hostile
