"""Chat messages as exports hold them: `hermes sessions export` is a row of a session per line."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.formats.openai import OpenAI
from ingest.run import ingest
from tests.given_back import SHARED, message, needs_shared
from tests.traces import rows

SESSIONS = SHARED / "hermes" / "sessions_export.jsonl"


@needs_shared
def test_the_real_export_of_a_session(tmp_path: Path) -> None:
    """Reasoning stands under two keys there: it is one thought."""
    (raw,) = [json.loads(line) for line in SESSIONS.read_text(encoding="utf-8").splitlines()]
    calls = [call for m in raw["messages"] for call in m["tool_calls"] or []]
    thoughts = [m["reasoning"] for m in raw["messages"] if m["reasoning"]]
    assert (len(raw["messages"]), len(calls), len(thoughts)) == (11, 1, 5)
    assert thoughts == [m["reasoning_content"] for m in raw["messages"] if m["reasoning_content"]]
    parquet = ingest([str(SESSIONS)], tmp_path / "home").parquet
    assert rows(parquet, "turns", "count(*), bool_and(is_lossless)") == [(11, True)]
    bodies = rows(parquet, "blocks", "body", "where kind = 'think' order by turn_index")
    assert bodies == [(thought,) for thought in thoughts]
    assert rows(parquet, "tool_calls", "tool_name, tool_call_id") == [
        (calls[0]["function"]["name"], calls[0]["id"])
    ]
    columns = "paired_by, reported_success, length(fields) > 0"
    assert rows(parquet, "tool_responses", columns) == [("id", True, True)]
    stops = rows(parquet, "turns", "stop_reason", "where stop_reason is not null order by all")
    assert [row[0] for row in stops] == sorted(
        m["finish_reason"] for m in raw["messages"] if m["finish_reason"]
    )
    columns = "source_id, model, started_at is not null"
    assert rows(parquet, "conversations", columns) == [(raw["id"], raw["model"], True)]


@needs_shared
def test_the_real_session_is_given_back() -> None:
    (raw,) = [json.loads(line) for line in SESSIONS.read_text(encoding="utf-8").splitlines()]
    conversation = OpenAI().read(raw)
    messages = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
    assert messages == raw["messages"]
    left = json.loads(conversation.extra or b"")
    assert left == {k: v for k, v in raw.items() if k not in ("messages", "id", "model")}
