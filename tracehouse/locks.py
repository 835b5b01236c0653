"""One at a time: a file lock that the system frees when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracehouse.errors import BusyError


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Holds the lock at `path` while the block runs; `what` names the work for others to read.

    Raises: BusyError at once, with the holder's PID and age, where another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(_busy(path, file.read())) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {int(time.time())} {what}")
        file.flush()
        yield
        file.truncate(0)


def _busy(path: Path, holder: str) -> str:
    """Who holds the lock, as far as the file tells."""
    pid, _, rest = holder.partition(" ")
    started, _, what = rest.partition(" ")
    if not started.isdigit():
        return f"another process holds {path}: wait for it to end"
    age = max(0, int(time.time()) - int(started))
    return (
        f"another {what} (process {pid}, since {age} s) works in {path.parent}: wait for it to end"
    )
