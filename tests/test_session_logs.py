"""Formats whose record is a file of events: sessions of Claude Code, droid, pi and Codex."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.conversation import BadRecord, Block, EventLog
from ingest.formats import FORMATS, detect, is_log
from ingest.formats.pointers import rebuild
from ingest.run import IngestOptions, ingest
from tests.given_back import SHARED, needs_shared, responses
from tests.traces import ids, record, rows, write_lines

LONG = "a line of output that is longer than forty characters"
STAMP = "2026-01-02T03:04:05.678Z"


# --- Small sessions ---------------------------------------------------------------------------


def claude(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    """A line of Claude Code; `message` and keys of the line can be added."""
    message = {"role": kind, "content": content} | more.pop("message", {})
    line = {"type": kind, "sessionId": "s1", "uuid": None, "timestamp": STAMP, "message": message}
    return line | more


def use(call_id: str, name: str = "Bash", **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": given}


def result(call_id: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content} | more


def claude_session() -> list[Any]:
    """One message over three lines with a result between them, a failure, and other lines."""
    api = {"id": "msg_1", "model": "claude-x", "usage": {"output_tokens": 7}}
    end = api | {"stop_reason": "tool_use"}
    thought = {"type": "thinking", "thinking": "I look.", "signature": "c2ln"}
    return [
        {"type": "queue-operation", "operation": "enqueue", "sessionId": "s1"},
        claude("user", "List it", uuid="u1"),
        claude("assistant", [thought], uuid="u2", message=api),
        claude("assistant", [use("t1", command="ls")], uuid="u3", message=api),
        claude("user", [result("t1", LONG)], uuid="u4", toolUseResult={"stdout": LONG}),
        claude("assistant", [use("t2", command="cat x")], uuid="u5", message=end),
        claude("user", [result("t2", "Exit code 1", is_error=True)], uuid="u6"),
        claude("assistant", [{"type": "text", "text": "No x."}], uuid="u7", message={"id": "m2"}),
        {"type": "summary", "summary": "x", "leafUuid": "u7"},
    ]


def pi(role: str, content: Any, **more: Any) -> dict[str, Any]:
    line = {"type": "message", "timestamp": STAMP}
    return line | {"message": {"role": role, "content": content, "timestamp": 1} | more}


PI_HEAD = {"type": "session", "version": 3, "id": "p1", "timestamp": STAMP, "cwd": "/"}
DROID_HEAD = {"type": "session_start", "id": "d1", "title": "x"}


def codex(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": STAMP, "type": kind, "payload": payload}


def item(kind: str, **payload: Any) -> dict[str, Any]:
    return codex("response_item", type=kind, **payload)


def say(role: str, text: str) -> dict[str, Any]:
    return item("message", role=role, content=[{"type": "output_text", "text": text}])


def read(name: str, lines: list[Any]) -> Any:
    """The conversation of these lines, read by the format."""
    return FORMATS[name]().read(EventLog(list(range(len(lines))), lines))


def shape(conversation: Any) -> list[tuple[str, list[str]]]:
    """Role and kinds of block of each turn."""
    return [(turn.role, [block.kind for block in turn.blocks]) for turn in conversation.turns]


def lines_back(parquet: Path) -> dict[int, Any]:
    """The lines of a session by their positions, rebuilt from what Parquet holds."""
    blocks: dict[int, list[Block]] = {}
    for index, *texts in rows(
        parquet,
        "blocks",
        "turn_index, kind, body, opener, closer",
        "order by turn_index, block_index",
    ):
        kind, body, opener, closer = texts
        found = Block(kind, body.encode(), opener=opener.encode(), closer=closer.encode())
        blocks.setdefault(index, []).append(found)
    kept = [
        rebuild(json.loads(extra), blocks.get(index, []))
        for index, extra in rows(parquet, "turns", "turn_index, extra")
    ]
    kept += [json.loads(x) for (x,) in rows(parquet, "conversations", "extra") if x]
    return {
        line: event
        for extra in kept
        for line, event in zip(extra["lines"], extra["events"], strict=True)
    }


# --- A file is a record -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json", "a.parquet"])
def test_a_file_of_events_is_one_record(tmp_path: Path, name: str) -> None:
    path, lines = tmp_path / name, claude_session()
    if name == "a.json":
        path.write_text(json.dumps(lines, indent=1))
    elif name == "a.parquet":
        texts = [claude("user", f"x{i}", uuid=f"u{i}") for i in range(3)]
        pq.write_table(pa.Table.from_pylist(texts), path, row_group_size=1)
    else:
        text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    summary = ingest([str(path)], tmp_path / "home")
    (line,) = summary.files
    assert (line.rows, line.conversations, line.rejects, line.blanks) == (1, 1, 0, 0)
    assert ids(summary.parquet) == ["a/s1"]
    assert rows(summary.parquet, "files", "format") == [("claude_code",)]


def test_a_bad_line_is_a_reject_and_takes_no_other_with_it(tmp_path: Path) -> None:
    """The first line is broken, one is blank, and the last was being written."""
    lines = claude_session()
    path = write_lines(tmp_path / "a.jsonl", ["{no", *lines[:4], "", *lines[4:], '{"type": "us'])
    summary = ingest([str(path)], tmp_path / "home")
    (line,) = summary.files
    assert (line.rows, line.conversations, line.rejects, line.blanks) == (4, 1, 2, 1)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [(0, "bad_json"), (11, "bad_json")]
    (digest,) = rows(summary.parquet, "rejects", "sha256", "where position = 11")[0]
    assert (tmp_path / "home" / "rejects" / digest).read_bytes() == b'{"type": "us\n'
    positions = [1, 2, 3, 4, *range(6, 11)]
    assert lines_back(summary.parquet) == dict(zip(positions, lines, strict=True))
    assert rows(summary.parquet, "conversations", "record_index") == [(1,)]


def test_a_session_that_is_cut_short_keeps_what_can_be_read(tmp_path: Path) -> None:
    noise = [
        claude("user", random.Random(i).randbytes(900).hex(), uuid=f"n{i}") for i in range(2000)
    ]
    text = b"".join(json.dumps(line).encode() + b"\n" for line in noise)
    whole = gzip.compress(text)
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) * 2 // 3])
    summary = ingest([str(tmp_path / "a.jsonl.gz")], tmp_path / "home")
    assert summary.balances
    assert 0 < rows(summary.parquet, "turns", "count(*)")[0][0] < 2000
    assert "truncated" in {reason for (reason,) in rows(summary.parquet, "rejects", "reason")}
    assert summary.damaged


def test_a_limit_counts_sessions(tmp_path: Path) -> None:
    for name in "abc":
        lines = [line | {"sessionId": name} for line in claude_session()]
        write_lines(tmp_path / "in" / f"{name}.jsonl", lines)
    summary = ingest([str(tmp_path / "in")], tmp_path / "home", IngestOptions(limit=2))
    assert ids(summary.parquet) == ["in/a", "in/b"]
    assert rows(summary.parquet, "turns", "count(*)") == [(10,)]


def test_a_limit_is_not_used_up_by_a_broken_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", ["{no", *claude_session()])
    summary = ingest([str(path)], tmp_path / "home", IngestOptions(limit=1))
    assert (ids(summary.parquet), summary.balances) == (["a/s1"], True)


def test_a_file_without_a_message_is_one_reject_with_all_its_bytes(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"type": "summary"}, {"type": "system"}])
    summary = ingest([str(path)], tmp_path / "home", IngestOptions(format="claude_code"))
    assert (summary.files[0].rows, summary.balances) == (1, True)
    ((reason, digest),) = rows(summary.parquet, "rejects", "reason, sha256")
    assert reason == "no_messages"
    assert (tmp_path / "home" / "rejects" / digest).read_bytes() == path.read_bytes()


def test_a_line_is_known_by_its_own_format_only() -> None:
    lines = {
        "claude_code": claude("user", "x", uuid="u"),
        "droid": DROID_HEAD,
        "pi": PI_HEAD,
        "codex": say("user", "x"),
        "openai": {"messages": [{"role": "user", "content": "x"}]},
        "hermes": record(0),
    }
    for name, line in lines.items():
        matching = [n for n, form in FORMATS.items() if form().matches(line)]
        assert matching == [name], name
    assert [name for name in lines if is_log(name)] == ["claude_code", "droid", "pi", "codex"]
    assert detect({"type": "message", "message": {"role": "user", "content": "x"}}) is None


# --- Claude Code --------------------------------------------------------------------------------


def test_lines_of_one_message_are_one_turn(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", claude_session())
    parquet = ingest([str(path)], tmp_path / "home").parquet
    turns = rows(
        parquet, "turns", "role, source_role, api_message_id, stop_reason", "order by turn_index"
    )
    assert turns == [
        ("user", "user", None, None),
        ("assistant", "assistant", "msg_1", "tool_use"),
        ("tool", "user", None, None),
        ("tool", "user", None, None),
        ("assistant", "assistant", "m2", None),
    ]
    pairs = rows(
        parquet, "tool_responses", "call_turn_index, call_block_index, paired_by, native_is_error"
    )
    assert pairs == [(1, 1, "id", None), (1, 2, "id", True)]
    assert lines_back(parquet) == dict(enumerate(claude_session()))
    found = rows(parquet, "conversations", "model, started_at::date::text, source_id")
    assert found == [("claude-x", "2026-01-02", "s1")]


def test_a_text_that_the_log_repeats_is_kept_once() -> None:
    turn = read("claude_code", claude_session()).turns[2]
    assert LONG.encode() not in turn.extra
    assert json.loads(turn.extra)["events"][0]["toolUseResult"] == {"stdout": {"$body": 0}}


def test_a_line_that_is_there_twice_is_one_turn() -> None:
    """As some versions append them when a session goes on; ids alone do not make a copy."""
    lines = [claude("user", "x", uuid="u1"), claude("user", "y", uuid="u1")]
    again = claude("user", "x", uuid="u1", cwd="/elsewhere")
    conversation = read("claude_code", [*lines, again])
    assert len(conversation.turns) == 2
    assert json.loads(conversation.extra) == {"lines": [2], "events": [again]}


def test_a_broken_message_is_named_and_the_others_are_read() -> None:
    broken = [claude("user", "x") | {"message": odd} for odd in (None, "x", {"content": "x"})]
    conversation = read("claude_code", [*broken, 7, claude("user", "x")])
    assert shape(conversation) == [("user", ["text"])]
    why = "`message` is no object with a `role`"
    odd = json.loads(conversation.extra)["odd"]
    assert odd == [[0, why], [1, why], [2, why], [3, "no object"]]
    with pytest.raises(BadRecord, match="no object with a `role`"):
        read("claude_code", broken)


def test_content_of_odd_types_is_kept_and_never_a_crash() -> None:
    odd: list[Any] = [
        None,
        5,
        {},
        [],
        "",
        [None, 3, "x", {}],
        [{"type": 4}, {"type": []}, {"type": {}, "text": 5}],
        [{"type": "text"}],
    ]
    odd += [[{"type": "tool_use"}], [{"type": "tool_result"}], [{"type": "thinking"}]]
    conversation = read("claude_code", [claude("assistant", content) for content in odd])
    assert all(turn.is_lossless for turn in conversation.turns)
    (call,) = [b.call for turn in conversation.turns for b in turn.blocks if b.call]
    assert (call.is_malformed, call.issue) == (True, "no_name")
    (thought,) = [b for turn in conversation.turns for b in turn.blocks if b.kind == "think"]
    assert (thought.body, thought.visibility) == (b"", "empty")


def test_a_thought_that_is_not_shown_is_encrypted() -> None:
    parts = [{"type": "thinking", "thinking": "", "signature": "x"}]
    parts += [{"type": "redacted_thinking", "data": "x"}]
    (turn,) = read("claude_code", [claude("assistant", parts)]).turns
    assert [b.visibility for b in turn.blocks] == ["encrypted", "encrypted"]


def test_a_response_is_the_texts_of_its_list_and_images_stand_beside() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x"}}
    texts = [{"type": "text", "text": "é, one"}, image, {"type": "text", "text": "two"}]
    lines = [claude("user", [result("t", texts), result("u", [{"type": "tool_reference"}])])]
    (turn,) = read("claude_code", lines).turns
    assert [b.kind for b in turn.blocks] == ["tool_response", "media", "tool_response"]
    assert turn.blocks[0].body == "é, one\ntwo".encode()
    assert turn.blocks[1].media_type == "image/png"
    assert turn.blocks[2].body == b'[{"type":"tool_reference"}]'
    assert turn.is_lossless


def test_the_model_is_that_of_most_messages_and_never_the_harness() -> None:
    models = ["<synthetic>", "a", "b", "<synthetic>", "b", "<synthetic>"]
    lines = [
        claude("assistant", "x", message={"model": model, "id": f"m{i}"})
        for i, model in enumerate(models)
    ]
    assert read("claude_code", lines).model == "b"


def test_the_file_of_a_sub_agent_does_not_take_the_id_of_its_session() -> None:
    side = {"isSidechain": True, "agentId": "a7"}
    assert read("claude_code", [claude("user", "x", **side)]).source_id == "a7"
    mixed = [claude("user", "x", **side), claude("user", "y")]
    assert read("claude_code", mixed).source_id == "s1"


@needs_shared
def test_the_real_session_of_claude_code(tmp_path: Path) -> None:
    path = SHARED / "claude_code" / "session.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    messages = [line["message"] for line in lines if line["type"] in ("user", "assistant")]
    parts = [p for m in messages if isinstance(m["content"], list) for p in m["content"]]
    kinds = Counter(p["type"] for p in parts)
    failed = sum(p.get("is_error") is True for p in parts)
    answers = {m["id"] for m in messages if m["role"] == "assistant"}
    assert (len(lines), kinds["tool_use"], kinds["tool_result"], failed) == (35, 13, 13, 2)
    assert_counts(path, tmp_path, len(answers), calls=13, results=13, failed=2)


# --- droid --------------------------------------------------------------------------------------


def test_droid_is_read_with_its_cancelled_call(tmp_path: Path) -> None:
    def line(role: str, content: Any, **more: Any) -> dict[str, Any]:
        return {"type": "message", "id": "m", "message": {"role": role, "content": content} | more}

    lines = [
        DROID_HEAD,
        line("user", [{"type": "text", "text": "Do"}], visibility="llm_only"),
        line("assistant", [use("Bash_0")], openaiMessageId="o1"),
        {"type": "todo_state", "id": "x", "todos": {}},
        line("user", [result("Bash_0", "done", is_error=False)]),
        line("user", [result("Todo_1", "cancelled", is_error=True)], visibility="user_only"),
    ]
    parquet = ingest([str(write_lines(tmp_path / "a.jsonl", lines))], tmp_path / "home").parquet
    assert ids(parquet) == ["a/d1"]
    found = rows(parquet, "tool_responses", "native_is_error, call_turn_index", "order by 1")
    assert found == [(False, 1), (True, None)]
    assert rows(parquet, "turns", "api_message_id", "where role = 'assistant'") == [("o1",)]
    assert lines_back(parquet) == dict(enumerate(lines))


@needs_shared
def test_the_real_session_of_droid(tmp_path: Path) -> None:
    path = SHARED / "droid" / "session.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    messages = [line["message"] for line in lines if line["type"] == "message"]
    kinds = Counter(part["type"] for m in messages for part in m["content"])
    failed = sum(part.get("is_error") is True for m in messages for part in m["content"])
    answers = sum(m["role"] == "assistant" for m in messages)
    assert (len(lines), kinds["tool_use"], kinds["tool_result"]) == (65, 22, 22)
    assert_counts(path, tmp_path, answers, calls=22, results=22, failed=failed)


# --- pi -----------------------------------------------------------------------------------------


def test_pi_is_read_as_a_tree_and_as_a_line(tmp_path: Path) -> None:
    call = {"type": "toolCall", "id": "c", "name": "bash", "arguments": {"command": "false"}}
    image = {"type": "image", "data": "eA==", "mimeType": "image/jpeg"}
    answer = [{"type": "text", "text": "exit 1"}, image]
    told = {"toolCallId": "c", "toolName": "bash", "isError": True, "details": {}}
    linear = [
        {"type": "session", "id": "p0", "timestamp": STAMP, "cwd": "/", "modelId": "first"},
        pi("assistant", [], model="first", stopReason="aborted"),
        pi("assistant", [{"type": "thinking", "thinking": "hm"}, call], model="x", stopReason="y"),
        pi("toolResult", answer, **told),
        pi("assistant", "So it is.", model="x"),
        {"type": "message", "message": {"role": "bashExecution", "command": "ls", "output": LONG}},
    ]
    ids_of = [None, "e1", "e2", "e3", "e4", "e5"]
    tree = [PI_HEAD] + [
        line | {"id": own, "parentId": parent}
        for line, own, parent in zip(linear[1:], ids_of[1:], ids_of, strict=False)
    ]
    tree.append(pi("assistant", "Another branch.") | {"id": "e6", "parentId": "e3"})
    for name, lines in (("linear", linear), ("tree", tree)):
        path = write_lines(tmp_path / f"{name}.jsonl", lines)
        parquet = ingest([str(path)], tmp_path / name).parquet
        found = rows(parquet, "tool_responses", "tool_name, native_is_error, paired_by, body_head")
        assert found == [("bash", True, "id", "exit 1")]
        assert rows(parquet, "turns", "count(*)", "where role = 'assistant'") == [
            (3 if name == "linear" else 4,)
        ]
        assert rows(parquet, "turns", "role", "where source_role = 'toolResult'") == [("tool",)]
        assert rows(parquet, "conversations", "model") == [("x",)]
        assert rows(parquet, "blocks", "count(*)", f"where body = '{LONG}'") == [(1,)]
        assert rows(parquet, "blocks", "media_type", "where kind = 'media'") == [("image/jpeg",)]
        assert lines_back(parquet) == dict(enumerate(lines))


@needs_shared
@pytest.mark.parametrize(
    ("name", "size", "answers", "results", "failed", "aborted"),
    [("session_v3_tree", 325, 157, 144, 6, 2), ("session_old_linear", 1019, 453, 373, 19, 21)],
)
def test_the_real_sessions_of_pi(
    tmp_path: Path, name: str, size: int, answers: int, results: int, failed: int, aborted: int
) -> None:
    path = SHARED / "pi" / f"{name}.jsonl"
    with path.open(encoding="utf-8") as file:  # splitlines() would also split at U+2028
        lines = [json.loads(line) for line in file]
    messages = [line["message"] for line in lines if line["type"] == "message"]
    parts = [p for m in messages if isinstance(m["content"], list) for p in m["content"]]
    calls = sum(p["type"] == "toolCall" for p in parts)
    assert len(lines) == size
    assert sum(m["role"] == "assistant" for m in messages) == answers
    assert sum(m["role"] == "toolResult" for m in messages) == results
    assert sum(m.get("isError") is True for m in messages) == failed
    assert sum(m.get("stopReason") == "aborted" for m in messages) == aborted
    parquet = assert_counts(path, tmp_path, answers, calls, results, failed)
    found = rows(parquet, "turns", "count(*)", "where stop_reason = 'aborted'")
    assert found == [(aborted,)]


@needs_shared
def test_the_real_session_of_openclaw_is_one_of_pi(tmp_path: Path) -> None:
    assert_counts(SHARED / "openclaw" / "session.jsonl", tmp_path, 1, calls=0, results=0, failed=0)


# --- Codex --------------------------------------------------------------------------------------


def codex_session() -> list[Any]:
    patch = "*** Begin Patch\n*** End Patch"
    summary = [{"type": "summary_text", "text": LONG}, {"type": "summary_text", "text": "two"}]
    return [
        codex("session_meta", id="r1", timestamp=STAMP, base_instructions={"text": "You are"}),
        codex("event_msg", type="task_started"),
        codex("turn_context", model="gpt-x"),
        say("user", "Do it"),
        codex("event_msg", type="user_message", message="Do it"),
        codex("event_msg", type="agent_reasoning", text=LONG),
        item("reasoning", summary=summary, content=None, encrypted_content="x"),
        item("function_call", name="shell", arguments='{"cmd": "ls"}', call_id="c1"),
        codex("event_msg", type="token_count", info={"total_token_usage": {"total_tokens": 9}}),
        item("custom_tool_call", name="apply_patch", input=patch, call_id="c2"),
        item("function_call_output", call_id="c1", output="Process exited with code 0"),
        codex("event_msg", type="patch_apply_end", call_id="c2", success=False),
        item("custom_tool_call_output", call_id="c2", output='{"output": "no such file"}'),
        item("reasoning", summary=[], encrypted_content="x"),
        say("assistant", "Done"),
        codex("event_msg", type="agent_message", message="Done"),
        codex("event_msg", type="task_complete"),
    ]


def test_items_of_the_model_are_one_turn_until_something_answers(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", codex_session())
    parquet = ingest([str(path)], tmp_path / "home").parquet
    conversation = read("codex", codex_session())
    assert shape(conversation) == [
        ("system", ["text"]),
        ("user", ["text"]),
        ("assistant", ["think", "tool_call", "tool_call"]),
        ("tool", ["tool_response"]),
        ("tool", ["tool_response"]),
        ("assistant", ["think", "text"]),
    ]
    thoughts = [b for turn in conversation.turns for b in turn.blocks if b.kind == "think"]
    assert [(b.visibility, b.body.decode()) for b in thoughts] == [
        ("summary", f"{LONG}\ntwo"),
        ("encrypted", ""),
    ]
    assert [r.native_is_error for r in responses(conversation)] == [None, True]
    calls = rows(parquet, "tool_calls", "tool_name, arguments_kind, parse_status", "order by 1")
    assert calls == [("apply_patch", "string", "ok"), ("shell", "object", "ok")]
    found = rows(parquet, "conversations", "source_id, model, is_completed")
    assert found == [("r1", "gpt-x", True)]
    assert lines_back(parquet) == dict(enumerate(codex_session()))


def test_odd_items_of_codex_are_kept_or_named() -> None:
    odd = [
        {"timestamp": STAMP, "type": "response_item", "payload": "x"},
        item("message", content="x"),
        item("ghost_snapshot", ghost_commit={}),
        codex("session_meta", id=5),
        item("message", role="user"),
        item("function_call"),
        item("custom_tool_call", input=None),
        item("local_shell_call", action={"type": "exec", "command": ["ls"]}, call_id="c"),
        item("web_search_call", action={"query": "x"}),
        item("reasoning", summary=[5, {"text": ""}], content="x"),
        item("function_call_output", output={"content": "x"}),
        codex("event_msg", type="mcp_tool_call_end", call_id=None, result={"Err": "x"}),
        codex("event_msg", type=["task_complete"], call_id=[]),
    ]
    conversation = read("codex", odd)
    assert shape(conversation) == [
        ("user", []),
        ("assistant", ["tool_call", "tool_call", "tool_call", "think"]),
        ("tool", ["tool_response"]),
    ]
    assert all(turn.is_lossless for turn in conversation.turns)
    extra = json.loads(conversation.extra)
    assert [line for line, _ in extra["odd"]] == [0, 1]
    assert (extra["lines"], conversation.source_id) == ([0, 1, 2, 3, 11, 12], None)


def test_a_failed_tool_of_mcp_is_flagged() -> None:
    def run(told: dict[str, Any]) -> list[Any]:
        call = item("function_call", name="f", arguments="{}", call_id="c")
        end = codex("event_msg", type="mcp_tool_call_end", call_id="c", result=told)
        return [call, end, item("function_call_output", call_id="c", output="x")]

    told: list[dict[str, Any]] = [{"Err": "no"}, {"Ok": {"isError": True}}, {"Ok": {"content": []}}]
    flags = [responses(read("codex", run(result)))[0].native_is_error for result in told]
    assert flags == [True, True, False]


@needs_shared
def test_the_real_rollout_of_codex(tmp_path: Path) -> None:
    """Each answer of the model changes the sum of tokens: so they can be counted another way."""
    path = SHARED / "codex" / "rollout.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    payloads = [line["payload"] for line in lines]
    kinds = Counter(p.get("type") for p in payloads)
    sums = [p["info"] for p in payloads if p.get("type") == "token_count" and p["info"]]
    answers = len({info["total_token_usage"]["total_tokens"] for info in sums})
    assert (len(lines), kinds["function_call"], kinds["custom_tool_call"]) == (95, 17, 1)
    parquet = assert_counts(path, tmp_path, answers, calls=18, results=18, failed=0)
    thoughts = rows(parquet, "blocks", "count(*)", "where kind = 'think'")
    assert thoughts == [(kinds["reasoning"],)]


# --- All of them --------------------------------------------------------------------------------


def assert_counts(
    path: Path, tmp_path: Path, answers: int, calls: int, results: int, failed: int
) -> Path:
    """Ingests a real file: its counts, its pairs, and that all its lines can be rebuilt."""
    parquet = ingest([str(path)], tmp_path / "home").parquet
    assert rows(parquet, "turns", "count(*)", "where role = 'assistant'") == [(answers,)]
    assert rows(parquet, "tool_calls", "count(*)") == [(calls,)]
    assert rows(parquet, "tool_responses", "count(*)") == [(results,)]
    found = rows(parquet, "tool_responses", "count(*)", "where native_is_error")
    assert found == [(failed,)]
    assert rows(parquet, "turns", "bool_and(is_lossless)") == [(True,)]
    with path.open(encoding="utf-8") as file:
        assert lines_back(parquet) == dict(enumerate(map(json.loads, file)))
    return parquet


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=50),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "content", "id", "$blocks", "$slice", "$as_is"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["text", "thinking", "tool_use", "tool_result", "image", "toolCall", "output_text", "x"]
)
PARTS = st.fixed_dictionaries(
    {"type": KINDS},
    optional=dict.fromkeys(
        ["text", "thinking", "input", "content", "arguments", "signature", "source"], VALUES
    ),
)
CONTENT = VALUES | st.lists(PARTS | VALUES, max_size=4)
ITEMS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                "message",
                "reasoning",
                "function_call",
                "custom_tool_call",
                "local_shell_call",
                "function_call_output",
                "custom_tool_call_output",
            ]
        ),
        "role": st.sampled_from(["user", "assistant", "developer"]),
    },
    optional=dict.fromkeys(
        ["content", "summary", "arguments", "input", "output", "action", "call_id"], CONTENT
    ),
)


@given(st.sampled_from(["user", "assistant", "toolResult", "bashExecution"]), CONTENT, VALUES)
def test_any_message_is_read_without_loss(role: str, content: Any, value: Any) -> None:
    message = {"role": role, "content": content, "output": value, "toolCallId": value}
    for name, kind in (("claude_code", "user"), ("droid", "message"), ("pi", "message")):
        line = {"type": kind, "timestamp": value, "message": message, "more": value}
        (turn,) = read(name, [line]).turns
        assert turn.is_lossless


@given(st.lists(ITEMS, min_size=1, max_size=4), VALUES)
def test_any_item_is_read_without_loss(items: list[dict[str, Any]], value: Any) -> None:
    lines = [{"timestamp": value, "type": "response_item", "payload": item} for item in items]
    assert all(turn.is_lossless for turn in read("codex", lines).turns)
