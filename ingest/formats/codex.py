"""Rollouts of Codex CLI: ~/.codex/sessions/…/rollout-<time>-<id>.jsonl, lines of {type, payload}.

The model's items (`response_item`) stand one on each line: those that follow each other without a
response or a message of someone else between them are one turn. `event_msg` lines repeat them for
the screen, with token counts that add up all before: they are no turns and go to `extra`.
Rollouts of the first versions, whose lines have no `payload`, are not read.
Source: codex-rs/protocol/src/models.rs and protocol.rs of openai/codex.
"""

from __future__ import annotations

from typing import Any

from ingest.calls import structured_call
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.formats import content, parts
from ingest.formats.pointers import Builder
from ingest.formats.session_log import SessionLog, first_moment, most_frequent

_TYPES = ("session_meta", "response_item", "event_msg", "turn_context")
_CALLS = ("function_call", "custom_tool_call", "local_shell_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")
# A search is run by the API within the model's turn; the rollout does not hold what it found.
_MODEL_ITEMS = (*_CALLS, "reasoning", "web_search_call")
_ENDS: dict[str | None, bool | None] = {
    "task_complete": True,
    "turn_aborted": False,
    "task_started": None,
}


class Codex(SessionLog):
    """Reads a rollout."""

    name = "codex"
    looks_for = "a file of lines {timestamp, type: session_meta | response_item …, payload}"

    def is_own(self, event: dict[str, Any]) -> bool:
        return (
            event.get("type") in _TYPES
            and isinstance(event.get("payload"), dict)
            and "timestamp" in event
        )

    def message(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The item of the model or of what it was sent; also the instructions of the session."""
        if event.get("type") not in ("response_item", "session_meta"):
            return None
        payload = event.get("payload")
        if not isinstance(payload, dict):
            raise BadRecord("bad_message", "`payload` is no object")
        if event["type"] == "session_meta":
            return payload if _instructions(payload) else None
        if payload.get("type") == "message" and not isinstance(payload.get("role"), str):
            raise BadRecord("bad_message", "`payload` is a message without `role`")
        is_known = payload.get("type") in ("message", *_MODEL_ITEMS, *_OUTPUTS)
        return payload if is_known else None

    def groups(self, events: list[Any], odd: dict[int, str]) -> list[list[int]]:
        """Runs of the model's items; each other message by itself."""
        groups: list[list[int]] = []
        is_open = False
        for position, event in enumerate(events):
            message = self.checked_message(event, position, odd)
            if message is None:
                continue
            is_model = _role(event) == "assistant"
            if is_model and is_open:
                groups[-1].append(position)
            else:
                groups.append([position])
            is_open = is_model
        return groups

    def take(self, event: dict[str, Any], builder: Builder) -> dict[str, Any]:
        payload = dict(event["payload"])
        if event["type"] == "session_meta":
            _take_instructions(payload, builder)
        elif payload["type"] == "message":
            payload["content"] = content.take_content(
                payload.get("content"), builder, content.take_part
            )
        elif payload["type"] == "reasoning":
            _take_reasoning(payload, builder)
        elif payload["type"] in _OUTPUTS:
            output, call_id = payload.get("output"), payload.get("call_id")
            payload["output"] = content.take_response(output, builder, call_id, None)
        elif payload["type"] in _CALLS:
            _take_call(payload, builder)
        return event | {"payload": {k: v for k, v in payload.items() if k in event["payload"]}}

    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        payload = events[0]["payload"]
        turn.role = _role(events[0])
        turn.source_role = parts.text(payload.get("role")) or parts.text(payload.get("type"))

    def describe(self, conversation: Conversation, events: list[dict[str, Any]]) -> None:
        """A forked session holds the heads of those it came from behind its own."""
        told = [e for e in events if isinstance(e.get("payload"), dict)]
        heads = [e["payload"] for e in told if e.get("type") == "session_meta"]
        conversation.source_id = parts.text(heads[0].get("id")) if heads else None
        contexts = [e["payload"] for e in told if e.get("type") == "turn_context"]
        conversation.model = most_frequent(context.get("model") for context in contexts)
        conversation.started_at = first_moment([*heads, *events])
        messages = [e["payload"] for e in told if e.get("type") == "event_msg"]
        kinds = [parts.text(message.get("type")) for message in messages]
        ends = [_ENDS[kind] for kind in kinds if kind in _ENDS]
        conversation.is_completed = ends[-1] if ends else None
        _flag_failures(conversation, messages)


def _role(event: dict[str, Any]) -> str:
    """The role of a line that is a message."""
    payload = event["payload"]
    if event["type"] == "session_meta":
        return "system"
    if payload["type"] == "message":
        return parts.ROLES.get(payload["role"], "other")
    return "tool" if payload["type"] in _OUTPUTS else "assistant"


def _instructions(meta: dict[str, Any]) -> str | None:
    """The system prompt of a session: {text}, in older rollouts text."""
    found = meta.get("base_instructions") or meta.get("instructions")
    return parts.text(found.get("text") if isinstance(found, dict) else found)


def _take_instructions(meta: dict[str, Any], builder: Builder) -> None:
    pointer = builder.add(_instructions(meta), Block("text", b""))
    key = "base_instructions" if meta.get("base_instructions") else "instructions"
    meta[key] = meta[key] | {"text": pointer} if isinstance(meta[key], dict) else pointer


def _take_reasoning(item: dict[str, Any], builder: Builder) -> None:
    """One thought: the reasoning where it is open, else its summary; else it is encrypted."""
    is_hidden = bool(item.get("encrypted_content"))
    block = Block("think", b"", visibility="encrypted" if is_hidden else "empty")
    builder.blocks.append(block)
    for key, visibility in (("content", "raw"), ("summary", "summary")):
        told = item.get(key)
        if isinstance(told, list) and any(isinstance(p, dict) and p.get("text") for p in told):
            block.body, item[key] = content.take_list(told, builder, len(builder.blocks) - 1)
            block.visibility = visibility
            return


def _take_call(item: dict[str, Any], builder: Builder) -> None:
    """A call: its arguments are JSON text, but those of a custom tool are any text."""
    name, call_id = item.get("name"), item.get("call_id") or item.get("id")
    if item["type"] == "function_call":
        item["arguments"] = builder.add_call(name, call_id, item.get("arguments"))
    elif item["type"] == "local_shell_call":
        item["action"] = builder.add_call("local_shell", call_id, item.get("action"))
    else:
        call = structured_call(name, call_id, item.get("input"), builder.parser)
        issue = call.issue if call.is_malformed else None
        block = Block("tool_call", b"", issue=issue, call=call)
        item["input"] = builder.add(item.get("input"), block)


def _flag_failures(conversation: Conversation, messages: list[dict[str, Any]]) -> None:
    """Gives responses the flag that only an event tells: of a patch, or of a tool of MCP."""
    flags = {
        call_id: flag
        for message in messages
        if (call_id := parts.text(message.get("call_id"))) and (flag := _flag(message)) is not None
    }
    for block in [block for turn in conversation.turns for block in turn.blocks]:
        if block.response is not None and block.response.tool_call_id in flags:
            block.response.native_is_error = flags[block.response.tool_call_id]


def _flag(message: dict[str, Any]) -> bool | None:
    """Whether the call of a `…_end` event failed."""
    success, result = message.get("success"), message.get("result")
    if isinstance(success, bool):
        return not success
    if message.get("type") == "mcp_tool_call_end" and isinstance(result, dict):
        told = result.get("Ok")
        return "Err" in result or (isinstance(told, dict) and told.get("isError") is True)
    return None
