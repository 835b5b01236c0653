"""What is in a file: its layout and format, told from its bytes and not from its name."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.evals import MAGIC as EVAL_MAGIC
from ingest.formats import detect, shape
from ingest.packed import open_bytes, open_raw
from ingest.readers import DAMAGE, Slice, read
from ingest.remote import Remote

NOT_WHOLE = "not a whole Parquet file"
_NO_FORMAT = "empty"  # of a file without records
_MAGIC = {b"PAR1": "parquet", EVAL_MAGIC: "eval"}
_TRIED = 20  # records that are looked at to tell the format
_CHUNK = 1 << 20


def layout_of(path: Path | Remote) -> str:
    """parquet, eval (a zip), json (one document) or jsonl, told from the content."""
    with open_bytes(path) as file:
        magic = file.read(4)
        if magic in _MAGIC:
            return _MAGIC[magic]
    with open_bytes(path) as file:
        head = file.read(_CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip()
        if head[:1] == b"[":
            return "json"
        line, end, rest = head.partition(b"\n")
        if end and not rest.strip() and len(head) < _CHUNK:
            return "jsonl"
        if not end:
            line += file.readline()
    return "json" if _is_begun(line) and _is_json_document(path) else "jsonl"


def _is_begun(text: bytes) -> bool:
    """Whether the text is JSON up to its end, and goes on."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except RecursionError:
        pass
    return False


def _is_json_document(path: Path | Remote) -> bool:
    """Whether the whole file is one JSON value over several lines."""
    with open_bytes(path) as file:
        try:
            text = file.read().removeprefix(b"\xef\xbb\xbf")
            msgspec.json.decode(text, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            return False
    return True


def format_of(path: Path | Remote, layout: str, forced: str | None) -> tuple[str | None, str]:
    """The name of the format, or None and what was looked for and found.

    Raises: OSError where nothing can be told because the file is damaged.
    """
    found = damage = ""
    try:
        if forced is not None:
            whole(path, layout)  # of Parquet it reads the footer
            return forced, ""
        file = whole(path, layout)
        if layout == "parquet":  # has no blanks; a row group is decoded as far as it is asked for
            file = replace(file, limit=_TRIED)
        records = (record for record in read(file) if not record.is_blank)
        for record in islice(records, _TRIED):
            if record.error is not None:
                damage = record.error.detail if record.error.reason in DAMAGE else damage
                found = f"no JSON ({record.error.detail})"
                continue
            name = detect(record.value)
            if name is not None:
                return name, ""
            found = shape(record.value)
    except pa.ArrowInvalid as error:
        return None, f"{NOT_WHOLE}: {error}"
    if damage:
        raise OSError(damage)
    if not found:
        return _NO_FORMAT, ""
    return None, f"no format that is read: it holds {found}"


def whole(path: Path | Remote, layout: str) -> Slice:
    """The whole file as one slice."""
    stop = footer(path).num_row_groups if layout == "parquet" else 2**62
    return Slice("", path, layout, 0, stop, 0, size_of(path))


def footer(path: Path | Remote) -> pq.FileMetaData:
    """The metadata of a Parquet file. Raises: pa.ArrowInvalid where it is none."""
    return pq.read_metadata(open_raw(path) if isinstance(path, Remote) else path)


def size_of(path: Path | Remote) -> int:
    """Bytes of the file, as it lies there."""
    return path.size if isinstance(path, Remote) else path.stat().st_size
