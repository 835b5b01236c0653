"""Secrets of a conversation: found at ingest, kept out of what is derived from its text, and, with
--redact, out of the text itself.

The raw text (blocks, `extra`) stays as it was unless it is to be removed. What ingest derives for
people to see and models to read (names, arguments, fields, heads and tails of responses) never
holds a secret: it is taken from the record read a second time, with marks in the place of its
secrets. Only a record that holds some is read twice.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from ingest.conversation import BadRecord, Conversation, EventLog, Finding, Turn
from ingest.formats.parts import joined
from ingest.jsontext import canonical, characters
from ingest.secrets import Hit, Scanner, plain, scanner

_LONG = 1_000_000  # a text that is scanned alone, where it lies
_KNOWN = 200  # lists of tools that are not scanned again
_SEPARATOR = b"\n\n"
_TEXTS = ("source_id", "model", "category", "subcategory", "task", "task_id", "outcome_name")
_OF_TURNS = ("source_role", "stop_reason", "api_message_id")
_SHORT = 10  # no secret is as short (`pwd=…;` has 11), and most reasons to stop are
_DERIVED = ("fields", "error_text", "body_head", "body_tail", "status")

Read = Callable[[Any], Conversation]
Place = tuple[int | None, int | None, str]


class Guard:
    """Reads the records of one part. `removes`: nothing, `secrets`, or `personal` data as well."""

    def __init__(self, removes: str) -> None:
        self._scanner = scanner(is_personal=removes == "personal")
        self._removes = bool(removes)
        self._of_tools: dict[bytes, list[Hit]] = {}

    def read(self, value: Any, read: Read) -> Conversation:
        """The conversation of a record, with its findings.

        Raises: BadRecord, of the record as it is.
        """
        found = read(value)
        findings = self._findings(found)
        if not findings:
            return found
        if self._removes:
            del found  # of a conversation of 100 MB, two are much
        try:
            clean = read(_without(value, self._scanner))
        except (BadRecord, ValueError, TypeError, KeyError):  # a mark stands where it may not
            clean = None
        if self._removes:
            found = clean or read(value)
            if clean is None or self._findings(found):
                _scrub(found, self._scanner)
        else:
            if clean is not None and _shape(clean) == _shape(found):
                _take_derived(found, clean)
            _move_names(found, _TEXTS, self._scanner)
            for turn in found.turns:
                _move_names(turn, _OF_TURNS, self._scanner)
        _scrub_derived(found, self._scanner)
        found.findings = [
            msgspec.structs.replace(finding, is_redacted=self._removes) for finding in findings
        ]
        return found

    def raw(self, data: bytes) -> bytes:
        """The bytes of a rejected record as they are kept."""
        return self._scanner.value_without(data) if self._removes else data

    def _findings(self, conversation: Conversation) -> list[Finding]:
        places, texts = _pieces(conversation)
        found = list(_hits(self._scanner, places, texts))
        if conversation.tools:
            place = (None, None, "tool_definitions")
            found += [_finding(hit, place, 0) for hit in self._tool_hits(conversation.tools)]
        return found

    def _tool_hits(self, tools: bytes) -> list[Hit]:
        """What a list of tools holds: most records have one that was there before."""
        known = self._of_tools.get(tools)
        if known is None:
            if len(self._of_tools) >= _KNOWN:
                self._of_tools.clear()
            known = self._of_tools[tools] = _alone(self._scanner, tools)
        return known


def _pieces(conversation: Conversation) -> tuple[list[Place], list[bytes]]:
    """All texts of a conversation and where they stand."""
    places: list[Place] = []
    texts: list[bytes] = []
    for turn_index, turn in enumerate(conversation.turns):
        for block_index, block in enumerate(turn.blocks):
            places.append((turn_index, block_index, "body"))
            texts.append(block.body)
        if turn.extra:
            places.append((turn_index, None, "extra"))
            texts.append(turn.extra)
        for name in _OF_TURNS:
            if (text := getattr(turn, name)) and len(text) > _SHORT:
                places.append((turn_index, None, name))
                texts.append(text.encode())
    if conversation.extra:
        places.append((None, None, "extra"))
        texts.append(conversation.extra)
    for name in _TEXTS:
        if text := getattr(conversation, name):
            places.append((None, None, name))
            texts.append(text.encode())
    return places, texts


def _hits(scan: Scanner, places: Sequence[Place], texts: Sequence[bytes]) -> Iterator[Finding]:
    """The secrets of all texts: short ones are joined, for a call costs more than they do."""
    starts: list[int] = []
    joined: list[bytes] = []
    chosen: list[Place] = []
    size = 0
    for place, text in zip(places, texts, strict=True):
        if len(text) >= _LONG:
            yield from (_finding(hit, place, 0) for hit in _alone(scan, text))
            continue
        starts.append(size)
        chosen.append(place)
        joined += (text, _SEPARATOR)
        size += len(text) + len(_SEPARATOR)
    hits, is_escaped = scan.scan(b"".join(joined))
    if is_escaped:  # written out, the texts have other lengths: one by one
        for place, text in zip(places, texts, strict=True):
            if len(text) < _LONG:
                yield from (_finding(hit, place, 0) for hit in _alone(scan, text))
        return
    for hit in hits:
        at = bisect_right(starts, hit.start) - 1
        yield _finding(hit, chosen[at], starts[at])


def _alone(scan: Scanner, text: bytes) -> list[Hit]:
    """The secrets of one text, those that are spelt in escapes of JSON among them."""
    hits, is_escaped = scan.scan(text)
    return scan.hits(plain(text)) if is_escaped else hits


def _finding(hit: Hit, place: Place, start: int) -> Finding:
    return Finding(*place, hit.rule.id, hit.rule.kind, hit.start - start, hit.end - hit.start)


def _without(value: Any, scan: Scanner) -> Any:
    if isinstance(value, EventLog):
        return EventLog(value.lines, [scan.value_without(event) for event in value.events])
    return scan.value_without(value)


def _shape(conversation: Conversation) -> list[list[tuple[str, bool, bool]]]:
    """What two readings have to share for the rows of one to go with those of the other."""
    return [
        [(block.kind, block.call is None, block.response is None) for block in turn.blocks]
        for turn in conversation.turns
    ]


def _take_derived(conversation: Conversation, clean: Conversation) -> None:
    """Gives the conversation what was derived from the record without its secrets."""
    for turn, clean_turn in zip(conversation.turns, clean.turns, strict=True):
        for block, other in zip(turn.blocks, clean_turn.blocks, strict=True):
            if block.call and other.call and block.call.arguments is not None:
                block.call.arguments = other.call.arguments
            if block.response and other.response:
                for name in _DERIVED:
                    setattr(block.response, name, getattr(other.response, name))


def _move_names(record: Conversation | Turn, names: Sequence[str], scan: Scanner) -> None:
    """Puts names that hold a secret into `extra`, as they were: the columns are in every table."""
    kept: dict[str, str] = {}
    for name in names:
        text = getattr(record, name)
        if text and (clean := scan.value_without(text)) != text:
            kept[name] = text
            setattr(record, name, clean)
    if kept:
        extra = json.loads(record.extra or b"{}")
        record.extra = canonical(extra | {"$names": kept})


def _scrub_derived(conversation: Conversation, scan: Scanner) -> None:
    """Takes out of what is derived what a second reading may have left."""
    for turn in conversation.turns:
        for block in turn.blocks:
            if block.call is not None:
                _scrub_columns(block.call, ("arguments", "tool_name"), scan)
            if block.response is not None:
                _scrub_columns(block.response, (*_DERIVED, "tool_name"), scan)


def _scrub(conversation: Conversation, scan: Scanner) -> None:
    """Takes all secrets out of texts that are read: what no record without them leads to."""
    for turn in conversation.turns:
        for block in turn.blocks:
            _scrub_columns(block, ("body",), scan)
        _scrub_columns(turn, ("extra", *_OF_TURNS), scan)
        _measure(turn)
    _scrub_columns(conversation, ("extra", "tools", *_TEXTS), scan)


def _measure(turn: Turn) -> None:
    """The turn's measures, of the text that it now has; it does not give back the input."""
    text = joined(turn.blocks)
    turn.body_sha256 = hashlib.sha256(text).hexdigest()
    turn.body_chars = characters(text)
    turn.is_lossless = False


def _scrub_columns(record: msgspec.Struct, names: Sequence[str], scan: Scanner) -> None:
    for name in names:
        if (text := getattr(record, name)) is not None:
            setattr(record, name, scan.value_without(text))
