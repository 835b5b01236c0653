"""The plain conversation: what every input format is turned into, and flattening starts from.

Texts are UTF-8 bytes: they are cut, hashed and written without being decoded. The records are
`msgspec.Struct`s, which cost a fifth of a dataclass to make; there are millions of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class BadRecord(ValueError):
    """A record that cannot be a conversation; `reason` is a code for the rejects table."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class EventLog(msgspec.Struct):
    """The decoded lines of a file that is one record, with the position of each in the file."""

    lines: list[int]
    events: list[Any]


class Call(msgspec.Struct, gc=False):
    """A tool call as far as it could be parsed.

    `arguments` is canonical JSON, `value` the parsed arguments (for the schema check).
    """

    tool_call_id: str | None = None
    tool_name: str | None = None
    arguments: bytes | None = None
    value: Any = None
    arguments_kind: str = "missing"
    issue: str | None = None
    is_malformed: bool = False


class Response(msgspec.Struct, gc=False):
    """What a tool answered: who answered, and the measures of the content."""

    content_kind: str
    content_chars: int
    content_sha256: str
    body_head: bytes
    body_tail: bytes | None
    tool_call_id: str | None = None
    tool_name: str | None = None
    fields: bytes | None = None
    error_text: str | None = None
    reported_success: bool | None = None
    exit_code: int | None = None
    status: str | None = None
    native_is_error: bool | None = None


class Block(msgspec.Struct, gc=False):
    """A piece of a turn; opener, body and closer of all blocks, joined, are the turn's text."""

    kind: str
    body: bytes
    opener: bytes = b""
    closer: bytes = b""
    is_closed: bool = True
    issue: str | None = None
    visibility: str | None = None
    media_type: str | None = None
    call: Call | None = None
    response: Response | None = None


class Finding(msgspec.Struct, gc=False):
    """Where a secret stands: turn and block, null outside of any, column, and its bytes there."""

    turn_index: int | None
    block_index: int | None
    field: str
    rule_id: str
    kind: str
    byte_offset: int
    byte_count: int
    is_redacted: bool = False


class Turn(msgspec.Struct):
    """One message. `is_lossless`: blocks and `extra` give back the input exactly."""

    role: str
    source_role: str | None
    blocks: list[Block]
    body_chars: int
    body_sha256: str
    is_lossless: bool
    api_message_id: str | None = None
    stop_reason: str | None = None
    created_at: datetime | None = None
    issue: str | None = None
    extra: bytes | None = None


class Conversation(msgspec.Struct):
    """One record. `tools` is the recorded list of tool definitions, as JSON text."""

    turns: list[Turn]
    source_id: str | None = None
    model: str | None = None
    category: str | None = None
    subcategory: str | None = None
    task: str | None = None
    task_id: str | None = None
    trial_index: int | None = None
    tools: bytes | None = None
    is_completed: bool | None = None
    started_at: datetime | None = None
    outcome_name: str | None = None
    outcome_score: float | None = None
    extra: bytes | None = None
    findings: list[Finding] = []
