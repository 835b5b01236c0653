"""Inspect logs hold many samples: JSON logs in a list, `.eval` files (zip) in a file each.

Each sample becomes a record of its own, in the shape of a log with this one sample. What the log
says of itself stays with the first; the others get its plain values (task, model, run id), since
its lists of all samples would be repeated for each of them.
Source: UKGovernmentBEIS/inspect_ai, `src/inspect_ai/log/_recorders/eval.py`.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from ingest.conversation import BadRecord
from ingest.options import MB, RATIO_FROM, Limits

MAGIC = b"PK\x03\x04"
_ZSTANDARD = 93  # what newer versions write; Python's own zipfile reads it from 3.14 on
_HEADS = ("header.json", "_journal/start.json")  # the second is there while a run goes on
_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError)


def split(log: Any) -> list[Any]:
    """A log as one for each of its samples; a list of just `log` where it is no log of several."""
    samples = log.get("samples") if isinstance(log, dict) else None
    if not isinstance(samples, list) or len(samples) < 2 or not isinstance(log.get("eval"), dict):
        return [log]
    head = {key: value for key, value in log.items() if key != "samples"}
    return [of_sample(head, sample, index) for index, sample in enumerate(samples)]


def of_sample(head: dict[str, Any], sample: Any, index: int) -> dict[str, Any]:
    """The log of one sample, the `index`-th of its log."""
    if index == 0:
        return head | {"samples": [sample]}
    run = head.get("eval")
    return _plain(head) | {
        "eval": _plain(run if isinstance(run, dict) else {}),
        "samples": [sample],
    }


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in value.items() if not isinstance(v, (dict, list))}


def head(file: BinaryIO, limits: Limits) -> dict[str, Any]:
    """What the log in a zip says of itself; numbers that JSON does not know stand as text.

    Raises: BadRecord where the zip is damaged, or no such log.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            name = next((name for name in _HEADS if name in archive.namelist()), None)
            if name is None:
                raise BadRecord("unknown_shape", "a zip file that holds no Inspect log")
            member = _checked(archive.getinfo(name), limits)
            found = json.loads(_bytes(file, archive, member), parse_constant=str)
    except BadRecord:
        raise
    except (*_ERRORS, ValueError) as error:  # RecursionError is a RuntimeError
        raise BadRecord("damaged", f"the file cannot be read: {error}") from None
    return found if isinstance(found, dict) else {}


def samples(file: BinaryIO, limits: Limits) -> Iterator[bytes | BadRecord]:
    """The JSON of each sample in a zip, in the order they were written, or what is wrong with it."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if not member.filename.startswith("samples/") or member.is_dir():
                continue
            try:
                yield _bytes(file, archive, _checked(member, limits))
            except BadRecord as error:
                yield error
            except _ERRORS as error:
                yield BadRecord("damaged", f"{member.filename} cannot be read: {error}")


def _checked(member: zipfile.ZipInfo, limits: Limits) -> zipfile.ZipInfo:
    """The file of the zip, which says of itself that it is within the limits.

    Raises: BadRecord.
    """
    name, size, packed = member.filename, member.file_size, member.compress_size
    if size > limits.line:
        raise BadRecord(
            "line_too_long",
            f"{name}: {size:,} bytes, more than --max-line {limits.line // MB} (MB) allows",
        )
    if size > max(RATIO_FROM, packed * limits.ratio):
        raise BadRecord(
            "decompress_limit",
            f"{name}: {packed:,} packed bytes become {size:,}, beyond the {limits.ratio} times "
            "that --max-ratio allows",
        )
    return member


def _bytes(file: BinaryIO, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The unpacked bytes of one file of the zip."""
    if member.compress_type != _ZSTANDARD:
        return archive.read(member)
    import zstandard

    file.seek(member.header_offset)
    before = file.read(30)  # the local header; a name and an extra field follow it
    if len(before) < 30:
        raise EOFError("the file ends too early")
    file.seek(sum(struct.unpack("<HH", before[26:])), io.SEEK_CUR)
    packed = io.BytesIO(file.read(member.compress_size))
    reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    try:
        found = reader.read(member.file_size)
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(f"not zstandard data: {error}") from None
    if len(found) != member.file_size or zlib.crc32(found) != member.CRC:
        raise zipfile.BadZipFile("its checksum is another")
    return bytes(found)
