"""What a turn puts before the model, piece by piece, and why a piece of it is not trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from finetune.budget import Kind
from finetune.conversation import Block, Conversation, Turn
from finetune.options import ExportOptions
from finetune.tools import without_tools

_KINDS: dict[str, Kind] = {
    "text": "answer",
    "think": "think",
    "tool_call": "call",
    "tool_response": "response",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a row: one block of a turn, or the tools (which belong to no turn).

    `masked`: why it is read and not learnt, "" where it is learnt. `ends_turn`: the last of an
    assistant turn.
    """

    kind: Kind
    text: str
    masked: str
    turn_index: int | None = None
    name: str = ""
    ends_turn: bool = False


def why_masked(conversation: Conversation, turn: Turn, options: ExportOptions) -> str:
    """Why a turn is not one to learn; "" where the model made it, whole, with its reasoning."""
    if turn.role != "assistant":
        return "not written by the model"
    if turn.is_malformed:
        return "holds a malformed call"
    if not any(b.body.strip() for b in turn.blocks if b.kind in ("text", "tool_call")):
        return "says nothing"
    if options.mask_failing and turn.index in conversation.failing:
        return "made a failing call"
    if (
        turn.has_reasoning or options.missing_reasoning == "keep" or options.reasoning == "none"
    ):  # fmt: skip
        return ""
    return "its reasoning was not captured"


def system_text(conversation: Conversation, text: str, options: ExportOptions) -> str:
    """What is left of a system turn."""
    if options.system_rule == "replace":
        return options.system_text
    if options.system_rule == "strip" and conversation.tools:
        return without_tools(text)
    return text


def turn_passages(
    conversation: Conversation,
    turn: Turn,
    options: ExportOptions,
    masked: str,
    *,
    has_reasoning: bool,
) -> list[Passage]:
    """The passages of a turn in their order; blocks that an export leaves out are not there."""
    if turn.role in ("system", "user"):
        text = "\n".join(block.body for block in turn.blocks if block.kind != "media")
        if turn.role == "system":
            return [Passage("system", system_text(conversation, text, options), masked, turn.index)]
        return [Passage("user", text, masked, turn.index)]
    blocks = list(_written(turn, has_reasoning))
    last = len(blocks) - 1
    return [
        Passage(
            "response" if turn.role == "tool" else _KINDS[block.kind],
            block.body.strip() if block.kind in ("text", "think") else block.body,
            masked,
            turn.index,
            _name(block),
            turn.role == "assistant" and at == last,
        )
        for at, block in enumerate(blocks)
    ]


def tools_passage(tools: Sequence[Any]) -> Passage:
    """The tools as the JSON that a chat template writes out."""
    text = msgspec.json.encode(tools).decode()
    return Passage("tools", text, "not written by the model")


def _written(turn: Turn, has_reasoning: bool) -> Iterator[Block]:
    for block in turn.blocks:
        if block.kind == "media" or (block.kind == "text" and not block.body.strip()):
            continue
        if block.kind == "think" and not (block.is_captured and has_reasoning):
            continue
        yield block


def _name(block: Block) -> str:
    made = block.call or block.response
    return (made.name or "") if made else ""
