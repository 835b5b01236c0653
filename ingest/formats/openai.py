"""OpenAI chat messages with `tool_calls`: {messages: …}, tau-bench's {traj: …}, or a bare list.

`extra` of a turn is the message without its texts (`pointers.py` says how), so that the message
can be rebuilt from it.
Source: OpenAI chat completions API; sierra-research/tau-bench result files.
"""

from __future__ import annotations

from typing import Any

from ingest import tags
from ingest.conversation import BadRecord, Conversation, Turn
from ingest.formats import parts
from ingest.formats.chat import ChatMessage
from ingest.jsontext import Parser, canonical

_LISTS = ("messages", "traj")
_IDS = ("id", "conversation_id", "session_id")
_TIMES = ("timestamp", "created_at", "started_at")
_OUTCOMES = ("reward", "score", "success", "resolved")
_INT64 = range(-(2**63), 2**63)


class OpenAI:
    """Reads lists of {role, content, tool_calls …}."""

    name = "openai"
    looks_for = "an object with `messages` or `traj`, or a list, of {role, content}"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        messages = _messages(record)
        if not isinstance(messages, list):
            return False
        first = messages[0] if messages else {"role": "", "content": ""}
        return (
            isinstance(first, dict)
            and "role" in first
            and ("content" in first or "tool_calls" in first)
        )

    def read(self, record: Any) -> Conversation:
        messages = _messages(record)
        if not messages:
            raise BadRecord("no_messages", "the list of messages is empty")
        row: dict[str, Any] = record if isinstance(record, dict) else {}
        used = {next((key for key in _LISTS if key in row), "")}
        conversation = Conversation(
            turns=[self._turn(message, i) for i, message in enumerate(messages)],
            source_id=parts.own_id(row, _IDS, used),
            model=parts.optional_text(row, "model", used),
            category=parts.optional_text(row, "category", used),
            subcategory=parts.optional_text(row, "subcategory", used),
            task=parts.optional_text(row, "task", used),
            tools=_tools(row),
            started_at=next((t for k in _TIMES if (t := parts.moment(row.get(k)))), None),
        )
        _read_trial(conversation, row, used)
        conversation.extra = parts.rest(row, used)
        return conversation

    def _turn(self, message: Any, index: int) -> Turn:
        """The turn of one message."""
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRecord("bad_message", f"message {index} has no `role`")
        source_role = message["role"]
        role = parts.ROLES.get(source_role, "other")
        builder = ChatMessage(message, self._parser)
        if role == "assistant":
            builder.add_assistant()
        elif role == "tool":
            builder.add_response()
        else:
            builder.add_content(tags.cut_text)
        turn = builder.turn(role, source_role)
        turn.api_message_id = parts.text(message.get("id"))
        turn.stop_reason = parts.text(message.get("finish_reason")) or parts.text(
            message.get("stop_reason")
        )
        turn.created_at = next((t for k in _TIMES if (t := parts.moment(message.get(k)))), None)
        return turn


def _messages(record: Any) -> Any:
    """What stands where the messages should: under the first known key, or the record itself."""
    if isinstance(record, dict):
        return next((record[key] for key in _LISTS if key in record), None)
    return record


def _read_trial(conversation: Conversation, row: dict[str, Any], used: set[str]) -> None:
    """Task id, number of the trial and outcome, where the record has them."""
    task_id, trial = row.get("task_id"), row.get("trial")
    if isinstance(task_id, (str, int)) and not isinstance(task_id, bool):
        conversation.task_id = str(task_id)
        used |= {"task_id"} if isinstance(task_id, str) else set()
    if isinstance(trial, int) and not isinstance(trial, bool) and trial in _INT64:
        conversation.trial_index = trial
        used.add("trial")
    if isinstance(row.get("completed"), bool):
        conversation.is_completed = row["completed"]
        used.add("completed")
    for name in _OUTCOMES:
        if isinstance(row.get(name), (bool, int, float)):
            conversation.outcome_name, conversation.outcome_score = name, float(row[name])
            return


def _tools(row: dict[str, Any]) -> bytes | None:
    tools = row.get("tools") or row.get("functions")
    if isinstance(tools, str):
        return tools.encode()
    return canonical(tools) if isinstance(tools, list) else None
