"""Input files → slices, which workers read."""

from __future__ import annotations

from dataclasses import replace

from ingest.contents import footer, whole
from ingest.formats import is_log
from ingest.inputs import InputFile
from ingest.options import Limits
from ingest.packed import PACKED, open_raw
from ingest.readers import read
from ingest.records import Slice

_CHUNK = 1 << 20
_SLICE_BYTES = 32_000_000


def slices(file: InputFile, limit: int | None, limits: Limits) -> list[Slice]:
    """The file cut into ranges that workers can read: row groups, or about 32 MB of lines."""
    log = is_log(file.format)
    if file.layout == "parquet" and not log:
        return [replace(part, limits=limits) for part in _row_groups(file, limit)]
    packed = file.local.suffix in PACKED
    is_zip = file.layout == "eval"
    if log or file.layout == "json" or packed or is_zip:
        part = whole(file.local, file.layout, limits)
        if file.layout == "jsonl" and not packed:
            part = replace(part, stop=file.bytes)
        weight = file.bytes * (4 if packed or is_zip else 1)
        return [replace(part, file_id=file.file_id, weight=weight, limit=limit, is_log=log)]
    return [replace(part, limits=limits) for part in _line_ranges(file, limit)]


def _row_groups(file: InputFile, limit: int | None) -> list[Slice]:
    found: list[Slice] = []
    metadata = footer(file.local)
    first = 0
    for group in range(metadata.num_row_groups):
        if limit is not None and first >= limit:
            break
        row_group = metadata.row_group(group)
        columns = range(row_group.num_columns)
        weight = sum(row_group.column(c).total_uncompressed_size for c in columns)
        left = None if limit is None else limit - first
        found.append(
            Slice(file.file_id, file.local, "parquet", group, group + 1, first, weight, left)
        )
        first += row_group.num_rows
    return found


def _line_ranges(file: InputFile, limit: int | None) -> list[Slice]:
    """Ranges that end at a line end; lines are counted on the way, for their positions."""
    found: list[Slice] = []
    start = line = lines = offset = 0
    with open_raw(file.local) as raw:
        while chunk := raw.read(min(_CHUNK, file.bytes - offset)):
            if offset + len(chunk) - start >= _SLICE_BYTES and (end := chunk.rfind(b"\n")) >= 0:
                stop = offset + end + 1
                found.append(_lines(file, start, stop, line, limit))
                start, line = stop, lines + chunk.count(b"\n")
            lines += chunk.count(b"\n")
            offset += len(chunk)
    if offset > start:
        found.append(_lines(file, start, offset, line, limit))
    return [part for part in found if part.limit is None or part.limit > 0]


def _lines(file: InputFile, start: int, stop: int, first: int, limit: int | None) -> Slice:
    left = None if limit is None else limit - first
    return Slice(file.file_id, file.local, "jsonl", start, stop, first, stop - start, left)


def count_rows(file: InputFile, most: int, limits: Limits) -> int:
    """Records in the file, or `most` of them: where `--limit` has to be shared between files."""
    log = is_log(file.format)
    if file.layout == "parquet" and not log:
        return min(most, int(footer(file.local).num_rows))
    part = whole(file.local, file.layout, limits)
    return sum(1 for _ in read(replace(part, limit=most, is_log=log)))
