"""A turn as text with the tags of the Hermes form."""

from __future__ import annotations

import msgspec

from finetune.conversation import Block, Conversation, Turn
from ingest import tags

_CUTS = {"assistant": tags.cut_assistant, "tool": tags.cut_tool}


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
        if block.kind == "think":
            if has_reasoning and block.is_captured:
                parts += [reasoning_token, _text(conversation, turn, block)]
        elif block.kind != "media":
            token = call_token if block.kind == "tool_call" else ""
            parts += [token, _text(conversation, turn, block)]
    return "".join(parts).rstrip("\n") if not conversation.is_tagged else "".join(parts)


def is_representable(conversation: Conversation) -> bool:
    """Whether the turns, written as tagged text, are cut into the same blocks again.

    A text of another format may hold a literal tag, which tagged text cannot tell from a real one.
    """
    return conversation.is_tagged or all(
        _kinds(turn) == _cut_kinds(tagged(conversation, turn), turn.role)
        for turn in conversation.turns
        if turn.role in _CUTS
    )


def _kinds(turn: Turn) -> list[tuple[str, str]]:
    return [
        (block.kind, block.body.strip() if block.kind in ("text", "think") else "")
        for block in turn.blocks
        if block.kind != "media"
        and (block.kind != "think" or block.is_captured)
        and (block.kind != "text" or block.body.strip())
    ]


def _cut_kinds(text: str, role: str) -> list[tuple[str, str]]:
    return [
        (block.kind, block.body.decode() if block.kind in ("text", "think") else "")
        for block in _CUTS[role](text.encode())
    ]


def _text(conversation: Conversation, turn: Turn, block: Block) -> str:
    if conversation.is_tagged or turn.role not in _CUTS:
        return block.text
    if block.kind == "think":
        return f"<think>\n{block.body.strip()}\n</think>\n"
    if block.call:
        written = {"name": block.call.name, "arguments": msgspec.Raw(_one_line(block.call.arguments))}
        return f"<tool_call>\n{msgspec.json.encode(written).decode()}\n</tool_call>\n"
    if block.response:
        answer = block.response
        written = {"tool_call_id": answer.call_id, "name": answer.name, "content": answer.content}
        return f"<tool_response>\n{msgspec.json.encode(written).decode()}\n</tool_response>\n"
    return block.body.strip() + "\n"


def _one_line(text: bytes) -> bytes:
    """The JSON without line ends: in JSON they only ever stand between values."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")
