"""Session logs whose events hold messages of Anthropic's API: {message: {role, content}}.

Source: Anthropic Messages API (content blocks).
"""

from __future__ import annotations

from typing import Any

from ingest.conversation import Turn
from ingest.formats import content, parts
from ingest.formats.pointers import Builder
from ingest.formats.session_log import SessionLog


class AnthropicLog(SessionLog):
    """Takes such messages apart; a user message that brings results of tools is a tool turn."""

    def take(self, event: dict[str, Any], builder: Builder) -> dict[str, Any]:
        """The event with the content of its message in blocks."""
        message = event["message"]
        if "content" in message:
            taken = content.take_content(message["content"], builder, _take_part)
            message = message | {"content": taken}
        return event | {"message": message}

    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        """Role, and why the model stopped."""
        turn.source_role = events[0]["message"]["role"]
        has_result = any(block.response is not None for block in turn.blocks)
        is_user = turn.source_role == "user"
        turn.role = "tool" if is_user and has_result else parts.ROLES.get(turn.source_role, "other")
        reasons = [parts.text(event["message"].get("stop_reason")) for event in events]
        turn.stop_reason = next((reason for reason in reversed(reasons) if reason), None)


def _take_part(part: dict[str, Any], builder: Builder) -> Any:
    """A content block with its text or value in a block of ours."""
    kind = part.get("type")
    if kind == "thinking":
        return content.take_thought(part, "thinking", builder, bool(part.get("signature")))
    if kind == "redacted_thinking":
        return content.take_thought(part, "thinking", builder, True)
    if not isinstance(kind, str):
        return part
    if kind.endswith("tool_use"):  # also server_tool_use and mcp_tool_use
        call = builder.add_call(part.get("name"), part.get("id"), part.get("input"))
        return part | {"input": call} if "input" in part else part
    if kind.endswith("tool_result"):
        told = part.get("tool_use_id"), None, part.get("is_error")
        taken = content.take_response(part.get("content"), builder, *told)
        return part | {"content": taken} if "content" in part else part
    return content.take_part(part, builder)
