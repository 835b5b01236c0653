"""Sessions of Claude Code: ~/.claude/projects/<folder>/<session>.jsonl.

One message of the API is spread over several lines, one for each content block, with the same
`message.id` and the same usage; results of tools may stand between them. Sub-agents of older
versions (`isSidechain`) and branches left by a rewind stand in the same file: their turns are
turns of the session, in the order in which they were written.
Source: session files of Claude Code 2.1; there is no published specification.
"""

from __future__ import annotations

from typing import Any

from ingest.conversation import Conversation, Turn
from ingest.formats import parts
from ingest.formats.anthropic import AnthropicLog
from ingest.formats.session_log import first_moment, message_of, most_frequent

_SYNTHETIC = "<synthetic>"  # model of messages that the harness wrote in the model's place


class ClaudeCode(AnthropicLog):
    """Reads a session file; snapshots, progress and summaries of it go to `extra`."""

    name = "claude_code"
    looks_for = "a file of lines with `sessionId`, `uuid` and `message` {role, content}"
    own_id = "uuid"

    def is_own(self, event: dict[str, Any]) -> bool:
        return (
            event.get("type") in ("user", "assistant")
            and isinstance(event.get("sessionId"), str)
            and "uuid" in event
            and isinstance(event.get("message"), dict)
        )

    def message(self, event: dict[str, Any]) -> dict[str, Any] | None:
        return message_of(event) if event.get("type") in ("user", "assistant") else None

    def joined_by(self, message: dict[str, Any]) -> str | None:
        return parts.text(message.get("id")) if message["role"] == "assistant" else None

    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        super().finish(turn, events)
        turn.api_message_id = parts.text(events[0]["message"].get("id"))

    def describe(self, conversation: Conversation, events: list[dict[str, Any]]) -> None:
        """A sub-agent's file names the session it belongs to, so that its own id is `agentId`."""
        messages = [e for e in events if e.get("type") in ("user", "assistant")]
        agents = {parts.text(e.get("agentId")) for e in messages if e.get("isSidechain") is True}
        is_agent = len(agents) == 1 and all(e.get("isSidechain") is True for e in messages)
        sessions = [found for e in messages if (found := parts.text(e.get("sessionId")))]
        session = sessions[-1] if sessions else None
        conversation.source_id = (agents.pop() if is_agent else None) or session
        models = [e["message"].get("model") for e in messages if isinstance(e.get("message"), dict)]
        conversation.model = most_frequent(m for m in models if m != _SYNTHETIC)
        conversation.started_at = first_moment(events)
