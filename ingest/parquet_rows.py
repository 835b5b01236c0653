"""Rows of Parquet → records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.packed import BUFFER, open_raw
from ingest.records import Record, Slice, too_large, unreadable
from ingest.remote import Remote

BATCH_BYTES = 4_000_000


def read_parquet(part: Slice) -> Iterator[Record]:
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
                    yield unreadable(index, None, batch, f"{start + count - index} rows")
                    break
                texts, is_replaced = _valid(batch)
                is_large = batch.nbytes > part.limits.value
                values = _rows(texts)
                del batch, texts  # only what is yet to be used is kept: a row may have 100 MB
                for value in values:
                    if per_row > BATCH_BYTES:
                        pa.default_memory_pool().release_unused()
                    bad = too_large(value, part.limits) if is_large else None
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
