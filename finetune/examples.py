"""Conversations → training examples: what stands in each row, and what of it is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from finetune.conversation import Conversation, Turn
from finetune.options import ExportOptions
from finetune.passages import Passage, system_text, tools_passage, turn_passages, why_masked
from finetune.tagged import is_representable, tagged

Message = dict[str, Any]
_SHAREGPT = {"system": "system", "user": "human", "assistant": "gpt", "tool": "tool"}
ROLES = frozenset(_SHAREGPT)  # turns of other roles are in no row


class LeftOut(Exception):
    """A conversation or row that is not exported; the message is the reason's name."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row as it is written, without its provenance, and the passages that it puts before a model."""

    row: Message
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A turn that is kept, and the exchange that it belongs to (-1: before the first)."""

    turn: Turn
    exchange: int


def examples(conversation: Conversation, options: ExportOptions) -> Iterator[Example]:
    """The rows of one conversation.

    Shape: one row per conversation; one per exchange for pairs and with reasoning `exchange`; one
    per assistant turn for pairs with `per` turn. Rows in which nothing is trained are not made.
    Raises: LeftOut where there is none, with the reason.
    """
    pieces = list(_pieces(conversation))
    if options.missing_reasoning == "drop" and options.reasoning != "none":
        answers = [p.turn for p in pieces if p.turn.role == "assistant"]
        if not all(turn.has_reasoning for turn in answers):
            raise LeftOut("a turn without captured reasoning")
    if options.format in ("pairs", "sharegpt") and not is_representable(conversation):
        raise LeftOut("text that holds a literal tag")
    maker = _Maker(conversation, options, pieces)
    found = [example for example in maker.examples() if _is_trained(example.row)]
    if not found:
        raise LeftOut("nothing to train")
    yield from found


def _is_trained(row: Message) -> bool:
    return any(message["train"] for message in messages_of(row))


def messages_of(row: Message) -> list[Message]:
    """The messages of a row of any format; of a pair, the prompt's and then the response's."""
    found = row.get("messages") or row.get("conversations")
    return cast("list[Message]", found or row["prompt"] + row["response"])


def _pieces(conversation: Conversation) -> Iterator[_Piece]:
    """The turns that are kept: of a first user turn that was written twice, one."""
    is_doubled = conversation.head["is_first_turn_doubled"]
    exchange, before = -1, None
    for turn in conversation.turns:
        if turn.role not in ROLES:
            continue
        if turn.role == "user" and before == "user" and is_doubled:
            is_doubled = False  # the second of the first two user turns
            continue
        if turn.role == "user" and before != "user":
            exchange += 1
        yield _Piece(turn, exchange)
        before = turn.role


@dataclass(frozen=True, slots=True)
class _Maker:
    conversation: Conversation
    options: ExportOptions
    pieces: list[_Piece]

    def examples(self) -> Iterator[Example]:
        if self.options.format == "pairs":
            yield from self._pairs()
        else:
            for exchange in self._exchanges():
                yield self._whole(exchange)

    def _exchanges(self) -> Sequence[int | None]:
        """The exchanges that a row is made for; None is the whole conversation."""
        if self.options.reasoning != "exchange":
            return [None]
        return sorted({p.exchange for p in self.pieces if p.turn.role == "assistant"})

    def _whole(self, exchange: int | None) -> Example:
        """A row of all messages, or of those to the end of an exchange, which alone is trained."""
        kept = [p for p in self.pieces if exchange is None or p.exchange <= exchange]
        tools = self.conversation.tools or []
        passages = [found for p in kept for found in self._passages(p, exchange)]
        if tools:  # chat templates write them at the end of the system turn
            is_led = bool(passages) and passages[0].kind == "system"
            passages.insert(int(is_led), tools_passage(tools))
        if self.options.format == "sharegpt":
            turns = [self._sharegpt(p, exchange) for p in kept]
            text = msgspec.json.encode(tools).decode()
            return Example({"conversations": turns, "tools": text}, passages)
        messages = [message for p in kept for message in self._messages(p, exchange)]
        return Example({"messages": messages, "tools": tools}, passages)

    def _pairs(self) -> Iterator[Example]:
        """Prompt and response; in the prompt nothing is trained, it is there to be read."""
        for start, end in self._spans():
            exchange = self.pieces[start].exchange if self._forgets else None
            prompt = [self._tagged(p, exchange) | {"train": 0} for p in self.pieces[:start]]
            response = [self._tagged(p, exchange) for p in self.pieces[start:end]]
            passages = [
                found
                for at, piece in enumerate(self.pieces[:end])
                for found in self._passages(piece, exchange, is_prompt=at < start)
            ]
            yield Example({"prompt": prompt, "response": response}, passages)

    @property
    def _forgets(self) -> bool:
        """Reasoning of earlier exchanges is not in the row."""
        return self.options.reasoning == "exchange"

    def _spans(self) -> Iterator[tuple[int, int]]:
        """First and last + 1 of the turns of each response."""
        if self.options.per == "turn":
            for at, piece in enumerate(self.pieces):
                if piece.turn.role == "assistant":
                    yield at, at + 1
            return
        for exchange in sorted({p.exchange for p in self.pieces}):
            own = [at for at, p in enumerate(self.pieces) if p.exchange == exchange]
            answers = [at for at in own if self.pieces[at].turn.role == "assistant"]
            if answers:
                yield answers[0], own[-1] + 1

    def _masked(self, piece: _Piece, exchange: int | None) -> str:
        """Why the turn is not trained in this row; "" where it is."""
        if exchange is None or piece.exchange == exchange:
            return why_masked(self.conversation, piece.turn, self.options)
        return "of an earlier exchange"

    def _train(self, piece: _Piece, exchange: int | None) -> int:
        return int(not self._masked(piece, exchange))

    def _passages(
        self, piece: _Piece, exchange: int | None, *, is_prompt: bool = False
    ) -> list[Passage]:
        masked = "part of the prompt" if is_prompt else self._masked(piece, exchange)
        has_reasoning = self._has_reasoning(piece, exchange)
        return turn_passages(
            self.conversation, piece.turn, self.options, masked, has_reasoning=has_reasoning
        )

    def _has_reasoning(self, piece: _Piece, exchange: int | None) -> bool:
        if self.options.reasoning == "none":
            return False
        return exchange is None or piece.exchange == exchange

    def _tagged(self, piece: _Piece, exchange: int | None) -> Message:
        """A message of plain text with its tags."""
        text = tagged(
            self.conversation,
            piece.turn,
            has_reasoning=self._has_reasoning(piece, exchange),
            reasoning_token=self.options.reasoning_token,
            call_token=self.options.call_token,
        )
        role = piece.turn.role
        content = system_text(self.conversation, text, self.options) if role == "system" else text
        return {"role": role, "content": content, "train": self._train(piece, exchange)}

    def _sharegpt(self, piece: _Piece, exchange: int | None) -> Message:
        message = self._tagged(piece, exchange)
        role = _SHAREGPT[message["role"]]
        return {"from": role, "value": message["content"], "train": message["train"]}

    def _messages(self, piece: _Piece, exchange: int | None) -> list[Message]:
        """The messages of a turn in the form of chat templates; one for each response."""
        turn = piece.turn
        if turn.role == "tool":
            return [_answer(block) for block in turn.blocks if block.kind != "media"]
        text = "\n".join(block.body for block in turn.blocks if block.kind == "text")
        if turn.role == "assistant":
            return [self._assistant(piece, exchange, text)]
        if turn.role == "system":
            text = system_text(self.conversation, text, self.options)
        return [{"role": turn.role, "content": text, "train": 0}]

    def _assistant(self, piece: _Piece, exchange: int | None, text: str) -> Message:
        turn = piece.turn
        content = [text] if text else []
        # A call that is no JSON has no other form than its text; the turn is not trained.
        content += [b.text.strip() for b in turn.blocks if b.kind == "tool_call" and not b.call]
        message: Message = {"role": "assistant", "content": "\n".join(content)}
        thought = "\n\n".join(block.body for block in turn.blocks if block.is_captured)
        if thought and self._has_reasoning(piece, exchange):
            if self.options.think == "field":
                message["reasoning_content"] = thought
            else:
                message["content"] = f"<think>\n{thought}\n</think>\n\n{message['content']}"
        calls = [_call(block.call) for block in turn.blocks if block.call]
        if calls:
            message["tool_calls"] = calls
        return message | {"train": self._train(piece, exchange)}


def _call(call: Any) -> Message:
    """One entry of `tool_calls`; the arguments stay an object: a text would be encoded twice."""
    made: Message = {"id": call.call_id} if call.call_id else {}
    function = {"name": call.name, "arguments": msgspec.Raw(call.arguments)}
    return made | {"type": "function", "function": function}


def _answer(block: Any) -> Message:
    answer = block.response
    message: Message = {"role": "tool", "content": answer.content if answer else block.body}
    if answer and answer.name:
        message["name"] = answer.name
    if answer and answer.call_id:
        message["tool_call_id"] = answer.call_id
    return message | {"train": 0}
