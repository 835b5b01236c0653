"""Samples of Inspect logs: {eval, samples: [sample]}.

A log holds many samples; the reader gives one record for each, so that one bad sample is one
reject. The turns are the sample's `messages`. Its `events` log the same once more, each query in
full: in the conversation's `extra` they stand without what the turns hold already.
Source: UKGovernmentBEIS/inspect_ai, `src/inspect_ai/log/_log.py` and `model/_chat_message.py`.
"""

from __future__ import annotations

from typing import Any

from ingest import tags
from ingest.conversation import BadRecord, Block, Call, Conversation, Turn
from ingest.formats import parts
from ingest.formats.chat import ChatMessage
from ingest.formats.pointers import sealed, without_copies
from ingest.jsontext import Parser, canonical
from ingest.responses import KEPT, text_response

_SCORES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}  # correct, partial, incorrect, no answer


class Inspect:
    """Reads one sample of a log."""

    name = "inspect"
    looks_for = "an Inspect log with `eval` and `samples`, a list of {id, epoch, messages}"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        if not isinstance(record, dict) or not isinstance(record.get("eval"), dict):
            return False
        samples = record.get("samples")
        return isinstance(samples, list) and all(
            isinstance(sample, dict) and "messages" in sample for sample in samples[:1]
        )

    def read(self, record: Any) -> Conversation:
        samples = record["samples"]
        if len(samples) != 1:
            raise BadRecord("bad_samples", f"{len(samples)} samples in one record")
        sample = samples[0]
        messages = sample["messages"]
        if not isinstance(messages, list) or not messages:
            raise BadRecord("no_messages", "`messages` is empty")
        events = _events(sample)
        answers = _answers(sample, events)
        conversation = Conversation([self._turn(m, i, answers) for i, m in enumerate(messages)])
        _read_run(conversation, record, sample, events)
        left = record | {"samples": [{k: v for k, v in sample.items() if k != "messages"}]}
        conversation.extra = canonical(sealed(without_copies(left, messages)))
        return conversation

    def _turn(self, message: Any, index: int, answers: dict[str, dict[str, Any]]) -> Turn:
        """The turn of one message."""
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRecord("bad_message", f"message {index} has no `role`")
        role = parts.ROLES.get(message["role"], "other")
        builder = _Message(message, self._parser)
        if role == "assistant":
            builder.add_answer()
        elif role == "tool":
            builder.add_result()
        else:
            builder.add_content(tags.cut_text)
        turn = builder.turn(role, message["role"])
        turn.api_message_id = parts.text(message.get("id"))
        answer = answers.get(_key(message), {})
        turn.stop_reason = parts.text(answer.get("stop_reason"))
        turn.created_at = parts.moment(answer.get("at"))
        return turn


class _Message(ChatMessage):
    """Takes one message of a sample apart."""

    def add_answer(self) -> None:
        """Reasoning, text, calls of tools that the model's provider runs, and calls."""
        self.add_reasoning()
        self.add_content(tags.cut_thought)
        calls = self.extra.get("tool_calls")
        if isinstance(calls, list):
            self.extra["tool_calls"] = [self._add_function(call) for call in calls]

    def add_part(self, part: Any) -> Any:
        """A part of the content."""
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "reasoning":
            return self._add_thought(part)
        if kind == "tool_use":
            return self._add_served(part)
        return super().add_part(part)

    def _add_thought(self, part: dict[str, Any]) -> Any:
        """A thought; of one that is encrypted the summary, where there is one."""
        is_hidden = part.get("redacted") is True
        key, visibility = ("summary", "summary") if is_hidden else ("reasoning", "raw")
        text = part.get(key)
        if not isinstance(text, str) or not text:
            seen = "encrypted" if is_hidden else "empty"
            self.blocks.append(Block("think", b"", visibility=seen))
            return part
        return part | {key: self.add(text, Block("think", b"", visibility=visibility))}

    def _add_served(self, part: dict[str, Any]) -> Any:
        """A call that the provider made and answered by itself."""
        name, call_id = part.get("name"), parts.text(part.get("id"))
        pointer = self.add_call(name, call_id, part.get("arguments"))
        left = part | {"arguments": pointer} if "arguments" in part else dict(part)
        if "result" in part:
            left["result"] = self.add(part["result"], Block("tool_response", b""))
            response = text_response(self.blocks[-1].body, call_id, name)
            self.blocks[-1].response = response
            response.native_is_error = part.get("error") is not None
            response.error_text = (parts.text(part.get("error")) or "")[:KEPT] or None
        return left

    def _add_function(self, entry: Any) -> Any:
        """One of `tool_calls`: {id, function, arguments}."""
        if not isinstance(entry, dict):
            return entry
        pointer = self.add_call(entry.get("function"), entry.get("id"), entry.get("arguments"))
        block = self.blocks[-1]
        if entry.get("parse_error") is not None and block.call is not None:
            block.issue = "parse_error"
            block.call = Call(block.call.tool_call_id, block.call.tool_name,
                              issue="parse_error", is_malformed=True)  # fmt: skip
        return entry | {"arguments": pointer} if "arguments" in entry else entry

    def add_result(self) -> None:
        """The content of a tool message, with its error."""
        response = self.add_response(name=self.extra.get("function"))
        error = self.extra.get("error")
        if response is None:
            return
        response.native_is_error = error is not None
        text = error.get("message") if isinstance(error, dict) else error
        if isinstance(text, str):
            response.error_text = text[:KEPT]


