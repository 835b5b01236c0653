"""Slices of input files → records. A slice is what one worker reads in one go.

Parquet is read by row groups, JSON Lines by byte ranges, a JSON document whole. Nothing is
dropped: a record that cannot be decoded comes out with its error and its raw bytes. Where a file
is the log of one session, its lines are gathered into one record; of a log of many samples, each
sample is one.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import evals
from ingest.conversation import BadRecord, EventLog
from ingest.jsontext import BadJson, Parser, as_text, canonical, is_begun
from ingest.options import DEFAULTS, MB, Limits
from ingest.packed import BUFFER, PACKED, READ_ERRORS, Refused, open_bytes, open_raw
from ingest.remote import Remote

BATCH_BYTES = 4_000_000
# Reasons of a reject that stands for many records.
DAMAGE = ("truncated", "damaged", "decompress_limit")
KEPT_OF_LINE = 1_000_000  # bytes kept of a line that is too long to be read
_BOM = b"\xef\xbb\xbf"
_separators = re.compile(r"[\s,]*").match
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Slice:
    """A range of one file: row groups of Parquet, bytes of JSON Lines; [start, stop).

    `first_index` is the position of its first record in the file, `weight` its size in bytes
    once unpacked (an estimate for compressed text), `limit` the most records to read. `is_log`:
    the file is one record, of which each line is an event.
    """

    file_id: str
    path: Path | Remote
    layout: str
    start: int
    stop: int
    first_index: int
    weight: int
    limit: int | None = None
    is_log: bool = False
    limits: Limits = DEFAULTS


@dataclass(slots=True)
class Record:
    """One record: its place, and its decoded value or, with `error`, what was wrong."""

    index: int
    offset: int | None
    size: int
    value: Any = None
    raw: bytes | None = None
    error: BadRecord | None = None
    is_replaced: bool = False  # bytes that are not UTF-8 became U+FFFD

    @property
    def is_blank(self) -> bool:
        """A blank line."""
        return self.error is None and self.raw is not None and not self.raw.strip()

    def raw_bytes(self) -> bytes:
        """The bytes to keep of a rejected record; of a Parquet row, its JSON."""
        return self.raw if self.raw is not None else canonical(_decoded(self.value))


def read(part: Slice) -> Iterator[Record]:
    """The records of a slice, in order."""
    readers = {
        "parquet": _read_parquet,
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


# --- JSON ------------------------------------------------------------------------------------


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
            yield _unreadable(index, offset, error)


def _read_document(part: Slice) -> Iterator[Record]:
    """The elements of a JSON list, or the one record that the document is."""
    parser, limits = Parser(part.limits.depth), part.limits
    with ExitStack() as stack:
        try:
            text = whole_text(part.path, stack, limits)
        except READ_ERRORS as error:
            yield _unreadable(0, 0, error)
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


def _unreadable(index: int, offset: int | None, error: Exception, what: str = "the file") -> Record:
    """What stands for all that cannot be read from here on: it is never lost in silence."""
    detail = f"{what} cannot be read from here on: {error}"
    if isinstance(error, Refused):
        bad = BadRecord(error.reason, detail)
    elif isinstance(error, EOFError):
        bad = BadRecord("truncated", detail)
    else:
        bad = BadRecord("damaged", detail)
    return Record(index, offset, 0, raw=b"", error=bad)


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
        record.error = record.error or _too_large(record.value, limits)
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


def _too_large(value: Any, limits: Limits) -> BadRecord | None:
    """What says that a text in `value` is larger than one may be."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            left += each
        elif isinstance(each, (str, bytes)) and len(each) * 4 > limits.value:
            text = each if isinstance(each, bytes) else each.encode(errors="replace")
            if len(text) > limits.value:
                return BadRecord(
                    "value_too_large",
                    f"a text of {len(text):,} bytes (sha256 {hashlib.sha256(text).hexdigest()}), "
                    f"more than --max-value {limits.value // MB} (MB) allows",
                )
    return None


# --- Parquet ---------------------------------------------------------------------------------


