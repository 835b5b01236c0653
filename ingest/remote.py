"""Files that are not on a disk of this machine: s3://, gs://, abfss://, hdfs://, … by pyarrow.fs.

Credentials come from where each service's own tools look for them (environment, profile, role).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from tracehouse.errors import StorageError, UsageError


@dataclass(frozen=True, slots=True)
class Remote:
    """A file below the address `root`. It stands for a `Path` wherever input files are read."""

    root: str
    path: str  # in the file system that `root` names
    size: int

    def __str__(self) -> str:
        return f"{urlsplit(self.root).scheme}://{self.path.lstrip('/')}"

    @property
    def name(self) -> str:
        """The last step of the path."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """As that of a `Path`."""
        return PurePosixPath(self.path).suffix

    @property
    def suffixes(self) -> list[str]:
        """As those of a `Path`."""
        return PurePosixPath(self.path).suffixes

    def arrow(self) -> pa.NativeFile:
        """Its bytes, as pyarrow reads them: of Parquet only what is asked for."""
        return _system(self.root)[0].open_input_file(self.path)


def is_remote(argument: str) -> bool:
    """Whether a SOURCE argument is an address; those of the hub have a reader of their own."""
    return "://" in argument and not argument.startswith("hf://")


def without_secrets(address: str) -> str:
    """The address as it may be kept and shown: no user, no password, no options."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def files(address: str) -> Iterator[tuple[Remote, str]]:
    """The file at an address, or all files below it, each with its path relative to the address.

    Of one file, that is its name. Raises: UsageError where there is nothing, or nothing that
    pyarrow.fs can read; StorageError where the service refuses.
    """
    system, path = _system(address)
    try:
        found = system.get_file_info(path)
        if found.type == fs.FileType.File:
            yield Remote(address, path, found.size), found.base_name
            return
        below = system.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    except OSError as error:
        raise StorageError(f"{without_secrets(address)} cannot be read: {error}") from None
    if found.type == fs.FileType.NotFound and not below:
        raise UsageError(f"there is no file or folder {without_secrets(address)}")
    for info in sorted(below, key=lambda info: info.path):
        if info.type == fs.FileType.File:
            yield Remote(address, info.path, info.size), info.path[len(path) :].lstrip("/")


@lru_cache(maxsize=16)
def _system(address: str) -> tuple[fs.FileSystem, str]:
    try:
        system, path = fs.FileSystem.from_uri(address)
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{without_secrets(address)} is no address of files: {error}") from None
    return system, path.rstrip("/")
