"""All that is there to label: the distinct tool uses of a home's Parquet, with their full text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

# Where a folder is named for its format, the family is what ran in it.
_FAMILIES = {"openai_messages": "tau_bench"}
_USES = """
with responses as (
    select tool_responses.*, blocks.body
    from read_parquet($tool_responses) as tool_responses
    inner join read_parquet($blocks) as blocks using (conversation_id, turn_index, block_index)
)
select
    coalesce(calls.conversation_id, responses.conversation_id) as conversation_id,
    calls.turn_index as call_turn_index,
    calls.block_index as call_block_index,
    responses.turn_index,
    responses.block_index,
    coalesce(calls.tool_name, responses.tool_name, '') as tool_name,
    coalesce(calls.arguments, '') as arguments,
    responses.body,
    responses.content_sha256,
    responses.exit_code,
    responses.status,
    responses.reported_success,
    responses.error_text,
    responses.native_is_error,
    calls.parse_status,
from read_parquet($tool_calls) as calls
full outer join responses
    on calls.conversation_id = responses.conversation_id
    and calls.turn_index = responses.call_turn_index
    and calls.block_index = responses.call_block_index
order by
    conversation_id,
    coalesce(responses.turn_index, calls.turn_index),
    coalesce(responses.block_index, calls.block_index),
    responses.turn_index
"""
_SOURCES = "select conversation_id, source from read_parquet($conversations)"


class _Wrapper(msgspec.Struct):
    content: msgspec.Raw


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call with its response, a call without one (`response` is None), or an orphan.

    Units: `turn_index` and `block_index`, from 0, of the response; the call's if there is none.
    """

    source: str
    conversation_id: str
    turn_index: int
    block_index: int
    call_turn_index: int | None
    call_block_index: int | None
    tool_name: str
    arguments: str
    response: str | None
    exit_code: int | None = None
    status: str | None = None
    reported_success: bool | None = None
    error_text: str | None = None
    native_is_error: bool | None = None
    parse_status: str | None = None

    @property
    def key(self) -> str:
        """Hash of what a label is about: tool name, canonical arguments, text of the response.

        The name is the call's (an orphan's: the response's). A text that is not there counts as
        the empty one, so that a use keeps its key wherever it is met.
        """
        texts = (self.tool_name, self.arguments, self.response or "")
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def tool_uses(parquet: Path) -> list[ToolUse]:
    """Every tool use in a home's Parquet folder, in the order of conversation and position."""
    tables = ("tool_responses", "blocks", "tool_calls")
    with duckdb.connect() as connection:
        family = {
            conversation_id: _FAMILIES.get(source, source)
            for conversation_id, source in connection.execute(
                _SOURCES, {"conversations": f"{parquet}/conversations/*.parquet"}
            ).fetchall()
        }
        found = connection.execute(
            _USES, {table: f"{parquet}/{table}/*.parquet" for table in tables}
        )
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [_tool_use(row, family[row["conversation_id"]]) for row in rows]


def _tool_use(row: dict[str, Any], family: str) -> ToolUse:
    body, content_sha256 = row.pop("body"), row.pop("content_sha256")
    if row["turn_index"] is None:
        place = {"turn_index": row["call_turn_index"], "block_index": row["call_block_index"]}
        return ToolUse(**(row | place), source=family, response=None)
    return ToolUse(**row, source=family, response=content(body, content_sha256))


def content(body: str, content_sha256: str) -> str:
    """The text of a response that ingest measured: the block, or the content in its JSON wrapper.

    Raises: ValueError where neither has the hash that ingest wrote.
    """
    if _sha256(body) == content_sha256:
        return body
    raw = bytes(msgspec.json.decode(body, type=_Wrapper).content)
    text = msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
    if _sha256(text) != content_sha256:
        raise ValueError(f"not the content that was ingested: {body[:200]}")
    return text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
