"""What holds for all formats: no file is taken by two, no message of any kind is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.contents import whole
from ingest.conversation import BadRecord
from ingest.formats import FORMATS, detect
from ingest.inputs import Selection, find
from ingest.options import DEFAULTS
from ingest.readers import read
from tests.given_back import SHARED, message, needs_shared, record

# Folder in the shared traces → format; the folder is named after who wrote it.
OTHERS = {"openai_messages": "openai", "openclaw": "pi"}
TEXTS = st.sampled_from([
    "", "x", "ls -a", "<command>\nls -a\n</command>", "```bash\nls -a\n```", "<think>\n</think>\ny",
    "<returncode>1</returncode>", '{"a": [1, {"$body": 0}]}', "<tool_call>\n{}\n</tool_call>",
    "A text that is so long that a second one like it is worth a pointer.",
])  # fmt: skip
SMALL = TEXTS | st.none() | st.booleans() | st.integers(-5, 5)
VALUES = st.recursive(
    SMALL,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "text", "id", "$blocks", "$turn", "function",
                                       "name", "arguments", "reasoning", "result", "role"]),
                      inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
ROLES = st.sampled_from(["system", "user", "assistant", "tool", "exit"])
KEYS = ["content", "thought", "action", "tool_calls", "tool_call_ids", "thinking_blocks", "error",
        "extra", "reasoning", "is_demo", "message_type", "id", "function"]  # fmt: skip
MESSAGES = st.lists(
    st.builds(lambda role, rest: rest | {"role": role}, ROLES,
              st.dictionaries(st.sampled_from(KEYS), VALUES)),
    min_size=1, max_size=5,
)  # fmt: skip
KINDS = ["message", "run", "think", "system", "finish", "recall", "null", "error"]
EVENT_KEYS = ["content", "thought", "args", "extras", "id", "cause", "source", "success",
              "tool_call_metadata", "image_urls", "command", "timestamp"]  # fmt: skip
EVENTS = st.lists(
    st.builds(lambda side, kind, rest: rest | {side: kind},
              st.sampled_from(["action", "observation"]), st.sampled_from(KINDS),
              st.dictionaries(st.sampled_from(EVENT_KEYS), VALUES)),
    min_size=1, max_size=5,
)  # fmt: skip


@needs_shared
def test_each_shared_file_has_one_format() -> None:
    """Only the chats of mini-SWE-agent have the shape of another too: theirs is tried first."""
    files, _ = find(str(SHARED), Selection())
    assert len(files) >= 18
    for file in files:
        folder = Path(file.path).parent.name
        wanted = OTHERS.get(folder, folder)
        if "sessions_export" not in file.path:  # sessions of Hermes are exported as chats
            assert file.format == wanted, file.path
        first = next(read(whole(file.local, file.layout, DEFAULTS))).value
        taken = {name for name, made in FORMATS.items() if made().matches(first)}
        if file.format not in taken:  # some logs begin with a line that any log could begin with
            continue
        assert taken - {"openai"} <= {file.format}, file.path
        assert detect(first) == file.format


@pytest.mark.parametrize(
    "value", [None, 7, "text", [], {}, [[]], {"history": 3}, {"samples": [], "eval": 3},
              {"messages": {}}, {"trajectory": [3], "history": []}, {"history": [3]}],
)  # fmt: skip
def test_what_has_no_shape_is_no_error(value: Any) -> None:
    assert detect(value) in (None, "openai")


@settings(deadline=None, max_examples=150)
@given(MESSAGES, VALUES)
def test_messages_of_any_kind_are_given_back(messages: list[dict[str, Any]], value: Any) -> None:
    step = {"action": messages[-1].get("action"), "observation": value}
    records = {
        "swe_agent": {"trajectory": [step], "history": messages, "info": value},
        "mini_swe_agent": {"messages": messages, "info": value},
        "inspect": {"eval": {"x": value}, "samples": [{"messages": messages, "events": [value]}]},
    }
    for name, whole_record in records.items():
        conversation = FORMATS[name]().read(whole_record)
        assert all(turn.is_lossless for turn in conversation.turns)
        found = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
        assert found[: len(messages)] == messages
        if name == "swe_agent":
            assert record(conversation) == {"trajectory": [step], "info": value}
        if name == "inspect":
            assert record(conversation) == {"eval": {"x": value}, "samples": [{"events": [value]}]}


@settings(deadline=None, max_examples=150)
@given(EVENTS)
def test_events_of_any_kind_are_given_back(events: list[dict[str, Any]]) -> None:
    conversation = FORMATS["openhands"]().read({"history": events})
    assert all(turn.is_lossless for turn in conversation.turns)
    found = [message(turn) for turn in conversation.turns]
    assert [event for event in found if "$events" not in event] == [
        event for event in events if event in found
    ]


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_a_record_of_any_kind_is_read_or_refused(value: Any) -> None:
    for name, key in (("swe_agent", "history"), ("openhands", "history"), ("inspect", "samples"),
                      ("mini_swe_agent", "messages")):  # fmt: skip
        made = {key: [value], "trajectory": [], "eval": {}, "trajectory_format": "mini-swe-agent"}
        reader = FORMATS[name]()
        if reader.matches(made):
            try:
                reader.read(made)
            except BadRecord as error:
                assert error.detail
