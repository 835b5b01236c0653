"""Small traces for tests, and a look at the tables that ingest makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from ingest.run import IngestSummary


def record(number: int, **more: Any) -> dict[str, Any]:
    """A small conversation in the dataset's shape."""
    call = f'<tool_call>\n{{"name": "ls", "arguments": {{"n": {number}}}}}\n</tool_call>'
    answer = '{"tool_call_id": "", "name": "ls", "content": {"output": "", "error": null}}'
    return {
        "id": f"c{number}",
        "conversations": [
            {"from": "human", "value": f"Task {number}"},
            {"from": "gpt", "value": f"<think>\nplan\n</think>\n{call}"},
            {"from": "tool", "value": f"<tool_response>\n{answer}\n</tool_response>"},
            {"from": "gpt", "value": "<think>\n</think>\nDone."},
        ],
    } | more


def chat(*calls: str, answer: object = "ok", **more: Any) -> dict[str, Any]:
    """A conversation of OpenAI messages: one turn that calls these tools, and their answers."""
    entries = [
        {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for i, name in enumerate(calls)
    ]
    answers = [
        {"role": "tool", "tool_call_id": entry["id"], "content": answer} for entry in entries
    ]
    first = {"role": "user", "content": "Please"}
    turn = {"role": "assistant", "content": None, "tool_calls": entries}
    return {"messages": [first, turn, *answers]} | more


def write_lines(path: Path, lines: Sequence[Any]) -> Path:
    """JSON Lines; a str or bytes is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(_line(line) + b"\n" for line in lines))
    return path


def _line(line: Any) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def rows(parquet: Path, table: str, columns: str = "*", rest: str = "") -> list[Any]:
    """What a query over one Parquet table selects."""
    sql = f"select {columns} from read_parquet('{parquet}/{table}/*.parquet') {rest}"
    return duckdb.execute(sql).fetchall()


def ids(parquet: Path) -> list[str]:
    """All conversation ids."""
    return [row[0] for row in rows(parquet, "conversations", "conversation_id", "order by all")]


def status(summary: IngestSummary) -> dict[str, str]:
    """What became of each file."""
    return {line.path: line.status for line in summary.files}
