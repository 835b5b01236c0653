"""OpenHands runs: {instruction, history …} of its resolver and its evaluations.

`history` is a list of events: actions of the agent, the user or the system, and observations. Old
versions write the fields of an event beside its kind, newer ones under `args` and `extras`, and
add what the model's API answered (`tool_call_metadata`). Actions from one answer are one turn,
though other events stand between them; its `extra` then has each under its place in `history`.
An action without such an answer is a call too: of the tool that its kind names. To finish is no
call: nothing answers it, and what it says is the closing text.
Source: All-Hands-AI/OpenHands, `openhands/events/` and `openhands/resolver/resolver_output.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest import tags
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.formats import chat, parts
from ingest.formats.pointers import Builder, Pointer
from ingest.jsontext import Parser, canonical
from ingest.responses import text_response

_TALK = ("message", "system", "finish", "reject")
# Actions that the harness takes by itself, and observations that answer no call.
_SILENT = (
    "agent_state_changed", "change_agent_state", "condense", "condensation",
    "condensation_request", "loop_detection", "null", "pause", "recall", "resume", "stop",
)  # fmt: skip
# Fields of an action that are none of the model's arguments.
_HARNESS = (
    "action", "action_risk", "args", "blocking", "cause", "confirmation_state", "cwd", "hidden",
    "id", "is_confirmed", "is_input", "is_static", "keep_prompt", "kernel_init_code",
    "llm_metrics", "message", "security_risk", "source", "thought", "timeout", "timestamp",
    "tool_call_metadata",
)  # fmt: skip


class OpenHands:
    """Reads one run as its events."""

    name = "openhands"
    looks_for = "an object with `history`, a list of events with `action` or `observation`"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        history = record.get("history") if isinstance(record, dict) else None
        if not isinstance(history, list):
            return False
        if not history:
            return "instruction" in record
        first = history[0]
        return isinstance(first, dict) and "role" not in first and _kind(first) is not None

    def read(self, record: Any) -> Conversation:
        history = record["history"]
        if not history:
            raise BadRecord("no_messages", "`history` is empty")
        for index, event in enumerate(history):
            if not isinstance(event, dict) or _kind(event) is None:
                raise BadRecord("bad_message", f"event {index} has no `action` or `observation`")
        run = _Run(history, self._parser)
        conversation = Conversation(run.turns())
        used = {"history"}
        conversation.task = parts.optional_text(record, "instruction", used)
        conversation.task_id = _task_id(record)
        conversation.model = run.model or _model(record)
        conversation.tools = run.tools
        conversation.started_at = parts.moment(history[0].get("timestamp"))
        conversation.is_completed = _is_completed(record, history[-1])
        _read_outcome(conversation, record)
        conversation.extra = parts.rest(record, used)
        return conversation


class _Run:
    """The events of one run on their way into turns."""

    def __init__(self, history: list[dict[str, Any]], parser: Parser) -> None:
        self.model: str | None = None
        self.tools: bytes | None = None
        self._history = history
        self._parser = parser
        # By the id of the event that made the call.
        self._call_ids: dict[int | str | None, str | None] = {}

    def turns(self) -> list[Turn]:
        """The turns, each in the place of its first event."""
        return [self._turn(group) for group in self._groups()]

    def _groups(self) -> Iterator[dict[int, dict[str, Any]]]:
        """Events by their place, gathered where one answer of the model made them."""
        groups: dict[object, dict[int, dict[str, Any]]] = {}
        for index, event in enumerate(self._history):
            answer = _answer(event).get("id") if "action" in event else None
            key = answer if isinstance(answer, str) else index
            groups.setdefault(key, {})[index] = event
        yield from groups.values()

    def _turn(self, events: dict[int, dict[str, Any]]) -> Turn:
        """The turn of the events that make one message."""
        index, first = next(iter(events.items()))
        is_one = len(events) == 1
        whole = first if is_one else {"$events": {str(i): event for i, event in events.items()}}
        builder = _Events(whole, self._parser)
        role = self._role(index, first)
        left = {i: self._take(builder, event, role) for i, event in events.items()}
        builder.extra = (
            left[index] if is_one else {"$events": {str(i): event for i, event in left.items()}}
        )
        builder.fold()
        turn = builder.turn(role, parts.text(first.get("source")))
        turn.created_at = parts.moment(first.get("timestamp"))
        if role == "assistant":
            answer = _answer(first)
            self.model = self.model or parts.text(answer.get("model"))
            turn.api_message_id = parts.text(answer.get("id"))
            turn.stop_reason = parts.text(_choice(answer).get("finish_reason"))
        return turn

    def _take(self, builder: _Events, event: dict[str, Any], role: str) -> dict[str, Any]:
        """Moves the texts of one event into blocks; what is left of it."""
        if role == "assistant":
            if event["action"] in _TALK:
                return builder.talk(event)
            left, call_id = builder.act(event)
            self._call_ids[_id(event, "id")] = call_id
            return left
        if role == "tool":
            return builder.observe(event, self._call_ids.get(_id(event, "cause")))
        if event.get("action") == "system":
            tools = _fields(event).get("tools")
            self.tools = canonical(tools) if isinstance(tools, list) else None
        return builder.talk(event)

    def _role(self, index: int, event: dict[str, Any]) -> str:
        kind, source = _kind(event), event.get("source")
        if kind == "system":
            return "system"
        if kind in _SILENT:
            return "other"
        if "action" not in event:
            cause = _id(event, "cause")
            is_answer = cause is None or cause in self._call_ids or kind == "error"
            return "tool" if is_answer else "other"
        if kind == "message" and source is None:  # without a source: the task, then what waits
            return "assistant" if index and event.get("wait_for_response") is True else "user"
        return {"user": "user", "environment": "other"}.get(str(source), "assistant")


class _Events(Builder):
    """Takes the events of one turn apart."""

    def talk(self, event: dict[str, Any]) -> dict[str, Any]:
        """An event that says something: the text that it is, or the closing words."""
        fields = _fields(event)
        left: dict[str, Any] = {}
        for key in ("content", "thought", "final_thought"):
            text = fields.get(key)
            if isinstance(text, str) and text:
                left[key] = self._add_once(text)
        for key in ("images_urls", "image_urls"):
            urls = fields.get(key)
            if isinstance(urls, list):
                left[key] = [self._add_image(url) for url in urls]
        return _with(event, left)

    def act(self, event: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """An action: reasoning, the text beside it and its call; what is left, the call's id."""
        fields, entry = _fields(event), _entry(event)
        self._add_reasoning(event)
        left: dict[str, Any] = {}
        thought = fields.get("thought")
        is_argument = event["action"] == "think"
        if isinstance(thought, str) and thought and not is_argument:
            left["thought"] = self._add_once(thought)
        if entry is None:
            harness = set(_HARNESS) - ({"thought"} if is_argument else set())
            arguments = {k: v for k, v in fields.items() if k not in harness}
            event_id = event.get("id")
            call_id = str(event_id) if isinstance(event_id, int) else None
            self.add_call(event["action"], call_id, arguments)
            index = len(self.blocks) - 1
            left |= {key: Pointer("$item", [index, key]) for key in arguments}
        else:
            call_id = parts.text(entry.get("id"))
            function = entry["function"]
            self.add_call(function.get("name"), call_id, function.get("arguments"))
        return _with(event, left), call_id

    def observe(self, event: dict[str, Any], call_id: str | None) -> dict[str, Any]:
        """An observation: the response to a call."""
        fields, metadata = parts.inner(event, "extras") or event, _metadata(event)
        block = Block("tool_response", b"")
        left = {}
        if event.get("content") is None:
            self.blocks.append(block)
        else:
            left["content"] = self.add(event["content"], block)
        call_id = parts.text(metadata.get("tool_call_id")) or call_id
        response = text_response(block.body, call_id, metadata.get("function_name"))
        block.response = response
        for code in (fields.get("exit_code"), parts.inner(fields, "metadata").get("exit_code")):
            if type(code) is int:
                response.exit_code = code
        if event["observation"] == "error":
            response.native_is_error = True
        elif isinstance(event.get("success"), bool):
            response.native_is_error = not event["success"]
        return event | left

    def _add_once(self, text: str) -> Pointer:
        """The text as a block, or the block that says the same already."""
        body = text.encode()
        for index, block in enumerate(self.blocks):
            if block.kind == "text" and block.body == body:
                return Pointer("$blocks", [index, 1])
        return self.add_cut(tags.cut_text(body))

    def _add_image(self, url: Any) -> Any:
        kind = chat.media_type({"image_url": url, "type": "image"})
        return self.add(url, Block("media", b"", media_type=kind))

    def _add_reasoning(self, event: dict[str, Any]) -> None:
        """What the model's API gave as reasoning, once for all actions of the answer."""
        text = parts.inner(_choice(_answer(event)), "message").get("reasoning_content")
        if isinstance(text, str) and text and not self.blocks:
            self.add(text, Block("think", b"", visibility="raw"))


