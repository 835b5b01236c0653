"""Bytes of files that may be compressed: .gz and .zst, told from the name."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from ingest.remote import Remote

BUFFER = 1 << 20
# What reading a file may end with, a packed one that is damaged or cut short included.
READ_ERRORS = (OSError, EOFError, zlib.error)


def open_raw(path: Path | Remote) -> io.BufferedReader:
    """The file's bytes, as they are."""
    raw = path.open() if isinstance(path, Remote) else path.open("rb", buffering=0)
    return io.BufferedReader(raw, BUFFER)


def open_bytes(path: Path | Remote) -> BinaryIO:
    """The file's bytes, unpacked if its name ends in .gz or .zst.

    Raises: while it is read, one of READ_ERRORS; EOFError where a packed file ends too early.
    """
    if path.suffix == ".gz":
        packed = open_raw(path)
        file = gzip.GzipFile(fileobj=packed)
        file.myfileobj = packed  # type: ignore[assignment]  # so that it closes that too
        return io.BufferedReader(file, BUFFER)
    if path.suffix == ".zst":
        return io.BufferedReader(_Zstandard(path), BUFFER)
    return open_raw(path)


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
