"""Sessions of Factory's droid: a `session_start` line, then `message` lines of Anthropic blocks.

Source: session files of version 2; there is no published specification.
"""

from __future__ import annotations

from typing import Any

from ingest.conversation import Conversation, Turn
from ingest.formats import parts
from ingest.formats.anthropic import AnthropicLog
from ingest.formats.session_log import first_moment, message_of


class Droid(AnthropicLog):
    """Reads a session file; todo states and the head of the file go to `extra`."""

    name = "droid"
    looks_for = "a file of lines, `session_start` first, then `message`"

    def is_own(self, event: dict[str, Any]) -> bool:
        return event.get("type") == "session_start" and isinstance(event.get("id"), str)

    def message(self, event: dict[str, Any]) -> dict[str, Any] | None:
        return message_of(event) if event.get("type") == "message" else None

    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        super().finish(turn, events)
        turn.api_message_id = parts.text(events[0]["message"].get("openaiMessageId"))

    def describe(self, conversation: Conversation, events: list[dict[str, Any]]) -> None:
        head = next((e for e in events if e.get("type") == "session_start"), {})
        conversation.source_id = parts.text(head.get("id"))
        conversation.started_at = first_moment(events)
