"""Which kind of text a token is, in a text as chat templates write it."""

from __future__ import annotations

from typing import Any

from finetune.budget import Run
from finetune.kinds import token_kinds, token_runs

_TEXT = (
    "<s>Be brief. # Tools [ls] </s><u>List.</u><a>Hm.</think>Now.{ls}</a>"
    "<t>a b</t><t>c</t><a>Two.</a>\n"
)
_MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "List."},
    {"role": "assistant", "content": "Now.", "reasoning_content": "Hm.", "tool_calls": [{}]},
    {"role": "tool", "content": "a b"},
    {"role": "tool", "content": "c"},
    {"role": "assistant", "content": "Two."},
]


def _spans() -> list[tuple[int, int]]:
    first = _TEXT.index("Hm."), _TEXT.index("</a>") + 4
    return [first, (_TEXT.index("Two."), _TEXT.rindex("</a>") + 4)]


def _kinds(messages: list[dict[str, Any]]) -> dict[str, str]:
    """The text of each kind, one character a token."""
    found = token_kinds(_TEXT, range(len(_TEXT)), _spans(), messages, has_tools=True)
    told: dict[str, str] = {}
    for kind, char in zip(found, _TEXT, strict=True):
        told[kind] = told.get(kind, "") + char
    return told


def test_each_text_is_of_its_kind_and_the_rest_are_tools_and_calls() -> None:
    assert _kinds(_MESSAGES) == {
        "system": "<s>Be brief.",
        "tools": " # Tools [ls] </s><u>",
        "user": "List.",
        "think": "</u><a>Hm.",
        "answer": "</think>Now.</t><a>Two.</a>\n",
        "call": "{ls}</a>",
        "response": "<t>a b</t><t>c",
    }


def test_tags_within_a_message_tell_the_same() -> None:
    inline = {"role": "assistant", "content": "<think>\nHm.\n</think>\nNow.", "tool_calls": [{}]}
    assert _kinds([*_MESSAGES[:2], inline, *_MESSAGES[3:]]) == _kinds(_MESSAGES)


def test_an_answer_that_the_template_rewrites_does_not_shift_what_follows() -> None:
    rewritten = {"role": "tool", "content": "not there"}
    told = _kinds([*_MESSAGES[:4], rewritten, _MESSAGES[5]])
    assert told["user"] == "List."
    assert told["think"] == "</u><a>Hm."
    assert "Two." in told["answer"]


def test_runs_end_where_kind_mask_or_turn_does() -> None:
    kinds: Any = ["user", "think", "answer", "answer", "answer", "user"]
    trained = [False, True, True, True, False, False]
    assert token_runs(kinds, trained, [3, 5]) == [
        Run("user", 1),
        Run("think", 1, True),
        Run("answer", 1, True, True),
        Run("answer", 1, True),
        Run("answer", 1, False, True),
        Run("user", 1),
    ]
