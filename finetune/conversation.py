"""A conversation as export needs it, put together from the rows of the Parquet tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

from ingest.jsontext import BadJson, Parser, canonical

Row = Mapping[str, Any]
Place = tuple[int, int]  # turn_index and block_index
_TAGGED = re.compile(r"\s*<tool_(call|response)>")


class _TaggedCall(msgspec.Struct):
    arguments: msgspec.Raw


class _TaggedResponse(msgspec.Struct):
    content: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Call:
    """A call that can be made; `arguments` is the JSON text of an object, keys as written."""

    name: str
    arguments: bytes
    call_id: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """What a tool answered; `content` is text, JSON as it was written."""

    name: str | None
    call_id: str | None
    content: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a turn. A call without `call` is malformed: its text is all there is."""

    kind: str
    opener: str
    body: str
    closer: str
    is_captured: bool = False  # of a thought: there is reasoning, as the model wrote it
    call: Call | None = None
    response: Response | None = None

    @property
    def text(self) -> str:
        """The block as it stood in the message."""
        return self.opener + self.body + self.closer


@dataclass(frozen=True, slots=True)
class Turn:
    """One message."""

    index: int
    role: str
    blocks: tuple[Block, ...]

    @property
    def has_reasoning(self) -> bool:
        """A thought was captured."""
        return any(block.is_captured for block in self.blocks)

    @property
    def is_malformed(self) -> bool:
        """Holds a call that cannot be parsed."""
        return any(b.kind == "tool_call" and b.call is None for b in self.blocks)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation. `is_tagged`: the blocks' own text holds the tags of the Hermes form."""

    head: Row
    turns: tuple[Turn, ...]
    is_tagged: bool
    tools: Sequence[Any] | None = None
    failing: frozenset[int] = field(default_factory=frozenset)  # turns that made a failing call

    @property
    def conversation_id(self) -> str:
        """Its key."""
        return str(self.head["conversation_id"])


def _ids(calls: Mapping[Place, Row], responses: Mapping[Place, Row]) -> dict[Place, str | None]:
    """The id of each call and response by its place, of calls no two the same.

    In Hermes text a call has no id of its own, and goes by that of its response. Where a source
    gives one id to several calls (each turn counts anew), all are numbered through the
    conversation. A response then goes by the number of its call; where that was paired with it by
    order alone and has another id, by that of the last call before it that has its id.
    """
    called = {
        at: (row["call_turn_index"], row["call_block_index"]) for at, row in responses.items()
    }
    answered = {call: responses[at]["tool_call_id"] for at, call in called.items()}
    made = {at: row["tool_call_id"] or answered.get(at) for at, row in calls.items()}
    ids = made | {at: row["tool_call_id"] for at, row in responses.items()}
    given = [call_id for call_id in made.values() if call_id]
    if len(set(given)) == len(given):
        return ids
    numbered: dict[Place, str | None] = {}
    last: dict[str, str] = {}
    numbers = count()
    for at in sorted(ids):
        call_id = ids[at]
        if not call_id:
            numbered[at] = None
        elif at in called and made.get(called[at]) == call_id:
            numbered[at] = numbered[called[at]]
        elif at in called and call_id in last:
            numbered[at] = last[call_id]
        else:
            last[call_id] = numbered[at] = f"call_{next(numbers)}"
    return numbered


class Assembler:
    """Puts rows together; not safe to share between threads, as its parser is not."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._call = msgspec.json.Decoder(_TaggedCall).decode
        self._response = msgspec.json.Decoder(_TaggedResponse).decode

    def turns(
        self,
        turns: Iterable[Row],
        blocks: Iterable[Row],
        calls: Iterable[Row],
        responses: Iterable[Row],
    ) -> tuple[Turn, ...]:
        """The turns in order, with their blocks; all rows are those of one conversation."""
        calls_at = {(row["turn_index"], row["block_index"]): row for row in calls}
        responses_at = {(row["turn_index"], row["block_index"]): row for row in responses}
        ids = _ids(calls_at, responses_at)
        found: dict[int, list[Block]] = {}
        for row in blocks:
            place = row["turn_index"], row["block_index"]
            found.setdefault(place[0], []).append(
                self._block(row, calls_at.get(place), ids.get(place), responses_at.get(place))
            )
        return tuple(
            Turn(row["turn_index"], row["role"], tuple(found.get(row["turn_index"], ())))
            for row in turns
        )

    def _block(
        self, row: Row, call: Row | None, call_id: str | None, response: Row | None
    ) -> Block:
        is_tagged = _TAGGED.match(row["opener"]) is not None
        return Block(
            row["kind"],
            row["opener"],
            row["body"],
            row["closer"],
            row["kind"] == "think" and row["visibility"] == "raw" and bool(row["body"].strip()),
            self._made(row["body"], call, call_id, is_tagged) if call else None,
            self._answer(row["body"], response, call_id, is_tagged) if response else None,
        )

    def _made(self, body: str, row: Row, call_id: str | None, is_tagged: bool) -> Call | None:
        """The call; None where it cannot be made."""
        if row["parse_status"] != "ok" or not row["tool_name"]:
            return None
        arguments = row["arguments"].encode() if row["arguments"] is not None else b"{}"
        if not arguments.startswith(b"{"):
            return None
        if row["issue"] is None:
            arguments = self._as_written(body, arguments, is_tagged)
        return Call(row["tool_name"], arguments, call_id)

    def _as_written(self, body: str, arguments: bytes, is_tagged: bool) -> bytes:
        """The arguments with their keys in the order in which the model wrote them."""
        text = body.encode()
        try:
            written = bytes(self._call(text).arguments) if is_tagged else text
            value, flags = self._parser.parse(written)
        except (msgspec.DecodeError, BadJson):
            return arguments
        return written if not flags and canonical(value) == arguments else arguments

    def _answer(self, body: str, row: Row, call_id: str | None, is_tagged: bool) -> Response:
        content = self._content(body) if is_tagged else body
        return Response(row["tool_name"], call_id, content)

    def _content(self, body: str) -> str:
        """The content of a tagged response as text; the whole body where it is no such object."""
        try:
            raw = bytes(self._response(body.encode()).content)
            value = self._parser.parse(raw)[0] if raw.startswith(b'"') else raw.decode()
        except (msgspec.DecodeError, BadJson):
            return body
        return str(value)
