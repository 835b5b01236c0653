"""Bytes of files that may be compressed: .gz and .zst, told from the name."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from ingest.options import RATIO_FROM, Limits
from ingest.remote import Remote

BUFFER = 1 << 20
PACKED = (".gz", ".zst")
# What reading a file may end with, a packed one that is damaged or cut short included.
READ_ERRORS = (OSError, EOFError, zlib.error)


class Refused(OSError):
    """What is read passes a limit; `reason` is a code for the rejects table."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def open_raw(path: Path | Remote) -> io.BufferedReader:
    """The file's bytes, as they are."""
    raw = path.open() if isinstance(path, Remote) else path.open("rb", buffering=0)
    return io.BufferedReader(raw, BUFFER)


def open_bytes(path: Path | Remote, limits: Limits) -> BinaryIO:
    """The file's bytes, unpacked if its name ends in .gz or .zst.

    Raises: while it is read, one of READ_ERRORS; EOFError where a packed file ends too early,
    Refused where it unpacks to many times its size.
    """
    unpacked: Any
    if path.suffix == ".gz":
        packed = open_raw(path)
        file = gzip.GzipFile(fileobj=packed)
        file.myfileobj = packed  # type: ignore[assignment]  # so that it closes that too
        unpacked = file
    elif path.suffix == ".zst":
        unpacked = _Zstandard(path)
    else:
        return open_raw(path)
    return io.BufferedReader(_Bounded(unpacked, size_of(path), limits.ratio), BUFFER)


def size_of(path: Path | Remote) -> int:
    """Bytes of the file, as it lies there."""
    return path.size if isinstance(path, Remote) else path.stat().st_size


class _Bounded(io.RawIOBase):
    """Passes unpacked bytes on, as long as they are not too many for the packed size."""

    def __init__(self, unpacked: Any, packed_size: int, ratio: int) -> None:
        self._unpacked = unpacked
        self._packed_size = packed_size
        self._ratio = ratio
        self._most = max(RATIO_FROM, packed_size * ratio)
        self._count = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._unpacked.close()
        super().close()

    def readinto(self, target: Any) -> int:
        count = int(self._unpacked.readinto(target) or 0)
        self._count += count
        if self._count > self._most:
            raise Refused(
                "decompress_limit",
                f"{self._packed_size:,} packed bytes become more than {self._most:,}, beyond the "
                f"{self._ratio} times that --max-ratio allows",
            )
        return count


class _Zstandard(io.RawIOBase):
    """Unpacks frame by frame; zstandard's own reader takes a frame that is cut short for whole."""

    def __init__(self, path: Path | Remote) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._start = zstandard.ZstdDecompressor().decompressobj
        self._file = open_raw(path)
        self._frame = self._start()
        self._ready = memoryview(b"")
        self._is_open = False  # a frame is begun and not yet ended

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, target: Any) -> int:
        """Fills `target` as far as the next piece goes; 0 at the end."""
        while not self._ready and self._next():
            pass
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bool:
        """Unpacks the next piece; False at the end."""
        packed = self._file.read(BUFFER // 8)
        if not packed:
            if self._is_open:
                raise EOFError("the compressed data end before their frame does")
            return False
        pieces = []
        try:
            while packed:
                pieces.append(self._frame.decompress(packed))
                self._is_open, packed = not self._frame.eof, self._frame.unused_data
                if self._frame.eof:
                    self._frame = self._start()
        except self._error as error:
            raise OSError(f"not zstandard data: {error}") from None
        self._ready = memoryview(b"".join(pieces))
        return True
