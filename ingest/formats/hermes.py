"""Hermes trajectories: the dataset's rows, CLI trajectories and batch-runner files.

Each is an object with `conversations`, a list of {from, value} whose values hold tagged text.
Source: `convert_to_trajectory_format` and `batch_runner.py` of hermes-agent.
"""

from __future__ import annotations

from typing import Any

from ingest import tags
from ingest.conversation import BadRecord, Conversation, Turn
from ingest.formats import parts
from ingest.jsontext import Parser, canonical

_TOOLS, _TOOLS_END = b"\n<tools>\n", b"\n</tools>\n"
_CUTS = {"assistant": tags.cut_assistant, "tool": tags.cut_tool}


class Hermes:
    """Reads records with `conversations`; keeps the run's `completed`, `model`, `timestamp` …"""

    name = "hermes"
    looks_for = "an object with `conversations`, a list of {from, value}"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        messages = record.get("conversations") if isinstance(record, dict) else None
        if not isinstance(messages, list):
            return False
        first = messages[0] if messages else {"from": "", "value": ""}
        return isinstance(first, dict) and {"from", "value"} <= first.keys()

    def read(self, record: Any) -> Conversation:
        messages = record["conversations"]
        if not messages:
            raise BadRecord("no_messages", "`conversations` is empty")
        used = {"conversations"}
        conversation = Conversation(
            turns=[self._turn(message, i) for i, message in enumerate(messages)],
            source_id=parts.own_id(record, ("id",), used),
            model=parts.optional_text(record, "model", used) or _metadata(record, "model"),
            category=parts.optional_text(record, "category", used),
            subcategory=parts.optional_text(record, "subcategory", used),
            task=parts.optional_text(record, "task", used),
            tools=_tools(record, used) or _tools_of_prompt(messages),
            started_at=parts.moment(record.get("timestamp") or _metadata(record, "timestamp")),
        )
        if isinstance(record.get("completed"), bool):
            conversation.is_completed = record["completed"]
            used.add("completed")
        conversation.extra = parts.rest(record, used)
        return conversation

    def _turn(self, message: Any, index: int) -> Turn:
        """The turn of one {from, value}; other keys go to `extra`."""
        try:
            source_role, value = message["from"], message["value"]
        except (TypeError, KeyError):
            raise BadRecord("bad_message", f"message {index} has no `from` and `value`") from None
        if not isinstance(source_role, str) or not isinstance(value, (str, bytes, type(None))):
            raise BadRecord("bad_message", f"message {index}: `from` or `value` is no text")
        text = value if isinstance(value, bytes) else (value or "").encode()
        role = parts.ROLES.get(source_role, "other")
        blocks = _CUTS.get(role, tags.cut_text)(text)
        parts.parse_tagged(blocks, self._parser)
        is_lossless = parts.covers(blocks, text)
        turn = parts.turn(role, source_role, text, blocks, is_lossless)
        if len(message) > 2 or value is None:
            keep = {k: v for k, v in message.items() if k != "from" and (k != "value" or v is None)}
            turn.extra = canonical(keep)
        return turn


def _metadata(record: dict[str, Any], key: str) -> Any:
    """A text of the batch runner's `metadata`, which stays in `extra`."""
    metadata = record.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) else None


def _tools(record: dict[str, Any], used: set[str]) -> bytes | None:
    """The recorded definitions: JSON text in the dataset's rows, a list elsewhere."""
    tools = record.get("tools")
    if tools is None:
        used.add("tools")
        return None
    if isinstance(tools, (str, list)):
        used.add("tools")
        return tools.encode() if isinstance(tools, str) else canonical(tools)
    return None


def _tools_of_prompt(messages: list[Any]) -> bytes | None:
    """The definitions that the synthetic system prompt quotes, where the record has none."""
    first = messages[0]
    if first.get("from") != "system" or not first["value"]:
        return None
    value = first["value"]
    text = value if isinstance(value, bytes) else value.encode()
    start = text.find(_TOOLS)
    end = text.find(_TOOLS_END, start)
    return text[start + len(_TOOLS) : end] if 0 <= start < end else None
