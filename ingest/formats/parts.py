"""What the formats share: turns with their measures, times, and texts of either kind."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from ingest.calls import tagged_call
from ingest.conversation import Block, Turn
from ingest.jsontext import Parser, canonical, characters
from ingest.responses import tagged_response

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
_LARGE = 1_000_000
_MILLISECONDS_FROM = 1e11  # an epoch beyond this is in milliseconds: in seconds it is the year 5138


def joined(blocks: list[Block]) -> bytes:
    """The text that the blocks cover."""
    return b"".join([part for b in blocks for part in (b.opener, b.body, b.closer)])


def covers(blocks: list[Block], text: bytes) -> bool:
    """Whether the blocks, joined, are the text; of a large one no copy is made."""
    if len(text) < _LARGE:
        return joined(blocks) == text
    at = 0
    for block in blocks:
        for part in (block.opener, block.body, block.closer):
            if not text.startswith(part, at):
                return False
            at += len(part)
    return at == len(text)


def parse_tagged(blocks: list[Block], parser: Parser) -> None:
    """Fills in `call` and `response` of the blocks that tags were cut from."""
    for block in blocks:
        if block.kind == "tool_call":
            block.call = tagged_call(block.body, parser)
            if block.call.is_malformed:
                block.issue = block.issue or block.call.issue
        elif block.kind == "tool_response":
            block.response, issue = tagged_response(block.body)
            block.issue = block.issue or issue


def turn(
    role: str, source_role: str | None, text: bytes, blocks: list[Block], is_lossless: bool
) -> Turn:
    """A turn whose blocks cover `text`, with its length and hash."""
    chars = characters(text)
    return Turn(role, source_role, blocks, chars, hashlib.sha256(text).hexdigest(), is_lossless)


def moment(value: Any) -> datetime | None:
    """A time in UTC: a time, ISO text, or an epoch in (milli)seconds; without a zone it is UTC.

    None for anything else, and for times outside the years 1970 to 9999.
    """
    try:
        if isinstance(value, datetime):
            read = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        elif isinstance(value, str):
            read = datetime.fromisoformat(value)
            read = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            scale = 1000 if abs(value) >= _MILLISECONDS_FROM else 1
            read = datetime.fromtimestamp(value / scale, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return read if read.year >= 1970 else None


def text(value: Any) -> str | None:
    """The value where it is text."""
    return value if isinstance(value, str) else None


def inner(value: Any, key: str) -> dict[str, Any]:
    """The object under `key`; an empty one where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def optional_text(record: dict[str, Any], key: str, used: set[str]) -> str | None:
    """The record's text under `key`; the key then counts as used. Other kinds stay in `extra`."""
    value = record.get(key)
    if value is None or isinstance(value, str):
        used.add(key)
        return value
    return None


def own_id(record: dict[str, Any], keys: tuple[str, ...], used: set[str]) -> str | None:
    """The record's own id: the first of `keys` that holds a text or an integer."""
    for key in keys:
        if type(record.get(key)) in (str, int):
            used.add(key)
            return str(record[key])
    return None


def rest(record: dict[str, Any], used: set[str]) -> bytes | None:
    """The fields that no column holds, as canonical JSON; None when there are none."""
    left = {key: value for key, value in record.items() if key not in used}
    return canonical(left) if left else None
