"""Whether the files of a generation are still what was written: by size, and by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ingest.generations import MANIFEST_HASH, Manifest, read_manifest, reject_hashes
from ingest.part import TableFile
from tracehouse.errors import StorageError

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, in files and bytes, and what is wrong: the place and why."""

    files: int
    bytes: int
    damaged: list[tuple[Path, str]]


def parquet_files(manifest: Manifest) -> dict[str, TableFile]:
    """What the manifest says of each Parquet file, by its path in the folder."""
    files = {
        f"{table}/{name}.parquet": file
        for name, part in manifest.parts.items()
        for table, file in part.tables.items()
    }
    return files | {f"{name}/{name}.parquet": file for name, file in manifest.small.items()}


def unlike_manifest(folder: Path, manifest: Manifest) -> list[str]:
    """The Parquet files, relative to `folder`, that are gone, have not their size any more, or are
    none of the manifest's: a build would read them.
    """
    files = parquet_files(manifest)
    wrong = [path for path, file in files.items() if _size(folder / path) != file.bytes]
    return wrong + [path.relative_to(folder).as_posix() for path in _strangers(folder, files)]


def verify(folders: list[Path], rejects: Path, progress: Progress | None = None) -> Checked:
    """Reads all files of these generations, and the raw bytes of their rejects, and hashes them.

    A file that two generations share is read once.
    """
    wanted: dict[Path, tuple[str, int | None]] = {}
    seen: set[tuple[int, int]] = set()
    damaged: list[tuple[Path, str]] = []
    for folder in folders:
        path = folder / "manifest.json"
        if not path.is_file():
            damaged.append((path, "it is gone"))
            continue
        try:
            files = _listed(folder)
            for place, file in ((folder / name, file) for name, file in files.items()):
                if (key := _inode(place)) is None or key not in seen:
                    wanted[place] = (file.sha256, file.bytes)
                    seen |= {key} if key else set()
        except StorageError:
            damaged.append((path, "its content is not what was written"))
            continue
        damaged += [(place, "nobody wrote it: remove it") for place in _strangers(folder, files)]
        with suppress(OSError, pa.ArrowException, ValueError):  # the table may be what is damaged
            wanted |= {rejects / name: (name, None) for name in reject_hashes(folder)}
    total = sum(_size(path) or 0 for path in wanted)
    done = 0
    for path, (sha256, size) in wanted.items():
        if why := _wrong(path, sha256, size):
            damaged.append((path, why))
        done += _size(path) or 0
        if progress is not None:
            progress(done, total)
    return Checked(len(wanted) + len(folders), done, sorted(damaged))


def _strangers(folder: Path, files: Collection[str]) -> list[Path]:
    """Parquet files in the folder that are not among `files`, which are relative to it."""
    found = sorted(folder.glob("*/*.parquet"))
    return [path for path in found if path.relative_to(folder).as_posix() not in files]


def _listed(folder: Path) -> dict[str, TableFile]:
    """The files of the manifest. Raises: StorageError where that itself is damaged."""
    path, hashed = folder / "manifest.json", folder / MANIFEST_HASH
    try:
        is_whole = hashed.read_bytes() == f"{_sha256(path)}\n".encode()
    except OSError:
        is_whole = False
    if not is_whole:
        raise StorageError(f"{path} is damaged")
    return parquet_files(read_manifest(path))


def _wrong(path: Path, sha256: str, size: int | None) -> str:
    """What is wrong with a file; nothing where it is as it was written."""
    found = _size(path)
    if found is None:
        return "it is gone"
    if size is not None and found != size:
        return f"it has {found:,} bytes, where {size:,} were written"
    try:
        return "" if _sha256(path) == sha256 else "its content is not what was written"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"


def _size(path: Path) -> int | None:
    """Bytes of the file; None where there is none."""
    return path.stat().st_size if path.is_file() else None


def _inode(path: Path) -> tuple[int, int] | None:
    """What two names of one file share."""
    if not path.is_file():
        return None
    found = path.stat()
    return found.st_dev, found.st_ino


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
