"""Slices of input files → records. A slice is what one worker reads in one go.

Parquet is read by row groups, JSON Lines by byte ranges, a JSON document whole. Nothing is
dropped: a record that cannot be decoded comes out with its error and its raw bytes. Where a file
is the log of one session, its lines are gathered into one record; of a log of many samples, each
sample is one.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ingest import evals
from ingest.conversation import BadRecord, EventLog
from ingest.jsontext import BadJson, Parser, as_text, is_begun
from ingest.options import MB, Limits
from ingest.packed import BUFFER, PACKED, READ_ERRORS, Refused, open_bytes, open_raw
from ingest.parquet_rows import read_parquet
from ingest.records import Record, Slice, too_large, unreadable
from ingest.remote import Remote

KEPT_OF_LINE = 1_000_000  # bytes kept of a line that is too long to be read
_BOM = b"\xef\xbb\xbf"
_separators = re.compile(r"[\s,]*").match
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read(part: Slice) -> Iterator[Record]:
    """The records of a slice, in order."""
    readers = {
        "parquet": read_parquet,
        "jsonl": _read_lines,
        "json": _read_document,
        "eval": _read_eval,
    }
    records = readers[part.layout](part)
    for count, record in enumerate(_gathered(records) if part.is_log else records):
        if part.limit is not None and count >= part.limit:
            return
        yield record


def _gathered(records: Iterator[Record]) -> Iterator[Record]:
    """One record of all events, in the place of the first; then what holds none, line by line.

    A blank or broken line stays a record of its own, as in any file of lines: it is counted, a
    broken one is kept among the rejects, and neither takes the session with it.
    """
    events: list[Record] = []
    others: list[Record] = []
    for record in records:
        (others if record.is_blank or record.error else events).append(record)
    if events:
        yield Record(
            events[0].index,
            events[0].offset,
            sum(event.size for event in events),
            value=EventLog([e.index for e in events], [e.value for e in events]),
            raw=b"".join([event.raw_bytes() for event in events]),
            is_replaced=any(event.is_replaced for event in events),
        )
    yield from others


def _read_lines(part: Slice) -> Iterator[Record]:
    """One record per line, blank lines included. Lines end at \\n only: JSON may hold U+2028."""
    parser, limits = Parser(part.limits.depth), part.limits
    with open_bytes(part.path, limits) as file:
        offset = part.start
        if offset:
            file.seek(offset)
        index = part.first_index
        try:
            while offset < part.stop:
                line = file.readline(min(limits.line + 1, part.stop - offset))
                if not line:
                    return
                size = len(line) if len(line) <= limits.line else _passed_over(file, line)
                if size > limits.line:
                    yield _too_long(index, offset, line, size, limits)
                else:
                    text = line if index else line.removeprefix(_BOM)
                    yield _decode(text, index, offset, parser, limits)
                index, offset = index + 1, offset + size
        except READ_ERRORS as error:
            yield unreadable(index, offset, error)


def _read_document(part: Slice) -> Iterator[Record]:
    """The elements of a JSON list, or the one record that the document is."""
    parser, limits = Parser(part.limits.depth), part.limits
    with ExitStack() as stack:
        try:
            text = whole_text(part.path, stack, limits)
        except READ_ERRORS as error:
            yield unreadable(0, 0, error)
            return
        if not is_list_of_records(text):
            yield from _samples(_decode(bytes(text), 0, 0, parser, limits))
            return
        try:
            elements: Iterable[Any] = _elements(text)
        except (msgspec.DecodeError, RecursionError):
            elements = _one_by_one(bytes(text).decode(errors="replace"))
        for index, element in enumerate(elements):
            size = len(memoryview(element))
            if size > limits.line:
                start = bytes(memoryview(element)[:KEPT_OF_LINE])
                yield _too_long(index, None, start, size, limits)
            else:
                yield _decode(bytes(element), index, None, parser, limits)


def _samples(document: Record) -> Iterator[Record]:
    """A record for each sample where the document is a log of several; else the document."""
    values = evals.split(document.value)
    if len(values) == 1:
        yield document
        return
    size = document.size // len(values)
    for index, value in enumerate(values):
        yield Record(index, None, size, value=value, is_replaced=document.is_replaced)


def _read_eval(part: Slice) -> Iterator[Record]:
    """One record for each sample in a zip."""
    parser, limits = Parser(part.limits.depth), part.limits
    with open_raw(part.path) as file:
        try:
            head = evals.head(file, limits)
        except BadRecord as error:
            yield Record(0, 0, 0, raw=b"", error=error)
            return
        for index, sample in enumerate(evals.samples(file, limits)):
            if isinstance(sample, BadRecord):
                yield Record(index, None, 0, raw=b"", error=sample)
                continue
            record = _decode(sample, index, None, parser, limits)
            record.value = evals.of_sample(head, record.value, index)
            yield record


def _one_by_one(text: str) -> Iterator[bytes]:
    """The elements of a list of which some are not JSON; from the first whose end cannot be told
    on, the rest is one.
    """
    decode = json.JSONDecoder().raw_decode
    start = text.index("[") + 1
    while start < len(text):
        space = _separators(text, start)
        start = space.end() if space else start
        try:
            _, end = decode(text, start)
        except (ValueError, RecursionError):
            if text[start:].strip() not in ("", "]"):
                yield text[start:].encode()
            return
        yield text[start:end].encode()
        start = end


def _passed_over(file: BinaryIO, begun: bytes) -> int:
    """The size of the line that begins with `begun`, whose rest is read and dropped."""
    size, piece = len(begun), begun
    while not piece.endswith(b"\n") and (piece := file.readline(BUFFER)):
        size += len(piece)
    return size


def _too_long(index: int, offset: int | None, begun: bytes, size: int, limits: Limits) -> Record:
    raw = begun[:KEPT_OF_LINE]
    detail = (
        f"{size:,} bytes, more than --max-line {limits.line // MB} (MB) allows; kept are the first "
        f"{len(raw):,}"
    )
    return Record(index, offset, len(raw), raw=raw, error=BadRecord("line_too_long", detail))


def whole_text(path: Path | Remote, stack: ExitStack, limits: Limits) -> Any:
    """The file as bytes; plain files are mapped, so that the system can drop their pages.

    Raises: Refused where a packed one is larger, once unpacked, than a line may be.
    """
    if isinstance(path, Remote) or path.suffix in PACKED:
        with open_bytes(path, limits) as file:
            text = file.read(limits.line + 1)
            if len(text) > limits.line:
                raise Refused(
                    "line_too_long",
                    f"the document in it is larger than --max-line {limits.line // MB} (MB) "
                    "allows: unpack it, or allow more",
                )
            return text.removeprefix(_BOM)
    plain = stack.enter_context(path.open("rb"))
    if plain.read(3) == _BOM or not path.stat().st_size:
        return path.read_bytes().removeprefix(_BOM)
    return memoryview(mmap.mmap(plain.fileno(), 0, access=mmap.ACCESS_READ))


def is_list_of_records(text: Any) -> bool:
    """Whether a JSON document is a list of records, and not one conversation as bare messages."""
    head = bytes(text[:4096]).lstrip()
    if head[:1] != b"[":
        return False
    inner = head[1:].lstrip()
    return inner[:1] in (b"{", b"]") and not _begins_with_message(inner)


def _begins_with_message(text: bytes) -> bool:
    """Whether the first key of the object is one that messages have and records have not."""
    return text[1:].lstrip().startswith((b'"role"', b'"content"'))


def _decode(line: bytes, index: int, offset: int | None, parser: Parser, limits: Limits) -> Record:
    record = Record(index, offset, len(line), raw=line)
    if not line.strip():
        return record
    text, record.is_replaced = as_text(line)
    try:
        record.value, flags = parser.parse(text)
        record.is_replaced = record.is_replaced or "lone_surrogate" in flags
    except BadJson as error:
        record.error = _why(line, error)
    if len(line) > limits.value:
        record.error = record.error or too_large(record.value, limits)
    return record


def _why(line: bytes, error: BadJson) -> BadRecord:
    """What is wrong with a line that is no JSON, where it can be told more closely."""
    if line[:200].count(0) > len(line[:200]) // 4:
        return BadRecord("not_utf8", "UTF-16 or the like: `iconv -t UTF-8` makes it readable")
    if error.reason == "bad_json" and not line.endswith(b"\n") and is_begun(as_text(line)[0]):
        return BadRecord("truncated_tail", f"the file ends within this line ({error.detail})")
    if b"\r" in line.strip():
        return BadRecord(error.reason, f"{error.detail}; do its lines end in CR alone?")
    return BadRecord(error.reason, error.detail)