def _events(sample: dict[str, Any]) -> list[dict[str, Any]]:
    """The sample's log; older versions keep it under `transcript`."""
    events = sample.get("events", parts.inner(sample, "transcript").get("events"))
    return [e for e in events if isinstance(e, dict)] if isinstance(events, list) else []


def _answers(sample: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By the key of an assistant message: why the model stopped, and when."""
    found: dict[str, dict[str, Any]] = {}
    outputs = [(event.get("output"), event) for event in events if event.get("event") == "model"]
    for output, event in [*outputs, (sample.get("output"), {})]:
        choices = output.get("choices") if isinstance(output, dict) else None
        for choice in choices if isinstance(choices, list) else []:
            if message := parts.inner(choice, "message"):
                at = event.get("completed") or event.get("timestamp")
                answer = {"stop_reason": choice.get("stop_reason"), "at": at}
                found.setdefault(_key(message), answer)
    return found


def _key(message: dict[str, Any]) -> str:
    """The message's id; older versions have none, and repeat the message as it is."""
    return parts.text(message.get("id")) or canonical(message).decode()


def _read_run(
    conversation: Conversation,
    record: dict[str, Any],
    sample: dict[str, Any],
    events: list[dict[str, Any]],
) -> None:
    """What is known of the sample beside its messages."""
    run = record["eval"]
    conversation.source_id = parts.text(sample.get("uuid"))
    conversation.model = parts.text(run.get("model"))
    conversation.task = parts.text(sample.get("input"))
    number, epoch = sample.get("id"), sample.get("epoch")
    if isinstance(number, (str, int)):
        conversation.task_id = f"{run.get('task')}/{number}"
    if type(epoch) is int and 1 <= epoch < 2**63:
        conversation.trial_index = epoch - 1
    conversation.is_completed = sample.get("error") is None and sample.get("limit") is None
    times = [sample.get("started_at"), *[e.get("timestamp") for e in events[:1]],
             run.get("created")]  # fmt: skip
    conversation.started_at = next((t for v in times if (t := parts.moment(v))), None)
    conversation.tools = _tools(events)
    scores = sample.get("scores")
    for name in scores if isinstance(scores, dict) else ():
        value = _score(parts.inner(scores, name).get("value"))
        if value is not None:
            conversation.outcome_name, conversation.outcome_score = name, value
            return


def _score(value: Any) -> float | None:
    """A score as a number; a letter is Inspect's own word for correct, partial, incorrect."""
    if isinstance(value, (bool, int, float)):
        return float(value)
    return _SCORES.get(value) if isinstance(value, str) else None


def _tools(events: list[dict[str, Any]]) -> bytes | None:
    """All tools that were offered to the model, in the order of their first offer."""
    offered: dict[str, Any] = {}
    for event in events:
        tools = event.get("tools") if event.get("event") == "model" else None
        for tool in tools if isinstance(tools, list) else []:
            if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                offered.setdefault(tool["name"], tool)
    return canonical(list(offered.values())) if offered else None
