"""Sessions of the pi coding agent: a tree of entries (versions 2, 3), or in a line (version 1).

The openclaw agent writes them too. Branches of the tree were all run: each of their messages is a
turn, in the order in which they were written. Compactions, summaries of branches and messages of
extensions are no messages of the session; they go to `extra`.
Source: packages/coding-agent/docs/session.md of badlogic/pi-mono.
"""

from __future__ import annotations

from typing import Any

from ingest.conversation import Block, Conversation, Turn
from ingest.formats import content, parts
from ingest.formats.pointers import Builder
from ingest.formats.session_log import SessionLog, first_moment, message_of, most_frequent

_ROLES = parts.ROLES | {"toolResult": "tool"}
_RUN = ("command", "output")  # texts of a command that the user ran in the session


class Pi(SessionLog):
    """Reads a session file."""

    name = "pi"
    looks_for = "a file of lines, `session` first, then `message` {role, content}"

    def is_own(self, event: dict[str, Any]) -> bool:
        return (
            event.get("type") == "session"
            and isinstance(event.get("id"), str)
            and {"timestamp", "cwd"} <= event.keys()
        )

    def message(self, event: dict[str, Any]) -> dict[str, Any] | None:
        return message_of(event) if event.get("type") == "message" else None

    def take(self, event: dict[str, Any], builder: Builder) -> dict[str, Any]:
        message = dict(event["message"])
        if message["role"] == "bashExecution":
            for key in _RUN:
                if isinstance(text := message.get(key), str) and text:
                    message[key] = builder.add(text, Block("text", b""))
        elif message["role"] == "toolResult":
            told = message.get("toolCallId"), message.get("toolName"), message.get("isError")
            taken = content.take_response(message.get("content"), builder, *told)
            message |= {"content": taken} if "content" in message else {}
        elif "content" in message:
            message["content"] = content.take_content(message["content"], builder, _take_part)
        return event | {"message": message}

    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        message = events[0]["message"]
        turn.source_role = message["role"]
        turn.role = _ROLES.get(turn.source_role, "other")
        turn.api_message_id = parts.text(message.get("responseId"))
        turn.stop_reason = parts.text(message.get("stopReason"))

    def describe(self, conversation: Conversation, events: list[dict[str, Any]]) -> None:
        """The model is that of most messages: the head names only the one it began with."""
        head = next((e for e in events if e.get("type") == "session"), {})
        conversation.source_id = parts.text(head.get("id"))
        messages = [e["message"] for e in events if isinstance(e.get("message"), dict)]
        said = [m.get("model") for m in messages if m.get("role") == "assistant"]
        conversation.model = most_frequent(said)
        conversation.started_at = first_moment([head, *events])


def _take_part(part: dict[str, Any], builder: Builder) -> Any:
    """A content part with its text or value in a block of ours."""
    kind = part.get("type")
    if kind == "thinking":
        return content.take_thought(
            part, "thinking", builder, bool(part.get("thinkingSignature") or part.get("redacted"))
        )
    if kind == "toolCall":
        call = builder.add_call(part.get("name"), part.get("id"), part.get("arguments"))
        return part | {"arguments": call} if "arguments" in part else part
    return content.take_part(part, builder)
