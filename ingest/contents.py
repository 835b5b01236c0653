"""What is in a file: its layout and format, told from its bytes and not from its name."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.conversation import BadRecord
from ingest.evals import MAGIC as EVAL_MAGIC
from ingest.formats import detect, shape
from ingest.jsontext import is_begun
from ingest.options import Limits
from ingest.packed import PACKED, open_bytes, open_raw, size_of
from ingest.readers import read, whole_text
from ingest.records import DAMAGE, Record, Slice
from ingest.remote import Remote

NOT_WHOLE = "not a whole Parquet file"
NOT_READ = "no record of it can be read"
_NO_FORMAT = "empty"  # of a file without records
_MAGIC = {b"PAR1": "parquet", EVAL_MAGIC: "eval"}
_LINES = (".jsonl", ".ndjson")
_TRIED = 20  # records that are looked at to tell the format
_CHUNK = 1 << 20


def layout_of(path: Path | Remote, limits: Limits) -> str:
    """parquet, eval (a zip), json (one document) or jsonl, told from the content."""
    with open_bytes(path, limits) as file:
        magic = file.read(4)
        if magic in _MAGIC:
            return _MAGIC[magic]
    with open_bytes(path, limits) as file:
        head = file.read(_CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip()
        line, end, rest = head.partition(b"\n")
        if head[:1] == b"[":  # a list; or, line by line, conversations that are lists
            return "jsonl" if rest.strip() and _is_value(line) else "json"
        if end and not rest.strip() and len(head) < _CHUNK:
            return "jsonl"
        if not end:
            line += file.readline(limits.line)
    return "json" if is_begun(line) and _is_json_document(path, limits) else "jsonl"


def _is_value(text: Any) -> bool:
    """Whether the text is one JSON value; nested too deep to tell counts as one."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    except RecursionError:
        pass
    return True


def _is_json_document(path: Path | Remote, limits: Limits) -> bool:
    """Whether the whole file is one JSON value over several lines."""
    with ExitStack() as stack:
        return _is_value(whole_text(path, stack, limits))


def format_of(
    path: Path | Remote, layout: str, forced: str | None, limits: Limits
) -> tuple[str | None, str]:
    """The name of the format, or None and what was looked for and found.

    Raises: OSError where nothing can be told because the file is damaged.
    """
    found = damage = broken = ""
    try:
        if forced is not None:
            whole(path, layout, limits)  # of Parquet it reads the footer
            return forced, ""
        file = whole(path, layout, limits)
        if layout == "parquet":  # has no blanks; a row group is decoded as far as it is asked for
            file = replace(file, limit=_TRIED)
        records = (record for record in read(file) if not record.is_blank)
        for record in islice(records, _TRIED):
            if record.error is not None:
                damage = record.error.detail if record.error.reason in DAMAGE else damage
                broken = broken or _unreadable(path, record, record.error)
                continue
            name = detect(record.value)
            if name is not None:
                return name, ""
            found = shape(record.value)
    except pa.ArrowInvalid as error:
        return None, f"{NOT_WHOLE}: {error}"
    if damage:
        raise OSError(damage)
    if path.suffix == ".parquet" and not found:
        return None, f"{NOT_WHOLE}: it is empty or something else"
    if found:
        return None, f"no format that is read: it holds {found}"
    return (None, broken) if broken else (_NO_FORMAT, "")


def _unreadable(path: Path | Remote, record: Record, error: BadRecord) -> str:
    """What to say of a file of which no record can be read, with what to do about it.

    A .json file that is no JSON may be anything (settings with comments): that is no damage.
    """
    if not any(suffix in _LINES for suffix in path.suffixes) and error.reason == "bad_json":
        return f"no format that is read: it holds no JSON ({error.detail})"
    if record.raw is not None and record.raw.strip() in (b"{", b"["):
        return f"{NOT_READ}: each has to stand on one line, as `jq -c .` writes them"
    return f"{NOT_READ}: {error.detail} ({error.reason})"


def whole(path: Path | Remote, layout: str, limits: Limits) -> Slice:
    """The whole file as one slice."""
    size = size_of(path)
    if layout == "parquet":
        stop = footer(path).num_row_groups
    else:  # a log may grow while it is read
        stop = size if layout == "jsonl" and path.suffix not in PACKED else 2**62
    return Slice("", path, layout, 0, stop, 0, size, limits=limits)


def footer(path: Path | Remote) -> pq.FileMetaData:
    """The metadata of a Parquet file. Raises: pa.ArrowInvalid where it is none."""
    return pq.read_metadata(open_raw(path) if isinstance(path, Remote) else path)
