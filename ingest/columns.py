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


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values (None is null) as an array of one of the contract's types."""
    if values.count(None) == len(values):
        return pa.nulls(len(values), kind)
    return _MAKERS[kind](values, kind)


def _large_texts(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Texts given as str or as UTF-8 bytes."""
    # `_utf8` written out: a call for each of millions of values costs more than what it does
    present = [
        value if type(value) is bytes else b"" if value is None else value.encode()
        for value in values
    ]
    return _joined(present, _validity(values), kind, np.int64)


def _repeating_texts(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The same, of which few are distinct: only those are encoded."""
    encoded = {value: _utf8(value) for value in set(values)}
    present = list(map(encoded.__getitem__, values))
    return _joined(present, None if None not in encoded else _validity(values), kind, np.int32)


def _joined(
    present: list[bytes], validity: pa.Buffer | None, kind: pa.DataType, width: type
) -> pa.Array:
    ends = np.cumsum(np.fromiter(map(len, present), np.int64, len(present)))
    if len(ends) and ends[-1] > np.iinfo(width).max:
        raise OverflowError("a column of short texts passes 2 GB")
    offsets = np.concatenate([np.zeros(1, width), ends.astype(width)])
    buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(b"".join(present))]
    return pa.Array.from_buffers(kind, len(present), buffers)


def _utf8(value: Any) -> bytes:
    return b"" if value is None else value if isinstance(value, bytes) else value.encode()


def _numbers(dtype: type) -> Callable[[Sequence[Any], pa.DataType], pa.Array]:
    def make(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
        validity = _validity(values)
        known = values if validity is None else [value or 0 for value in values]
        present: Any = np.fromiter(known, dtype, len(values))
        return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(present)])

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
    pa.string(): _repeating_texts,
    pa.large_string(): _large_texts,
    pa.int64(): _numbers(np.int64),
    pa.float64(): _numbers(np.float64),
    pa.bool_(): _booleans,
    pa.timestamp("us", tz="UTC"): _moments,
}
