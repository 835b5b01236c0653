"""Inspect logs: each sample is a conversation, with the errors of its tools and its score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.conversation import BadRecord
from ingest.formats.inspect import Inspect
from ingest.run import ingest
from tests.given_back import SHARED, calls, message, needs_shared, record, responses, roles
from tests.traces import rows, write_lines

FOLDER = SHARED / "inspect"
CALL = {"id": "c1", "function": "bash", "arguments": {"cmd": "ls"}, "type": "function"}
ASK = {"role": "user", "content": "Do it", "source": "input"}


def log(*messages: Any, **sample: Any) -> dict[str, Any]:
    whole = {"id": 1, "epoch": 1, "input": "Do it", "messages": list(messages)} | sample
    return {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"},
            "samples": [whole]}  # fmt: skip


def answer(*calls_made: Any, content: Any = "", **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls_made)} | more


def result(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": "c1", "function": "bash"} | more


@needs_shared
def test_the_real_log_of_tool_errors(tmp_path: Path) -> None:
    path = FOLDER / "log_tool_call_error.json"
    (sample,) = json.loads(path.read_text(encoding="utf-8"))["samples"]
    errors = [m["error"]["message"] for m in sample["messages"] if m["role"] == "tool"]
    assert len(errors) == 11
    parquet = ingest([str(path)], tmp_path / "home").parquet
    columns = "native_is_error, error_text, tool_name, tool_call_id"
    found = rows(parquet, "tool_responses", columns, "order by turn_index")
    assert found == [(True, e, "bash", f"bash_{i}") for i, e in enumerate(errors, start=1)]
    assert rows(parquet, "turns", "count(*), bool_and(is_lossless)") == [(11, True)]


@needs_shared
def test_the_real_log_of_an_older_version(tmp_path: Path) -> None:
    parquet = ingest([str(FOLDER / "log_formats.json")], tmp_path / "home").parquet
    found = rows(parquet, "turns", "role, stop_reason, is_lossless", "order by turn_index")
    assert found == [("system", None, True), ("user", None, True), ("assistant", "stop", True)]
    columns = "model, task_id, trial_index, outcome_name, outcome_score, is_completed"
    found = rows(parquet, "conversations", columns)
    assert found == [("ollama/llama3.1", "popularity/1", 0, "match", 0.0, True)]


@needs_shared
@pytest.mark.parametrize("name", ["log_formats.json", "log_tool_call_error.json"])
def test_a_real_record_is_given_back(name: str) -> None:
    raw = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    conversation = Inspect().read(raw)
    messages = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
    assert messages == raw["samples"][0].pop("messages")
    assert record(conversation) == raw


def test_calls_and_results_are_paired_by_id(tmp_path: Path) -> None:
    source = log(ASK, answer(CALL), result("a.py"))
    parquet = ingest([str(write_lines(tmp_path / "in.jsonl", [source]))], tmp_path / "h").parquet
    assert rows(parquet, "tool_calls", "tool_name, arguments") == [("bash", '{"cmd":"ls"}')]
    columns = "paired_by, call_turn_index, native_is_error, error_text"
    assert rows(parquet, "tool_responses", columns) == [("id", 1, False, None)]


def test_a_call_that_could_not_be_parsed_is_malformed() -> None:
    conversation = Inspect().read(log(ASK, answer(CALL | {"arguments": {}, "parse_error": "no"})))
    (call,) = calls(conversation)
    assert (call.is_malformed, call.issue, call.arguments, call.tool_name) == (
        True, "parse_error", None, "bash",
    )  # fmt: skip
    assert conversation.turns[1].is_lossless


@pytest.mark.parametrize(
    ("part", "visibility", "body"),
    [
        ({"reasoning": "hm", "signature": "x"}, "raw", b"hm"),
        ({"reasoning": "x7Q=", "redacted": True, "summary": "hm"}, "summary", b"hm"),
        ({"reasoning": "x7Q=", "redacted": True}, "encrypted", b""),
        ({"reasoning": ""}, "empty", b""),
    ],
)
def test_reasoning_is_a_thought(part: dict[str, Any], visibility: str, body: bytes) -> None:
    content = [part | {"type": "reasoning"}, {"type": "text", "text": "Done"}]
    source = answer(content=content)
    conversation = Inspect().read(log(ASK, source))
    think, text = conversation.turns[1].blocks
    assert (think.visibility, think.body, text.body) == (visibility, body, b"Done")
    assert message(conversation.turns[1]) | {"role": "assistant"} == source


def test_what_the_provider_ran_by_itself_is_a_call_with_its_response() -> None:
    used = {"type": "tool_use", "tool_type": "web_search", "id": "w1", "name": "web_search",
            "arguments": '{"q": "x"}', "result": "found", "error": "late"}  # fmt: skip
    conversation = Inspect().read(log(ASK, answer(content=[used])))
    (call,), (response,) = calls(conversation), responses(conversation)
    assert (call.tool_name, call.value) == ("web_search", {"q": "x"})
    assert (response.body_head, response.tool_call_id) == (b"found", "w1")
    assert (response.native_is_error, response.error_text) == (True, "late")
    assert conversation.turns[1].is_lossless


def test_tools_stop_reasons_and_times_come_from_the_events() -> None:
    tool = {"name": "bash", "description": "runs", "parameters": {"type": "object"}}
    said = answer(CALL, id="m1")
    event = {"event": "model", "timestamp": "2025-01-02T03:04:05+00:00", "tools": [tool],
             "output": {"choices": [{"message": said, "stop_reason": "tool_calls"}]}}  # fmt: skip
    conversation = Inspect().read(log(ASK, said, events=[event], uuid="u1"))
    turn = conversation.turns[1]
    assert (turn.api_message_id, turn.stop_reason) == ("m1", "tool_calls")
    assert turn.created_at == conversation.started_at
    assert json.loads(conversation.tools or b"") == [tool]
    assert conversation.source_id == "u1"


def test_a_log_of_events_holds_no_message_twice() -> None:
    said = answer(content="A sentence that is longer than forty characters.")
    event = {"event": "model", "input": [ASK, said], "seen": said["content"]}
    source = log(ASK, said, events=[event] * 50)
    conversation = Inspect().read(source)
    assert conversation.extra is not None
    assert b"longer than forty" not in conversation.extra
    assert record(conversation)["samples"][0]["events"] == [event] * 50


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        ({"match": {"value": "C"}}, ("match", 1.0)),
        ({"match": {"value": "P"}}, ("match", 0.5)),
        ({"a": {"value": {"x": 1}}, "b": {"value": 0.25}}, ("b", 0.25)),
        ({"a": {"value": True}}, ("a", 1.0)),
        ({"a": {"value": "maybe"}, "b": 7}, (None, None)),
        (None, (None, None)),
    ],
)
def test_the_first_score_that_is_a_number_is_the_outcome(scores: Any, outcome: Any) -> None:
    conversation = Inspect().read(log(ASK, scores=scores))
    assert (conversation.outcome_name, conversation.outcome_score) == outcome


def test_a_sample_that_was_stopped_did_not_come_to_its_end() -> None:
    stopped = [{"limit": {"type": "message"}}, {"error": {"message": "x"}}, {}]
    found = [Inspect().read(log(ASK, **more)).is_completed for more in stopped]
    assert found == [False, False, True]


def test_odd_values_are_kept_and_end_nothing(tmp_path: Path) -> None:
    odd = [
        log(ASK, answer("x", content=7), result(None), result([{"type": "image", "image": 1}])),
        log(ASK, answer(content=[{"type": "tool_use"}, 3, {"type": "reasoning"}])),
        log(ASK, events="x", output=3, scores=[1], epoch="a", id=None),
        log(),
        log({"content": "x"}),
        log(ASK) | {"samples": []},
    ]
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", odd))], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (3, True)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [(3, "no_messages"), (4, "bad_message"), (5, "bad_samples")]
    assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]


def test_roles_are_those_of_the_messages() -> None:
    conversation = Inspect().read(log({"role": "system", "content": "S"}, ASK, answer(CALL)))
    assert roles(conversation) == ["system", "user", "assistant"]
    with pytest.raises(BadRecord):
        Inspect().read(log(ASK) | {"samples": [1, 2]})