def _kind(event: dict[str, Any]) -> str | None:
    """The kind of action or observation that the event is."""
    return parts.text(event.get("action", event.get("observation")))


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    """Where the fields of an action, or the text of an observation, are."""
    inner = event.get("args") if "action" in event else None
    return inner if isinstance(inner, dict) else event


def _id(event: dict[str, Any], key: str) -> int | str | None:
    """The id of an event that stands under `key`."""
    value = event.get(key)
    return value if isinstance(value, (int, str)) else None


def _with(event: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """The event with some of its fields replaced."""
    fields = _fields(event)
    if fields is event:
        return event | changed
    return event | {"args": fields | changed}


def _metadata(event: dict[str, Any]) -> dict[str, Any]:
    return parts.inner(event, "tool_call_metadata")


def _answer(event: dict[str, Any]) -> dict[str, Any]:
    """What the model's API answered, where it is recorded."""
    return parts.inner(_metadata(event), "model_response")


def _choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _entry(event: dict[str, Any]) -> dict[str, Any] | None:
    """The tool call of the model's answer that made this action."""
    wanted = _metadata(event).get("tool_call_id")
    entries = parts.inner(_choice(_answer(event)), "message").get("tool_calls")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("id") == wanted and parts.inner(entry, "function"):
            return entry
    return None


def _task_id(record: dict[str, Any]) -> str | None:
    """The benchmark's instance, or the issue that was to be resolved."""
    issue = parts.inner(record, "issue")
    owner, repository, number = (issue.get(key) for key in ("owner", "repo", "number"))
    if isinstance(owner, str) and isinstance(repository, str) and isinstance(number, int):
        return f"{owner}/{repository}#{number}"
    return parts.text(record.get("instance_id"))


def _model(record: dict[str, Any]) -> str | None:
    """The configured model of an evaluation."""
    return parts.text(parts.inner(parts.inner(record, "metadata"), "llm_config").get("model"))


def _is_completed(record: dict[str, Any], last: dict[str, Any]) -> bool | None:
    """True if the agent finished, False if the run ended by an error."""
    if last.get("action") == "finish":
        return True
    return False if record.get("error") else None


def _read_outcome(conversation: Conversation, record: dict[str, Any]) -> None:
    """The benchmark's verdict, or the resolver's own guess."""
    resolved = parts.inner(parts.inner(record, "test_result"), "report").get("resolved")
    for name, value in (("resolved", resolved), ("success", record.get("success"))):
        if isinstance(value, bool):
            conversation.outcome_name, conversation.outcome_score = name, float(value)
            return
