"""OpenHands runs: actions are calls, observations their responses, one answer is one turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.conversation import BadRecord
from ingest.formats.openhands import OpenHands
from ingest.run import ingest
from tests.given_back import SHARED, calls, message, needs_shared, responses, roles
from tests.traces import rows, write_lines

FILE = SHARED / "openhands" / "resolver_output.jsonl"
TASK = {"action": "message", "content": "Fix it", "wait_for_response": False}


def run(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"instruction": "Fix it", "history": [TASK, *events]} | more


def act(event_id: int, name: str, arguments: str, answer: str = "m1", **more: Any) -> Any:
    """An action of a newer version, with the answer of the model's API that it came from."""
    entry = {"id": f"call_{event_id}", "function": {"name": name, "arguments": arguments}}
    said = {"role": "assistant", "content": "Look", "tool_calls": [entry]} | more
    response = {"id": answer, "model": "m", "choices": [{"finish_reason": "tool_calls",
                                                         "message": said}]}  # fmt: skip
    fields = json.loads(arguments) | {"thought": "Look" if event_id == 1 else "", "hidden": False}
    metadata = {"tool_call_id": f"call_{event_id}", "function_name": name,
                "model_response": response}  # fmt: skip
    return {"id": event_id, "timestamp": "2025-03-01T10:00:00", "source": "agent",
            "action": "run", "args": fields, "tool_call_metadata": metadata}  # fmt: skip


def observe(event_id: int, cause: int, content: str, **more: Any) -> dict[str, Any]:
    event = {"id": event_id, "source": "agent", "cause": cause, "observation": "run"}
    return event | {"content": content, "extras": {"metadata": {"exit_code": 2}}} | more


@needs_shared
def test_the_real_runs(tmp_path: Path) -> None:
    raw = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    events = [event for record in raw for event in record["history"]]
    talk = [e for e in events if e.get("action") in ("message", "finish")]
    acts = [e for e in events if "action" in e and e not in talk]
    seen = [e for e in events if "observation" in e]
    assert (len(raw), len(talk), len(acts), len(seen)) == (2, 4, 24, 24)
    summary = ingest([str(FILE)], tmp_path / "home")
    parquet = summary.parquet
    assert (summary.conversations, summary.balances) == (2, True)
    found = rows(parquet, "turns", "role, count(*)", "where is_lossless group by 1 order by 1")
    assert found == [("assistant", 26), ("tool", 24), ("user", 2)]
    order = "order by conversation_id, turn_index"
    found = rows(parquet, "tool_calls", "tool_name, arguments", order)
    assert [(name, json.loads(arguments)) for name, arguments in found] == [
        (e["action"], {k: e[k] for k in ("command", "code") if k in e}) for e in acts
    ]
    found = rows(parquet, "tool_responses", "body_head, exit_code, call_turn_index + 1", order)
    assert [row[:2] for row in found] == [(e["content"][:2000], e.get("exit_code")) for e in seen]
    turns = rows(parquet, "tool_responses", "turn_index", order)
    assert [row[2:] for row in found] == turns  # each is paired with the call before it
    found = rows(parquet, "conversations", "task_id, outcome_name, outcome_score, is_completed")
    assert found == [(f"neubig/pr-viewer#{n}", "success", 1.0, True) for n in (5, 1)]


@needs_shared
def test_the_real_records_are_given_back() -> None:
    for line in FILE.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        conversation = OpenHands().read(record)
        assert [message(turn) for turn in conversation.turns] == record["history"]
        left = {k: v for k, v in record.items() if k not in ("history", "instruction")}
        assert json.loads(conversation.extra or b"") == left
        assert conversation.task == record["instruction"]


def test_actions_from_one_answer_are_one_turn_though_observations_stand_between() -> None:
    first, second = act(1, "bash", '{"command": "ls"}'), act(3, "bash", '{"command": "cat a"}')
    events = [first, observe(2, 1, "a"), second, observe(4, 3, "x"), act(5, "bash", "{}", "m2")]
    conversation = OpenHands().read(run(*events))
    assert roles(conversation) == ["user", "assistant", "tool", "tool", "assistant"]
    turn = conversation.turns[1]
    assert [block.kind for block in turn.blocks] == ["text", "tool_call", "tool_call"]
    assert (turn.api_message_id, turn.stop_reason, turn.source_role) == (
        "m1",
        "tool_calls",
        "agent",
    )
    assert turn.is_lossless
    assert message(turn) == {"$events": {"1": first, "3": second}}
    assert [call.tool_call_id for call in calls(conversation)] == ["call_1", "call_3", "call_5"]
    assert [r.tool_call_id for r in responses(conversation)] == ["call_1", "call_3"]
    assert conversation.model == "m"


def test_reasoning_is_one_thought_for_all_actions_of_an_answer() -> None:
    events = [act(i, "bash", "{}", reasoning_content="hm") for i in (1, 2)]
    conversation = OpenHands().read(run(*events))
    kinds = [block.kind for block in conversation.turns[1].blocks]
    assert kinds == ["think", "text", "tool_call", "tool_call"]


