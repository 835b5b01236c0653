"""The text layout of a recorded conversation: the Hermes trajectory format."""

from __future__ import annotations

import json
from dataclasses import dataclass

from data.recorder.script import Call, Json


@dataclass(frozen=True, slots=True)
class Turn:
    """One message."""

    source: str  # system, human, gpt or tool
    value: str


@dataclass(frozen=True, slots=True)
class Response:
    """The result of one call, under the id and name that it is sent back with."""

    tool_call_id: str
    name: str
    content: Json


def call_json(call: Call) -> str:
    """The call as one physical line."""
    return json.dumps({"name": call.tool, "arguments": dict(call.arguments)}, ensure_ascii=False)


def assistant(thought: str, text: str, calls: list[str]) -> Turn:
    """A turn of the agent; an empty thought means that none was captured."""
    think = f"<think>\n{thought}\n</think>" if thought else "<think>\n</think>"
    tagged = [f"<tool_call>\n{call}\n</tool_call>" for call in calls]
    return Turn("gpt", "\n".join([think, *([text] if text else []), *tagged]).rstrip())


def results(responses: list[Response]) -> Turn:
    """All results of one step in one message."""
    bodies = [
        json.dumps(
            {"tool_call_id": item.tool_call_id, "name": item.name, "content": item.content},
            ensure_ascii=False,
        )
        for item in responses
    ]
    return Turn("tool", "\n".join(f"<tool_response>\n{b}\n</tool_response>" for b in bodies))
