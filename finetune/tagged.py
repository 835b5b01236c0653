"""A turn as text with the tags of the Hermes form."""

from __future__ import annotations

import msgspec

from finetune.conversation import Block, Conversation, Turn
from ingest import tags

_CUTS = {
    "system": tags.cut_text,
    "user": tags.cut_text,
    "assistant": tags.cut_assistant,
    "tool": tags.cut_tool,
}


def tagged(
    conversation: Conversation,
    turn: Turn,
    *,
    has_reasoning: bool = True,
    reasoning_token: str = "",
    call_token: str = "",
) -> str:
    """The text of the turn: the source's own where it is tagged, else written in its manner.

    An empty thought is left out: it says that no reasoning was captured, which is nothing to learn.
    """
    parts: list[str] = []
    for block in turn.blocks:
        if block.kind == "media" or (block.kind == "think" and not block.is_captured):
            continue
        if block.kind == "think" and not has_reasoning:
            continue
        token = {"think": reasoning_token, "tool_call": call_token}.get(block.kind, "")
        parts.append(token + (block.text if conversation.is_tagged else _written(block)))
    if not conversation.is_tagged:
        return "\n".join(parts)
    # What stood around a thought that is gone belonged to its tags.
    return "".join(parts) if len(parts) == len(turn.blocks) else "".join(parts).strip()


def is_representable(conversation: Conversation) -> bool:
    """Whether the turns, written as tagged text, are cut into the same blocks again.

    A text of another format may hold a literal tag, which tagged text cannot tell from a real one.
    """
    return conversation.is_tagged or all(
        _kinds(turn) == _cut_kinds(tagged(conversation, turn), turn.role)
        for turn in conversation.turns
        if turn.role != "other"
    )


def _kinds(turn: Turn) -> list[tuple[str, str]]:
    """Kind and text of each block; adjacent texts are one, as tagged text knows no bound there."""
    found: list[tuple[str, str]] = []
    for block in turn.blocks:
        if block.kind == "media" or (block.kind == "think" and not block.is_captured):
            continue
        text = block.body.strip() if block.kind in ("text", "think") else ""
        if block.kind == "text" and found and found[-1][0] == "text":
            text = f"{found.pop()[1]}\n{block.body}".strip()
        if text or block.kind != "text":
            found.append((block.kind, text))
    return found


def _cut_kinds(text: str, role: str) -> list[tuple[str, str]]:
    return [
        (block.kind, block.body.decode().strip() if block.kind in ("text", "think") else "")
        for block in _CUTS[role](text.encode())
    ]


def _written(block: Block) -> str:
    """A block of another format with the tags that it would have."""
    if block.kind == "think":
        return f"<think>\n{block.body.strip()}\n</think>"
    if block.call:
        arguments = msgspec.Raw(_one_line(block.call.arguments))
        call = msgspec.json.encode({"name": block.call.name, "arguments": arguments})
        return f"<tool_call>\n{call.decode()}\n</tool_call>"
    if block.response:
        answer = block.response
        fields = {"tool_call_id": answer.call_id, "name": answer.name, "content": answer.content}
        return f"<tool_response>\n{msgspec.json.encode(fields).decode()}\n</tool_response>"
    return block.body


def _one_line(text: bytes) -> bytes:
    """The JSON without line ends: in JSON they only ever stand between values."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")
