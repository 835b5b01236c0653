"""Python values → Arrow arrays, built from buffers.

`pa.array` would import pandas to ask whether it was given a Series (0.15 s and 30 MB in each
worker) and check texts that are known to be UTF-8: it takes five times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

Maker = Callable[[Sequence[Any], pa.DataType, bool], pa.Array]

_MOST_BYTES = 2**31 - 1  # of a column with offsets of 32 bits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def array(values: Sequence[Any], kind: pa.DataType, is_nullable: bool = True) -> pa.Array:
    """The values (None is null) as an array of one of the contract's types."""
    if is_nullable and (not values or values[0] is None) and values.count(None) == len(values):
        return pa.nulls(len(values), kind)
    return _MAKERS[kind](values, kind, is_nullable)


def _large_texts(values: Sequence[Any], kind: pa.DataType, is_nullable: bool) -> pa.Array:
    """Texts given as str or as UTF-8 bytes."""
    validity = _validity(values) if is_nullable else None
    present = values if validity is None else [b"" if value is None else value for value in values]
    types = set(map(type, present))
    if types == {bytes}:
        return _joined(present, b"".join(present), validity, kind, np.int64)
    if types == {str} and (text := "".join(present)).isascii():
        return _joined(present, text.encode(), validity, kind, np.int64)
    encoded = [value if type(value) is bytes else value.encode() for value in present]
    return _joined(encoded, b"".join(encoded), validity, kind, np.int64)


def _repeating_texts(values: Sequence[Any], kind: pa.DataType, _is_nullable: bool) -> pa.Array:
    """The same, of which few are distinct: only those are encoded."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    known = [value if isinstance(value, bytes) else (value or "").encode() for value in places]
    distinct = _joined(known, b"".join(known), _validity(tuple(places)), kind, np.int32)
    chosen = np.fromiter(map(places.__getitem__, values), np.int64, len(values))
    if np.fromiter(map(len, known), np.int64, len(known))[chosen].sum() > _MOST_BYTES:
        raise OverflowError("a column of short texts passes 2 GB")
    return distinct.take(integers(chosen))


def integers(values: Any) -> pa.Array:
    """A NumPy array of int64 as an Arrow array of the same memory."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _joined(
    texts: Sequence[Any], data: bytes, validity: pa.Buffer | None, kind: pa.DataType, width: type
) -> pa.Array:
    """The array of `texts`, whose bytes are `data`: as many as each has characters or bytes."""
    offsets: Any = np.zeros(len(texts) + 1, width)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(kind, len(texts), buffers)


def _numbers(dtype: type) -> Maker:
    def make(values: Sequence[Any], kind: pa.DataType, is_nullable: bool) -> pa.Array:
        validity = _validity(values) if is_nullable else None
        known = values if validity is None else [value or 0 for value in values]
        present: Any = np.fromiter(known, dtype, len(values))
        return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(present)])

    return make


def _booleans(values: Sequence[Any], kind: pa.DataType, is_nullable: bool) -> pa.Array:
    validity = _validity(values) if is_nullable else None
    bits = np.packbits(np.fromiter(map(bool, values), np.bool_, len(values)), bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(bits)])


def _moments(values: Sequence[Any], kind: pa.DataType, is_nullable: bool) -> pa.Array:
    micros = [None if v is None else (v - _EPOCH) // _MICROSECOND for v in values]
    return _numbers(np.int64)(micros, kind, is_nullable)


def _validity(values: Sequence[Any]) -> pa.Buffer | None:
    """The bitmap of values that are there; None when all are."""
    if None not in values:
        return None
    there = np.fromiter([v is not None for v in values], np.bool_, len(values))
    return pa.py_buffer(np.packbits(there, bitorder="little"))


_MAKERS: dict[pa.DataType, Maker] = {
    pa.string(): _repeating_texts,
    pa.large_string(): _large_texts,
    pa.int64(): _numbers(np.int64),
    pa.float64(): _numbers(np.float64),
    pa.bool_(): _booleans,
    pa.timestamp("us", tz="UTC"): _moments,
}
