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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_OFFSET = 2**31 - 1


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values (None is null) as an array of one of the contract's types."""
    return _MAKERS[kind](values, kind)


def _texts(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Texts given as str or as UTF-8 bytes."""
    present = [b"" if v is None else v if isinstance(v, bytes) else v.encode() for v in values]
    ends = np.cumsum(np.fromiter(map(len, present), np.int64, len(present)))
    width = np.int64 if kind == pa.large_string() else np.int32
    if width is np.int32 and len(ends) and ends[-1] > _MAX_OFFSET:
        raise OverflowError("a column of short texts passes 2 GB")
    offsets = np.concatenate([np.zeros(1, width), ends.astype(width)])
    buffers = [_validity(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(present))]
    return pa.Array.from_buffers(kind, len(present), buffers)


def _numbers(dtype: type) -> Callable[[Sequence[Any], pa.DataType], pa.Array]:
    def make(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
        present = np.fromiter([v or 0 for v in values], dtype, len(values))
        return pa.Array.from_buffers(kind, len(values), [_validity(values), pa.py_buffer(present)])

    return make


def _booleans(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    bits = np.packbits(np.fromiter(map(bool, values), np.bool_, len(values)), bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [_validity(values), pa.py_buffer(bits)])


def _moments(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    micros = [None if v is None else (v - _EPOCH) // _MICROSECOND for v in values]
    return _numbers(np.int64)(micros, kind)


def _validity(values: Sequence[Any]) -> pa.Buffer | None:
    """The bitmap of values that are there; None when all are."""
    if None not in values:
        return None
    there = np.fromiter([v is not None for v in values], np.bool_, len(values))
    return pa.py_buffer(np.packbits(there, bitorder="little"))


_MAKERS: dict[pa.DataType, Callable[[Sequence[Any], pa.DataType], pa.Array]] = {
    pa.string(): _texts,
    pa.large_string(): _texts,
    pa.int64(): _numbers(np.int64),
    pa.float64(): _numbers(np.float64),
    pa.bool_(): _booleans,
    pa.timestamp("us", tz="UTC"): _moments,
}