def _read_parquet(part: Slice) -> Iterator[Record]:
    """One record per row. Memory is that of a batch, whatever the size of the row groups.

    The rest of a row group that cannot be read is one record with its error.
    """
    source = open_raw(part.path) if isinstance(part.path, Remote) else part.path
    with pq.ParquetFile(source, pre_buffer=False, buffer_size=BUFFER) as file:
        rows = {g: file.metadata.row_group(g).num_rows for g in range(part.start, part.stop)}
        per_row = max(1, part.weight // max(1, sum(rows.values())))
        size = max(1, min(1024, BATCH_BYTES // per_row, part.limit or 1024))
        start = part.first_index
        for group, count in rows.items():
            index = start
            for batch in _batches(file, size, group):
                if isinstance(batch, Exception):
                    yield _unreadable(index, None, batch, f"{start + count - index} rows")
                    break
                texts, is_replaced = _valid(batch)
                is_large = batch.nbytes > part.limits.value
                values = _rows(texts)
                del batch, texts  # only what is yet to be used is kept: a row may have 100 MB
                for value in values:
                    if per_row > BATCH_BYTES:
                        pa.default_memory_pool().release_unused()
                    bad = _too_large(value, part.limits) if is_large else None
                    yield Record(
                        index, None, per_row, value=value, error=bad, is_replaced=is_replaced
                    )
                    index += 1
            start += count


def _batches(
    file: pq.ParquetFile, size: int, group: int
) -> Iterator[pa.RecordBatch | OSError | pa.ArrowException]:
    """The rows of a row group; where it is damaged, the error comes last."""
    try:
        yield from file.iter_batches(size, [group], use_threads=False)
    except (OSError, pa.ArrowException) as error:
        yield error


def _valid(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, bool]:
    """The batch with texts that are UTF-8, and whether bytes had to be replaced for it.

    The whole batch is checked at once, for what would cost a pass over each message.
    """
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        arrays = [_replaced(column) for column in batch.columns]
        return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names), True
    return batch, False


def _replaced(array: pa.Array) -> pa.Array:
    """The array with bytes that are not UTF-8 as U+FFFD, in texts at any depth."""
    kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.ListArray if pa.types.is_list(kind) else pa.LargeListArray
        return make.from_arrays(array.offsets, _replaced(array.values), mask=array.is_null())
    if pa.types.is_struct(kind):
        children = [_replaced(array.field(i)) for i in range(kind.num_fields)]
        names = [kind.field(i).name for i in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, names=names, mask=array.is_null())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        raw = array.view(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary())
        texts = [None if v is None else v.decode(errors="replace") for v in raw.to_pylist()]
        return pa.array(texts, kind)
    return array


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    names = batch.schema.names
    rows = list(zip(*[_values(column) for column in batch.columns], strict=True))
    del batch
    rows.reverse()
    while rows:
        yield dict(zip(names, rows.pop(), strict=True))  # two columns may have one name


def _values(array: pa.Array) -> list[Any]:
    """The column as Python values; texts of {from, value} messages stay bytes."""
    kind = array.type
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_messages(kind.value_type):
        return _messages(array)
    if _is_text(kind):
        return _shared_texts(array)
    values: list[Any] = array.to_pylist()
    return values


def _is_messages(kind: pa.DataType) -> bool:
    if not pa.types.is_struct(kind) or {f.name for f in kind} != {"from", "value"}:
        return False
    return all(_is_text(field.type) for field in kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return kind in (pa.string(), pa.large_string())


def _messages(array: pa.Array) -> list[list[dict[str, Any]] | None]:
    """Lists of {from, value} with the values as bytes: decoding 1.6 GB would cost seconds."""
    flat = array.flatten()
    froms = _shared_texts(flat.field("from"))
    values = flat.field("value").cast(pa.large_string()).view(pa.large_binary()).to_pylist()
    messages = [{"from": f, "value": v} for f, v in zip(froms, values, strict=True)]
    lists: list[list[dict[str, Any]] | None] = []
    start = 0
    for length in array.value_lengths().to_pylist():
        lists.append(None if length is None else messages[start : start + length])
        start += length or 0
    return lists


def _shared_texts(array: pa.Array) -> list[str | None]:
    """The texts, equal ones as one object: lists of tools and categories repeat in every row."""
    encoded = array.dictionary_encode()  # of one that is already, itself
    distinct = encoded.dictionary.to_pylist()
    return [None if i is None else distinct[i] for i in encoded.indices.to_pylist()]


def _decoded(value: Any) -> Any:
    """`value` with bytes as text and what JSON does not know as text, for the rejects folder."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {str(k): _decoded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
