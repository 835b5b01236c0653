"""SWE-agent's .traj files: each action is a call, each observation its response, nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingest.conversation import BadRecord
from ingest.formats.swe_agent import SweAgent
from ingest.run import ingest
from tests.given_back import SHARED, calls, message, needs_shared, record, responses, roles
from tests.traces import rows, write_lines

CALLING, FENCED = "marshmallow-1867_fc_replace_from_source.traj", "marshmallow-1867_xml.traj"


def run(*messages: dict[str, Any], steps: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """A run of these messages after a system prompt and a task."""
    start = [{"role": "system", "content": "S"}, {"role": "user", "content": "Fix it"}]
    step = {"action": "ls", "observation": "a.py", "response": "", "thought": ""}
    return {"trajectory": list(steps) or [step], "history": [*start, *messages], "info": {}}


def act(content: str, action: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "action": action} | more


@needs_shared
@pytest.mark.parametrize(("name", "steps"), [(CALLING, 13), (FENCED, 11)])
def test_the_real_runs(tmp_path: Path, name: str, steps: int) -> None:
    raw = json.loads((SHARED / "swe_agent" / name).read_text(encoding="utf-8"))
    parquet = ingest([str(SHARED / "swe_agent" / name)], tmp_path / "home").parquet
    written = Counter(m["role"] for m in raw["history"])
    assert written["assistant"] == len(raw["trajectory"]) == steps
    found = rows(parquet, "turns", "role, count(*)", "where is_lossless group by 1 order by 1")
    assert found == [("assistant", steps), ("system", 1), ("tool", steps), ("user", 1)]
    answered = "count(*), count(distinct (call_turn_index, call_block_index))"
    assert rows(parquet, "tool_responses", answered) == [(steps, steps)]
    bodies = [row[0] for row in rows(parquet, "tool_responses", "body_head", "order by turn_index")]
    for step, body in zip(raw["trajectory"], bodies, strict=True):
        assert body.startswith(step["observation"][:500])
    if name == CALLING:
        written_calls = [c["function"] for m in raw["history"] for c in m.get("tool_calls") or []]
    else:  # its commands are written as lines for the shell
        written_calls = [{"arguments": json.dumps({"command": m["action"]}), "name": None}
                         for m in raw["history"] if m.get("action")]  # fmt: skip
    found = rows(parquet, "tool_calls", "arguments, tool_name", "order by turn_index")
    for call, (arguments, tool_name) in zip(written_calls, found, strict=True):
        assert json.loads(arguments) == json.loads(call["arguments"])
        assert tool_name == call["name"] or name == FENCED


@needs_shared
@pytest.mark.parametrize("name", [CALLING, FENCED])
def test_a_real_record_is_given_back_and_holds_no_text_twice(name: str) -> None:
    raw = json.loads((SHARED / "swe_agent" / name).read_text(encoding="utf-8"))
    conversation = SweAgent().read(raw)
    messages = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
    assert messages[: len(raw["history"])] == raw["history"]
    assert record(conversation) == {k: v for k, v in raw.items() if k != "history"}
    assert conversation.extra is not None
    assert b"Let's first start by reproducing" not in conversation.extra
    assert conversation.task_id == "marshmallow-code__marshmallow-1867"
    assert conversation.is_completed is True
    assert conversation.model == (None if name == CALLING else "gpt-4o")  # one was a replay


@pytest.mark.parametrize(
    ("content", "action", "pieces"),
    [
        ("Look.\n<command>\nls\n</command>", "ls", ["Look.", "\n<command>\n|ls|\n</command>"]),
        ("Look.\n\n```\nls\n```\n", "ls", ["Look.", "\n\n```\n|ls|\n```", "\n"]),
        ("```bash\nls -a\n```", "ls -a", ["|".join(("```bash\n", "ls -a", "\n```"))]),
        ("ls", "ls", ["|ls|"]),
        ("<command>\nls", "ls", ["<command>\n|ls|"]),
        ('{"command": "ls \\"x\\""}', 'ls "x"', ['{"command": "ls \\"x\\""}', '|ls "x"|']),
        ("no command", "", ["no command"]),
    ],
    ids=["xml", "fence", "named fence", "bare", "unclosed", "elsewhere", "none"],
)
def test_the_action_is_cut_out_of_its_fence(content: str, action: str, pieces: list[str]) -> None:
    source = run(act(content, action, thought="Look."))
    conversation = SweAgent().read(source)
    found = [
        block.body.decode() if block.kind == "text"
        else "|".join(part.decode() for part in (block.opener, block.body, block.closer))
        for block in conversation.turns[2].blocks
    ]  # fmt: skip
    assert found == pieces
    assert conversation.turns[2].is_lossless
    assert message(conversation.turns[2]) | {"role": "assistant"} == source["history"][2]


def test_a_command_of_the_agent_is_the_tool_and_all_else_is_the_shell() -> None:
    docs = "bash:\n  docstring: runs\n\nedit:\n  docstring: edits a file\n"
    source = run(act("edit 1:1\nx", "edit 1:1\nx"), act("pip install x", "pip install x"))
    source["replay_config"] = json.dumps({"agent": {"tools": {"command_docs": docs}}})
    assert [call.tool_name for call in calls(SweAgent().read(source))] == ["edit", "bash"]
    del source["replay_config"]
    assert [call.tool_name for call in calls(SweAgent().read(source))] == ["bash", "bash"]


def test_only_what_follows_a_call_is_a_response() -> None:
    """A demonstration is shown to the model: it calls nothing, and no call is counted for it."""
    shown = [
        act("```\nls\n```", "ls", is_demo=True),
        {"role": "user", "content": "b.py", "is_demo": True},
    ]
    source = run(
        *shown, act("```\nls\n```", "ls"), {"role": "user", "content": "a.py"},
        act("What now?", ""), {"role": "user", "content": "Go on"},
    )  # fmt: skip
    conversation = SweAgent().read(source)
    assert roles(conversation)[2:] == ["other", "user", "assistant", "tool", "assistant", "user"]
    assert [response.body_head for response in responses(conversation)] == [b"a.py"]


def test_the_last_observation_is_taken_from_the_log_where_no_query_followed() -> None:
    step = {"action": "submit", "observation": "diff", "response": "", "thought": ""}
    conversation = SweAgent().read(run(act("submit", "submit"), steps=(step,)))
    assert [response.body_head for response in responses(conversation)] == [b"diff"]
    assert record(conversation)["trajectory"] == [step]
    assert len(responses(SweAgent().read(run(act("submit", "submit"))))) == 0


def test_thoughts_that_came_apart_from_the_content_are_thoughts() -> None:
    thinking = [{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "redacted"}]
    source = run(act("ls", "ls", thinking_blocks=thinking, thought="ls"))
    conversation = SweAgent().read(source)
    assert [block.kind for block in conversation.turns[2].blocks] == ["think", "tool_call"]
    assert message(conversation.turns[2])["thinking_blocks"] == thinking


def test_parts_of_content_are_read() -> None:
    content = [{"type": "text", "text": "a.py", "cache_control": {"type": "ephemeral"}}]
    entry = {"id": "c1", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
    answer = {"role": "tool", "content": content, "tool_call_ids": ["c1"]}
    conversation = SweAgent().read(run(act("Look", "ls", tool_calls=[entry]), answer))
    (response,) = responses(conversation)
    assert (response.body_head, response.tool_call_id) == (b"a.py", "c1")
    assert all(turn.is_lossless for turn in conversation.turns)


def test_an_object_that_looks_like_a_pointer_is_given_back() -> None:
    source = run(act("ls", "ls")) | {"info": {"x": {"$turn": [0]}, "y": {"$body": 9}}}
    assert record(SweAgent().read(source))["info"] == source["info"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"trajectory": [], "history": []}, "no_messages"),
        ({"trajectory": [], "history": ["text"]}, "bad_message"),
        ({"trajectory": [], "history": [{"content": "x"}]}, "bad_message"),
    ],
)
def test_what_is_no_run_is_a_reject(odd: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        SweAgent().read(odd)
    assert caught.value.reason == reason


def test_odd_values_are_kept_and_end_nothing(tmp_path: Path) -> None:
    odd = [
        run(act("x", "ls", thought=7, tool_calls=None)),
        run({"role": "assistant", "content": None, "action": None, "thinking_blocks": "no"}),
        run(act("x", "ls"), {"role": "user", "content": None}),
        run(act("x", "ls")) | {"info": 3, "replay_config": "{no json"},
        {"trajectory": [7], "history": [{"role": "user", "content": "x"}]},
    ]
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", odd))], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (4, True)
    assert rows(summary.parquet, "rejects", "position, reason") == [(4, "unknown_shape")]
    assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]