def test_the_arguments_are_those_that_the_model_wrote() -> None:
    broken = act(1, "bash", "{}")
    entry = broken["tool_call_metadata"]["model_response"]["choices"][0]["message"]["tool_calls"]
    entry[0]["function"]["arguments"] = '{"command": '
    (call,) = calls(OpenHands().read(run(broken)))
    assert (call.is_malformed, call.issue) == (True, "bad_json")
    plain = {"id": 7, "source": "agent", "action": "read",
             "args": {"path": "a", "start": 0, "thought": "", "security_risk": None}}  # fmt: skip
    conversation = OpenHands().read(run(plain))
    (call,) = calls(conversation)
    assert (call.tool_name, call.value, call.tool_call_id) == (
        "read", {"path": "a", "start": 0}, "7",
    )  # fmt: skip
    assert message(conversation.turns[1]) == plain


@pytest.mark.parametrize(
    ("more", "is_error"),
    [({"success": False}, True), ({"success": True}, False), ({}, None),
     ({"observation": "error", "success": True}, True)],
)  # fmt: skip
def test_the_flags_of_the_format(more: dict[str, Any], is_error: bool | None) -> None:
    conversation = OpenHands().read(run(act(1, "bash", "{}"), observe(2, 1, "x", **more)))
    (response,) = responses(conversation)
    assert (response.native_is_error, response.exit_code) == (is_error, 2)
    assert (response.tool_call_id, conversation.turns[2].is_lossless) == ("call_1", True)


def test_who_speaks_where_events_do_not_say() -> None:
    asks = {"action": "message", "content": "Which one?", "wait_for_response": True}
    reply = {"action": "message", "content": "Both", "wait_for_response": False}
    ends = {"action": "finish", "thought": "Done", "outputs": {}}
    conversation = OpenHands().read(run(asks, reply, ends))
    assert roles(conversation) == ["user", "assistant", "user", "assistant"]
    assert [b.body for t in conversation.turns for b in t.blocks][-1] == b"Done"
    assert calls(conversation) == []
    assert conversation.is_completed is True


def test_what_the_harness_does_by_itself_is_no_call_and_no_response() -> None:
    tools = [{"type": "function", "function": {"name": "bash", "parameters": {}}}]
    prompt = {"id": 0, "source": "agent", "action": "system",
              "args": {"content": "You are", "tools": tools}}  # fmt: skip
    recall = {"id": 1, "source": "user", "action": "recall", "args": {"query": "Fix it"}}
    found = observe(2, 1, "nothing", observation="recall")
    typed = {"id": 3, "source": "user", "action": "run", "args": {"command": "ls"}}
    conversation = OpenHands().read(run(prompt, recall, found, typed, observe(4, 3, "a")))
    assert roles(conversation) == ["user", "system", "other", "other", "user", "other"]
    assert (calls(conversation), responses(conversation)) == ([], [])
    assert json.loads(conversation.tools or b"") == tools
    assert all(turn.is_lossless for turn in conversation.turns)


def test_the_verdict_of_a_benchmark_goes_before_a_guess() -> None:
    verdict = {"test_result": {"report": {"resolved": False}}, "success": True}
    conversation = OpenHands().read(run(**verdict, instance_id="astropy-1", error="AgentStuck"))
    assert (conversation.outcome_name, conversation.outcome_score) == ("resolved", 0.0)
    assert (conversation.task_id, conversation.is_completed) == ("astropy-1", False)


def test_images_are_media() -> None:
    shown = {"id": 1, "source": "user", "action": "message",
             "args": {"content": "See", "image_urls": ["data:image/png;base64,AA"]}}  # fmt: skip
    conversation = OpenHands().read(run(shown))
    assert [(b.kind, b.media_type) for b in conversation.turns[1].blocks] == [
        ("text", None), ("media", "image/png"),
    ]  # fmt: skip
    assert message(conversation.turns[1]) == shown


def test_odd_values_are_kept_and_end_nothing(tmp_path: Path) -> None:
    odd = [
        run({"action": "run", "command": 7, "thought": None, "args": 3, "source": 5}),
        run({"observation": "run", "content": None}, {"observation": "run", "content": ["x"]}),
        run({"action": "message", "content": {"$item": [0, "x"]}, "role": "x"}),
        run(act(1, "bash", "{}") | {"tool_call_metadata": {"model_response": {"choices": "no"}}}),
        run({"neither": 1}),
        run() | {"history": []},
        run() | {"history": [{"role": "user", "content": "x"}]},
    ]
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", odd))], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (4, True)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [(4, "bad_message"), (5, "no_messages"), (6, "unknown_shape")]
    assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]


def test_a_run_without_events_says_so() -> None:
    with pytest.raises(BadRecord, match="empty"):
        OpenHands().read({"instruction": "x", "history": []})
