"""What is read: slices of input files, and the records that come out of them, bad ones too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.conversation import BadRecord
from ingest.jsontext import canonical
from ingest.options import DEFAULTS, MB, Limits
from ingest.packed import Refused
from ingest.remote import Remote

# Reasons of a reject that stands for many records.
DAMAGE = ("truncated", "damaged", "decompress_limit")


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


def unreadable(index: int, offset: int | None, error: Exception, what: str = "the file") -> Record:
    """What stands for all that cannot be read from here on: it is never lost in silence."""
    detail = f"{what} cannot be read from here on: {error}"
    if isinstance(error, Refused):
        bad = BadRecord(error.reason, detail)
    elif isinstance(error, EOFError):
        bad = BadRecord("truncated", detail)
    else:
        bad = BadRecord("damaged", detail)
    return Record(index, offset, 0, raw=b"", error=bad)


def too_large(value: Any, limits: Limits) -> BadRecord | None:
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


def _decoded(value: Any) -> Any:
    """`value` with bytes as text and what JSON does not know as text, for the rejects folder."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {str(k): _decoded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
