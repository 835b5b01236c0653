"""How a structured message is taken apart without loss: its texts into blocks, the rest to `extra`.

`extra` is the message without its texts. Each stands there as a pointer: {"$blocks": [first,
count]} for the joined text of blocks, {"$body": index} for the body of one block without its
opener and closer, {"$slice": [index, start, stop]} for some bytes of it, {"$json": index} where a
body holds JSON text of a value that was none. What repeats a text of another message is {"$turn":
[index, key]}, or {"$turn": [index]} for all of a message. An object of the input that looks like
one of these stands as {"$as_is": object}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ingest.calls import structured_call
from ingest.conversation import Block, Turn
from ingest.formats import parts
from ingest.jsontext import Parser, canonical

_NAMES = ("$blocks", "$body", "$slice", "$json", "$item", "$turn", "$as_is")
_POINTERS = tuple({name} for name in _NAMES)
_JUST_TEXT = {"content": {"$blocks": [0, 1]}}
_MIN_COPY = 40  # characters of a text worth a pointer to where it stands already


class Pointer(msgspec.Struct, frozen=True):
    """Where a text, or a value, of a message now is."""

    name: str
    value: Any

    def sealed(self) -> dict[str, Any]:
        """The pointer as `extra` holds it."""
        return {self.name: self.value}


class Builder:
    """Moves the texts of one message into blocks, and leaves pointers to them in `extra`."""

    def __init__(self, message: dict[str, Any], parser: Parser) -> None:
        self.message = message
        self.extra = dict(message)
        self.blocks: list[Block] = []
        self.parser = parser

    def add(self, value: Any, block: Block) -> Pointer:
        """Adds the block with `value` as its body; the pointer to leave in its place."""
        is_text = isinstance(value, str)
        block.body = value.encode() if is_text else canonical(value)
        self.blocks.append(block)
        index = len(self.blocks) - 1
        return Pointer("$blocks", [index, 1]) if is_text else Pointer("$json", index)

    def add_cut(self, blocks: list[Block]) -> Pointer:
        """Adds the blocks that one text was cut into; the pointer to leave in its place."""
        self.blocks += blocks
        return Pointer("$blocks", [len(self.blocks) - len(blocks), len(blocks)])

    def add_call(self, name: object, call_id: object, arguments: Any) -> Pointer:
        """Adds a call, its arguments being JSON text or a value."""
        raw = arguments.encode() if isinstance(arguments, str) else arguments
        call = structured_call(name, call_id, raw, self.parser)
        issue = call.issue if call.is_malformed else None
        return self.add(arguments, Block("tool_call", b"", issue=issue, call=call))

    def fold(self) -> None:
        """Long texts left in `extra` that a block holds already become pointers to it."""
        bodies = {b.body.decode(): Pointer("$body", i) for i, b in enumerate(self.blocks)}
        bodies.setdefault(
            parts.joined(self.blocks).decode(), Pointer("$blocks", [0, len(self.blocks)])
        )
        texts = {text: at for text, at in bodies.items() if len(text) >= _MIN_COPY}
        self.extra = _without(self.extra, texts, {})

    def turn(self, role: str, source_role: str | None) -> Turn:
        """The turn of the message; a `role` in it that is `source_role` needs no place in `extra`."""
        told = {"role": source_role}
        is_told = "role" in self.message and self.message["role"] == source_role
        extra = sealed({k: v for k, v in self.extra.items() if not (is_told and k == "role")})
        back = rebuild(extra, self.blocks) | (told if is_told else {})
        is_lossless = back == self.message
        made = parts.turn(role, source_role, parts.joined(self.blocks), self.blocks, is_lossless)
        made.extra = None if extra == _JUST_TEXT else canonical(extra)
        return made


def sealed(value: Any) -> Any:
    """`value` with its pointers as JSON, told apart from objects that only look like them."""
    if isinstance(value, Pointer):
        return value.sealed()
    if isinstance(value, list):
        return [sealed(v) for v in value]
    if not isinstance(value, dict):
        return value
    inner = {k: sealed(v) for k, v in value.items()}
    return {"$as_is": inner} if value.keys() in _POINTERS else inner


def rebuild(value: Any, blocks: list[Block], messages: Sequence[Any] = ()) -> Any:
    """`value` with each pointer replaced by what it points to, in `blocks` or other `messages`."""
    if isinstance(value, list):
        return [rebuild(v, blocks, messages) for v in value]
    if not isinstance(value, dict):
        return value
    if value.keys() not in _POINTERS:
        return {k: rebuild(v, blocks, messages) for k, v in value.items()}
    ((name, target),) = value.items()
    if name == "$blocks":
        first, count = target
        return parts.joined(blocks[first : first + count]).decode()
    if name == "$body":
        return blocks[target].body.decode()
    if name == "$slice":
        return blocks[target[0]].body[target[1] : target[2]].decode()
    if name == "$json":
        return msgspec.json.decode(blocks[target].body)
    if name == "$item":
        return msgspec.json.decode(blocks[target[0]].body)[target[1]]
    if name == "$turn":
        found: Any = messages
        for step in target:
            found = found[step]
        return found
    return {k: rebuild(v, blocks, messages) for k, v in target.items()}


def without_copies(value: Any, messages: Sequence[dict[str, Any]]) -> Any:
    """`value` with whole messages, and long texts of theirs, as pointers to where they stand.

    Formats that keep a log beside the messages repeat them there, some of them in every step.
    """
    texts: dict[str, Pointer] = {}
    whole: dict[bytes, Pointer] = {}
    for index, message in enumerate(messages):
        whole.setdefault(canonical(message), Pointer("$turn", [index]))
        for path, text in _texts(message, [index]):
            texts.setdefault(text, Pointer("$turn", path))
    return _without(value, texts, whole)


def _texts(value: Any, path: list[Any]) -> Iterator[tuple[list[Any], str]]:
    """The long texts in `value`, each with the steps that lead to it."""
    if isinstance(value, str):
        if len(value) >= _MIN_COPY:
            yield path, value
    elif isinstance(value, (dict, list)):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, [*path, step])


def _without(value: Any, texts: dict[str, Pointer], whole: dict[bytes, Pointer]) -> Any:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        return [_without(v, texts, whole) for v in value]
    if not isinstance(value, dict):
        return value
    if whole and "role" in value and (found := whole.get(canonical(value))) is not None:
        return found
    return {k: _without(v, texts, whole) for k, v in value.items()}
