"""mini-SWE-agent: one fenced command is a call, what follows it is its response."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingest.formats import detect
from ingest.formats.mini_swe_agent import MiniSweAgent
from ingest.run import ingest
from tests.given_back import SHARED, calls, message, needs_shared, responses, roles
from tests.traces import rows, write_lines

FILE = SHARED / "mini_swe_agent" / "github_issue.traj.json"
START = [{"role": "system", "content": "S"}, {"role": "user", "content": "Fix it"}]


def command(line: str, name: str = "mswea_bash_command", before: str = "Look.\n\n") -> Any:
    return {"role": "assistant", "content": f"{before}```{name}\n{line}\n```"}


def result(code: int, output: str = "x", role: str = "user") -> dict[str, Any]:
    content = f"<returncode>{code}</returncode>\n<output>\n{output}</output>"
    return {"role": role, "content": content}


@needs_shared
def test_the_real_run(tmp_path: Path) -> None:
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    lines = [re.search(r"```mswea_bash_command\s*\n(.*?)\n```", m["content"], re.DOTALL)
             for m in raw if m["role"] == "assistant"]  # fmt: skip
    codes = Counter(m["content"].split("</")[0] for m in raw if "<returncode>" in m["content"][:12])
    assert (len(raw), len(lines)) == (22, 10)
    parquet = ingest([str(FILE)], tmp_path / "home").parquet
    found = rows(parquet, "tool_calls", "arguments", "order by turn_index")
    assert [json.loads(row[0])["command"] for row in found] == [m[1] for m in lines if m]
    found = rows(parquet, "tool_responses", "exit_code, count(*)", "group by 1 order by 1")
    assert found == [
        (0, codes["<returncode>0"]), (1, codes["<returncode>1"]), (None, 1),
    ]  # fmt: skip
    assert rows(parquet, "tool_responses", "count(call_turn_index)") == [(10,)]
    assert rows(parquet, "turns", "count(*), bool_and(is_lossless)") == [(22, True)]
    assert rows(parquet, "files", "format") == [("mini_swe_agent",)]


@needs_shared
def test_the_real_messages_are_given_back() -> None:
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    conversation = MiniSweAgent().read(raw)
    messages = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
    assert messages == raw


@pytest.mark.parametrize(
    ("content", "pieces"),
    [
        ("Look.\n\n```bash\nls\n```\nOK", ["Look.", "\n\n```bash\n|ls|\n```", "\nOK"]),
        ("```bash\n\n```", ["```bash\n||\n```"]),
        ("```bash\n```", ["```bash\n||```"]),
        ("```bash\nls", ["```bash\nls"]),
        ("```bash\nls\n```\n```bash\ncd\n```", ["```bash\nls\n```\n```bash\ncd\n```"]),
        ("```python\nx\n```", ["```python\nx\n```"]),
        ("<tool", ["<tool"]),
    ],
    ids=["one", "empty", "no line", "unclosed", "two", "other language", "none"],
)
def test_exactly_one_command_is_a_call(content: str, pieces: list[str]) -> None:
    source = [*START, {"role": "assistant", "content": content}, result(0)]
    conversation = MiniSweAgent().read(source)
    turn = conversation.turns[2]
    found = [
        b.body.decode() if b.kind == "text" else b"|".join((b.opener, b.body, b.closer)).decode()
        for b in turn.blocks
    ]
    assert (found, turn.is_lossless) == (pieces, True)
    has_call = "|" in "".join(pieces)
    assert roles(conversation)[3] == ("tool" if has_call else "user")


def test_a_record_with_its_configuration() -> None:
    said = command("ls --all --recursive", "bash", "Look around there.\n\n") | {
        "extra": {"timestamp": 1753000000.5}
    }
    said["extra"]["response"] = {"choices": [{"message": {"content": said["content"]}}]}
    info = {"exit_status": "Submitted", "config": {"model": {"model_name": "m"}}}
    source = {"messages": [*START, said, result(-1)], "info": info, "instance_id": "a__b-1"}
    conversation = MiniSweAgent().read(source)
    assert (conversation.model, conversation.is_completed) == ("m", True)
    assert conversation.task_id == "a__b-1"
    assert conversation.started_at is not None
    (response,) = responses(conversation)
    assert response.exit_code == -1
    turn = conversation.turns[2]
    assert message(turn) | {"role": "assistant"} == said
    assert turn.extra is not None
    assert b"Look around" not in turn.extra  # the API's answer repeats it


def test_tool_calls_of_newer_versions() -> None:
    entries = [{"id": i, "function": {"name": "bash", "arguments": "{}"}} for i in ("a", "b")]
    said = {"role": "assistant", "content": "", "tool_calls": entries}
    answers = [result(n, role="tool") | {"tool_call_id": i} for n, i in enumerate(("a", "b"))]
    ends = {"role": "exit", "content": "diff"}
    source = {"messages": [*START, said, *answers, ends],
              "trajectory_format": "mini-swe-agent-1.1"}  # fmt: skip
    assert detect(source) == "mini_swe_agent"
    conversation = MiniSweAgent().read(source)
    assert [call.tool_call_id for call in calls(conversation)] == ["a", "b"]
    assert [(r.tool_call_id, r.exit_code) for r in responses(conversation)[:2]] == [
        ("a", 0), ("b", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        [*START, {"role": "assistant", "content": "```bash\nls\n```"}],
        [*START, result(0)],
        {"messages": [*START, {"role": "assistant", "content": "Hi"}]},
    ],
    ids=["a fence alone", "a code alone", "neither"],
)
def test_chats_of_others_are_not_taken(other: Any) -> None:
    assert detect(other) == "openai"


def test_odd_values_are_kept_and_end_nothing(tmp_path: Path) -> None:
    start = [*START, command("ls"), result(0)]
    odd: list[Any] = [
        {"messages": [*start, {"role": "assistant", "content": None}, {"role": "user"}]},
        {"messages": [*start, {"role": "assistant", "content": [{"type": "text", "text": "x"}]}]},
        {"messages": [*start, "text"]},
        {"messages": start, "info": 7},
        {"messages": [], "trajectory_format": "mini-swe-agent-1"},
    ]
    summary = ingest([str(write_lines(tmp_path / "in.jsonl", odd))], tmp_path / "home")
    assert (summary.conversations, summary.balances) == (3, True)
    found = rows(summary.parquet, "rejects", "position, reason", "order by 1")
    assert found == [(2, "bad_message"), (4, "no_messages")]
    assert rows(summary.parquet, "turns", "bool_and(is_lossless)") == [(True,)]


def test_a_hostile_message_takes_no_longer_than_its_length() -> None:
    for text in ("\n" * 400_000, "```bash\n" * 50_000, "```bash" + " " * 400_000):
        began = time.perf_counter()
        source = [*START, {"role": "assistant", "content": text}, result(0)]
        assert MiniSweAgent().read(source).turns[2].is_lossless
        assert time.perf_counter() - began < 2
