"""One part: some slices of input → one Parquet file per table. The unit of work of a worker.

A part depends on its slices only, never on who writes it or when: the same input gives the same
bytes, whatever the number of workers.
"""

from __future__ import annotations

import gc
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from ingest import schema
from ingest.conversation import BadRecord, Conversation
from ingest.flatten import ROW_TABLES, Flattener, Origin
from ingest.formats import FORMATS, Format
from ingest.readers import read
from ingest.records import DAMAGE, Record, Slice
from ingest.redaction import Guard

# Of input, turned into Arrow at once: a column costs some 20 µs, however few its rows are.
TAKE_BYTES = 16_000_000
ROW_GROUP_BYTES = 12_000_000  # at least; so what is taken makes a row group of blocks
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


@dataclass(frozen=True, slots=True)
class PartPlan:
    """What a worker gets: slices in order, and origin and format of each file they are from.

    `redact`: what is removed from the text: nothing, `secrets`, or `personal` data too.
    """

    name: str
    slices: tuple[Slice, ...]
    origins: dict[str, Origin]
    formats: dict[str, str]
    redact: str = ""

    @property
    def weight(self) -> int:
        """Bytes of input, unpacked."""
        return sum(part.weight for part in self.slices)


@dataclass(slots=True)
class FileCount:
    """The balance of one file within a part: rows = conversations + rejects + blanks."""

    rows: int = 0
    conversations: int = 0
    rejects: int = 0
    blanks: int = 0
    damage: str = ""  # why the rest of the file could not be read


@dataclass(frozen=True, slots=True)
class TableFile:
    """One written Parquet file."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a worker gives back: counts per file, the files written, ids, tool definitions."""

    name: str
    counts: dict[str, FileCount]
    tables: dict[str, TableFile]
    ids: dict[str, tuple[str, int]]
    definitions: list[tuple[Any, ...]] = field(default_factory=list)


def write_part(plan: PartPlan, folder: Path, rejects: Path) -> PartResult:
    """Writes the part's file of each table under `folder`, and raw rejects under `rejects`."""
    flattener = Flattener()
    guard = Guard(plan.redact)
    writer = PartWriter(folder, plan.name)
    counts = {file_id: FileCount() for file_id in plan.origins}
    formats = {name: FORMATS[name]() for name in plan.formats.values() if name in FORMATS}
    gc.set_threshold(100_000, 50, 50)  # there are no cycles in what a batch makes
    size = 0  # of what waits in the flattener; many small files share a batch
    try:
        for part in plan.slices:
            origin, reader = plan.origins[part.file_id], formats.get(plan.formats[part.file_id])
            for record in read(part):
                _add(record, reader, guard, flattener, origin, counts[part.file_id], rejects)
                size += record.size
                record.value = record.raw = None  # which may be 100 MB, while its rows are written
                if size >= TAKE_BYTES:
                    writer.write(flattener.take())
                    size = 0
        writer.write(flattener.take())
        tables = writer.close()
    except BaseException:
        writer.abandon()
        raise
    return PartResult(plan.name, counts, tables, flattener.ids, flattener.definitions)


def _add(
    record: Record,
    reader: Format | None,
    guard: Guard,
    flattener: Flattener,
    origin: Origin,
    count: FileCount,
    rejects: Path,
) -> None:
    """Turns one record into a conversation, a reject or a blank: always exactly one of them."""
    count.rows += 1
    if record.is_blank:
        count.blanks += 1
        return
    try:
        conversation = _read(record, reader, guard)
    except BadRecord as error:
        raw = guard.raw(record.raw_bytes())
        digest = flattener.add_reject(error, raw, origin, record.index, record.offset)
        _keep(raw, rejects / digest)
        count.rejects += 1
        if error.reason in DAMAGE:
            count.damage = error.detail
        return
    if record.is_replaced:
        _mark_replaced(conversation)
    flattener.add(conversation, origin, record.index)
    count.conversations += 1


def _read(record: Record, reader: Format | None, guard: Guard) -> Conversation:
    """The conversation of a record.

    Raises: BadRecord, also for what a format did not foresee: one record must not end an ingest.
    """
    if record.error is not None:
        raise record.error
    try:
        if reader is not None and reader.matches(record.value):
            return guard.read(record.value, reader.read)
    except BadRecord:
        raise
    except Exception as error:
        raise BadRecord("unreadable", f"{type(error).__name__}: {error}") from error
    looked_for = reader.looks_for if reader else "any record"
    raise BadRecord("unknown_shape", f"not {looked_for}")


def _mark_replaced(conversation: Conversation) -> None:
    """Turns in which bytes had to be replaced do not give back the input."""
    for turn in conversation.turns:
        texts = [turn.extra or b"", *[block.body for block in turn.blocks]]
        if any(_REPLACEMENT in text for text in texts):
            turn.issue, turn.is_lossless = "encoding_replaced", False


def _keep(raw: bytes, path: Path) -> None:
    """Writes the raw bytes under their hash; a second reject with the same bytes is there already."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().int}")
    temporary.touch(0o600)
    temporary.write_bytes(raw)
    temporary.replace(path)


class PartWriter:
    """Writes one Parquet file per table; row groups of 12 MB or more, also for tables without rows."""

    def __init__(self, folder: Path, name: str) -> None:
        self._paths = {t: folder / t / f"{name}.parquet" for t in ROW_TABLES}
        self._waiting: dict[str, list[pa.RecordBatch]] = {t: [] for t in ROW_TABLES}
        self._waiting_bytes = dict.fromkeys(ROW_TABLES, 0)
        self._rows = dict.fromkeys(ROW_TABLES, 0)
        self._writers: dict[str, pq.ParquetWriter] = {}
        for table, path in self._paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[table] = open_writer(schema.BY_NAME[table], path)

    def write(self, batches: dict[str, pa.RecordBatch]) -> None:
        """Takes rows; writes a row group for each table that has enough of them."""
        for table, batch in batches.items():
            self._waiting[table].append(batch)
            self._rows[table] += batch.num_rows
            self._waiting_bytes[table] += batch.nbytes
            if self._waiting_bytes[table] >= ROW_GROUP_BYTES:
                self._flush(table)

    def _flush(self, table: str) -> None:
        if self._waiting[table]:
            rows = pa.Table.from_batches(self._waiting[table])
            self._writers[table].write_table(rows, row_group_size=max(1, rows.num_rows))
            self._waiting[table].clear()
            self._waiting_bytes[table] = 0

    def close(self) -> dict[str, TableFile]:
        """Finishes all files; returns size and hash of each."""
        for table, writer in self._writers.items():
            self._flush(table)
            writer.close()
        return {t: written(path, self._rows[t]) for t, path in self._paths.items()}

    def abandon(self) -> None:
        """Closes and removes what was written."""
        for table, writer in self._writers.items():
            writer.close()
            self._paths[table].unlink(missing_ok=True)


def open_writer(table: schema.Table, path: Path) -> pq.ParquetWriter:
    """A Parquet writer with the settings that all our files share; only their owner reads them."""
    path.touch(0o600)
    return pq.ParquetWriter(
        path,
        table.arrow,
        compression="zstd",
        compression_level=1,
        use_dictionary=table.small_columns,
        write_statistics=table.small_columns,
    )


def written(path: Path, rows: int) -> TableFile:
    """Size and hash of a finished file, once it is safely on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return TableFile(rows, file.tell(), digest)
