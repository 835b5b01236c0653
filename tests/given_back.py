"""What the blocks and `extra` of a conversation give back, for the tests of input formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.conversation import Call, Conversation, Response, Turn
from ingest.formats.pointers import rebuild

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared traces are not here")


def message(turn: Turn) -> dict[str, Any]:
    """The message that a turn was read from, without its role."""
    extra = json.loads(turn.extra or b'{"content": {"$blocks": [0, 1]}}')
    value: dict[str, Any] = rebuild(extra, turn.blocks)
    return value


def record(conversation: Conversation) -> dict[str, Any]:
    """What of the record stands in the conversation's `extra`, copies of messages filled in."""
    messages = [message(turn) | {"role": turn.source_role} for turn in conversation.turns]
    value: dict[str, Any] = rebuild(json.loads(conversation.extra or b"{}"), [], messages)
    return value


def roles(conversation: Conversation) -> list[str]:
    return [turn.role for turn in conversation.turns]


def calls(conversation: Conversation) -> list[Call]:
    return [b.call for turn in conversation.turns for b in turn.blocks if b.call is not None]


def responses(conversation: Conversation) -> list[Response]:
    return [b.response for t in conversation.turns for b in t.blocks if b.response is not None]
