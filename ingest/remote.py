"""Files that are not on a disk of this machine: s3://, gs://, abfss://, hdfs://, … by pyarrow.fs.

Credentials come from where each service's own tools look for them (environment, profile, role).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs

import pyarrow as pa
from pyarrow import fs

from tracehouse.errors import StorageError, UsageError

_AZURE = ("abfs", "abfss")
_BUCKETS = ("gs", "gcs", "s3")
_KEPT_OPTION = "endpoint_override"  # with it, an address of one name leads to another place


@dataclass(frozen=True, slots=True)
class Remote:
    """A file at or below an address. It stands for a `Path` wherever input files are read."""

    address: str
    path: str  # in the file system that the address names
    size: int

    def __str__(self) -> str:
        return f"{self.address.partition('://')[0]}://{self.path.lstrip('/')}"

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

    def open(self) -> io.RawIOBase:
        """Its bytes. Raises: StorageError, also while it is read, where the service fails."""
        with _told(self.address):
            return _Raw(_system(self.address)[0].open_input_file(self.path), self.address)


class _Raw(io.RawIOBase):
    """What the service sends; its failure is not mistaken for damage of the file.

    Damage ends a file and is kept; after a failure of the network the file is read again.
    """

    def __init__(self, file: pa.NativeFile, address: str) -> None:
        self._file = file
        self._address = address

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        with _told(self._address):
            return int(self._file.readinto(target))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _told(self._address):
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()


def is_remote(argument: str) -> bool:
    """Whether a SOURCE argument is an address; those of the hub have a reader of their own."""
    return "://" in argument and not argument.startswith("hf://")


def without_secrets(address: str) -> str:
    """The address as it may be kept and shown: no user or key, and of the options the endpoint.

    In the addresses of Azure what stands before the `@` is the container. A key may hold a slash.
    """
    scheme, _, rest = address.partition("://")
    rest, _, query = rest.partition("?")
    place, slash, path = rest.partition("/")
    if scheme in _AZURE:
        container, at, host = place.rpartition("@")
        container = container.partition(":")[0]
        rest = (container + at if container else "") + host + slash + path
    elif scheme in _BUCKETS and (":" in place or "@" in place):
        rest = rest.rpartition("@")[2]
    else:
        rest = place.rpartition("@")[2] + slash + path
    endpoint = parse_qs(query).get(_KEPT_OPTION)
    return f"{scheme}://{rest.rstrip('/')}" + (f"?{_KEPT_OPTION}={endpoint[0]}" if endpoint else "")


def files(address: str) -> tuple[bool, list[tuple[Remote, str]]]:
    """Whether an address is that of one file; the file, or all files below it by path.

    Each with its path relative to the address; of one file, that is its name. Raises: UsageError
    where there is nothing, or nothing that pyarrow.fs can read; StorageError where the service
    fails.
    """
    system, path = _system(address)
    with _told(address):
        found = system.get_file_info(path)
        if found.type == fs.FileType.File:
            return True, [(Remote(address, path, found.size), found.base_name)]
        below = system.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    if found.type == fs.FileType.NotFound and not below:
        raise UsageError(f"there is no file or folder {without_secrets(address)}")
    there = sorted((i.path, i.size) for i in below if i.type == fs.FileType.File)
    start = len(path.rstrip("/")) + 1
    return False, [(Remote(address, file, size), file[start:]) for file, size in there]


def folder_name(address: str) -> str:
    """The last step of the path of an address."""
    return PurePosixPath(_system(address)[1]).name


@contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{without_secrets(address)} cannot be read: {error}") from None


@lru_cache(maxsize=16)
def _system(address: str) -> tuple[fs.FileSystem, str]:
    with _told(address):
        try:
            system, path = fs.FileSystem.from_uri(address)
        except pa.ArrowException:  # its message repeats the address, keys and all
            raise UsageError(
                f"{without_secrets(address)} is no address of files that can be read"
            ) from None
    return system, path.rstrip("/") or path
