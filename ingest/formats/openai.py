"""OpenAI chat messages with `tool_calls`: {messages: …}, tau-bench's {traj: …}, or a bare list.

`extra` of a turn is the message without its texts: each is replaced by {"$blocks": [first,
count]}, or by {"$json": index} where the block holds JSON text of a value that was none. So the
message can be rebuilt from blocks and `extra`. An object of the message that looks like one of
these stands as {"$as_is": object}.
Source: OpenAI chat completions API; sierra-research/tau-bench result files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ingest import tags
from ingest.calls import structured_call
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.formats import parts
from ingest.jsontext import Parser, canonical
from ingest.responses import text_response

_LISTS = ("messages", "traj")
_IDS = ("id", "conversation_id", "session_id")
_TIMES = ("timestamp", "created_at", "started_at")
_OUTCOMES = ("reward", "score", "success", "resolved")
_REASONING = ("reasoning_content", "reasoning")
_POINTERS = ({"$blocks"}, {"$json"}, {"$as_is"})
_INT64 = range(-(2**63), 2**63)
_JUST_TEXT = {"content": {"$blocks": [0, 1]}}


class _Pointer(msgspec.Struct, frozen=True):
    """Where a text, or a value, of the message now is: blocks [first, first + count)."""

    first: int
    count: int
    is_json: bool = False

    def sealed(self) -> dict[str, Any]:
        """The pointer as `extra` holds it."""
        return {"$json": self.first} if self.is_json else {"$blocks": [self.first, self.count]}


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
        builder = _Builder(message, self._parser)
        if role == "assistant":
            builder.add_assistant()
        elif role == "tool":
            builder.add_response()
        else:
            builder.add_content(tags.cut_text)
        extra = _sealed({k: v for k, v in builder.extra.items() if k != "role"})
        is_lossless = rebuild({"role": source_role, **extra}, builder.blocks) == message
        turn = parts.turn(
            role, source_role, parts.joined(builder.blocks), builder.blocks, is_lossless
        )
        turn.api_message_id = _text(message.get("id"))
        turn.stop_reason = _text(message.get("finish_reason")) or _text(message.get("stop_reason"))
        turn.created_at = next((t for k in _TIMES if (t := parts.moment(message.get(k)))), None)
        turn.extra = None if extra == _JUST_TEXT else canonical(extra)
        return turn


class _Builder:
    """Moves the texts of one message into blocks, and leaves pointers to them in `extra`."""

    def __init__(self, message: dict[str, Any], parser: Parser) -> None:
        self.extra = dict(message)
        self.blocks: list[Block] = []
        self._parser = parser

    def add_assistant(self) -> None:
        """Reasoning, then content, then calls: the order in which the model wrote them."""
        self._add_reasoning()
        has_calls = bool(self.extra.get("tool_calls"))
        self.add_content(tags.cut_thought if has_calls else tags.cut_assistant)
        calls = self.extra.get("tool_calls")
        if isinstance(calls, list):
            self.extra["tool_calls"] = [self._add_call(call) for call in calls]

    def _add_reasoning(self) -> None:
        """One thought; exports that repeat it under a second key point to the same block."""
        for key in _REASONING:
            text = self.extra.get(key)
            if not isinstance(text, str) or not text:
                continue
            body = text.encode()
            if not (self.blocks and self.blocks[0].body == body):
                self.blocks.append(Block("think", body, visibility="raw"))
            self.extra[key] = _Pointer(len(self.blocks) - 1, 1)

    def add_content(self, cut: Callable[[bytes], list[Block]]) -> None:
        """The content: text, or a list of parts of which each is text or media."""
        content = self.extra.get("content")
        if isinstance(content, str) and content:
            blocks = cut(content.encode())
            parts.parse_tagged(blocks, self._parser)
            self.extra["content"] = _Pointer(len(self.blocks), len(blocks))
            self.blocks += blocks
        elif isinstance(content, list):
            self.extra["content"] = [self._add_part(part) for part in content]

    def _add_part(self, part: Any) -> Any:
        if isinstance(part, dict) and isinstance(part.get("text"), str) and part["text"]:
            return part | {"text": self._add(part["text"], Block("text", b""))}
        if isinstance(part, dict) and part.get("type") not in (None, "text"):
            return self._add(part, Block("media", b"", media_type=_media_type(part)))
        return part

    def _add(self, value: Any, block: Block) -> _Pointer:
        """Adds the block with `value` as its body; the pointer to leave in its place."""
        is_text = isinstance(value, str)
        block.body = value.encode() if is_text else canonical(value)
        self.blocks.append(block)
        return _Pointer(len(self.blocks) - 1, 1, is_json=not is_text)

    def _add_call(self, entry: Any) -> Any:
        """One of `tool_calls`: {id, function: {name, arguments}} or flat."""
        if not isinstance(entry, dict):
            return entry
        function = entry.get("function")
        inner: dict[str, Any] = function if isinstance(function, dict) else entry
        arguments = inner.get("arguments")
        raw = arguments.encode() if isinstance(arguments, str) else arguments
        call = structured_call(inner.get("name"), entry.get("id"), raw, self._parser)
        issue = call.issue if call.is_malformed else None
        pointer = self._add(arguments, Block("tool_call", b"", issue=issue, call=call))
        left = inner | {"arguments": pointer} if "arguments" in inner else inner
        return left if inner is entry else entry | {"function": left}

    def add_response(self) -> None:
        """The content of a tool message: one response, or the tagged responses it holds."""
        content = self.extra.get("content")
        if isinstance(content, str) and content.lstrip().startswith("<tool_response>"):
            self.add_content(tags.cut_tool)
            return
        call_id, name = self.extra.get("tool_call_id"), self.extra.get("name")
        block = Block("tool_response", b"")
        self.extra["content"] = self._add(content, block) if content is not None else None
        if content is None:
            self.blocks.append(block)
        text = _text_of_parts(content, block.body)
        block.response = text_response(text, call_id, name or self.extra.get("tool_name"))


def _sealed(value: Any) -> Any:
    """The message with its pointers as JSON, told apart from objects that only look like them."""
    if isinstance(value, _Pointer):
        return value.sealed()
    if isinstance(value, list):
        return [_sealed(v) for v in value]
    if not isinstance(value, dict):
        return value
    sealed = {k: _sealed(v) for k, v in value.items()}
    return {"$as_is": sealed} if value.keys() in _POINTERS else sealed


def rebuild(value: Any, blocks: list[Block]) -> Any:
    """`value` with each pointer replaced by the text, or the JSON value, of its blocks."""
    if isinstance(value, list):
        return [rebuild(v, blocks) for v in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$blocks"}:
        first, count = value["$blocks"]
        return parts.joined(blocks[first : first + count]).decode()
    if value.keys() == {"$json"}:
        return msgspec.json.decode(blocks[value["$json"]].body)
    inner = value["$as_is"] if value.keys() == {"$as_is"} else value
    return {k: rebuild(v, blocks) for k, v in inner.items()}


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


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _media_type(part: dict[str, Any]) -> str | None:
    """The MIME type of a data URL, else the part's own word for what it is."""
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str) and url.startswith("data:"):
        return url[5:].split(";")[0].split(",")[0] or None
    return _text(part.get("type"))


def _text_of_parts(content: Any, body: bytes) -> bytes:
    """The texts of a list of parts, a line each; of any other content its block's body."""
    entries = content if isinstance(content, list) else []
    texts = [entry.get("text") for entry in entries if isinstance(entry, dict)]
    found = [text for text in texts if isinstance(text, str)]
    return "\n".join(found).encode() if found else body
