"""`python stopped.py N HOME LOG ARGUMENT…` runs `tracehouse ARGUMENT…` and kills it, with all its
children, as it is about to change the Nth file or folder below HOME.

LOG gets a line for each change before. Only what Python changes is seen, which is all that publishes;
DuckDB, Arrow and dbt write files of their own besides. 0 kills nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

_CHANGES = {"os.rename", "os.symlink", "os.link", "os.remove", "os.mkdir", "os.rmdir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Stop:
    """The audit hook: Python calls it before each change."""

    def __init__(self, number: int, home: str, log: str) -> None:
        self._left, self._home = number, home
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _CHANGES and not (event == "open" and arguments[2] & _WRITES):
            return
        place = _place(event, arguments)
        if not place.startswith(self._home) or _is_idle(event, place):
            return
        self._left -= 1
        if self._left == 0:
            os.killpg(0, signal.SIGKILL)
        os.write(self._log, f"{event} {place}\n".encode())


def _is_idle(event: str, place: str) -> bool:
    """It makes a folder that is there, or removes a file that is not."""
    is_there = os.path.lexists(place)
    return is_there if event == "os.mkdir" else event == "os.remove" and not is_there


def _place(event: str, arguments: tuple[Any, ...]) -> str:
    """The full path that changes; of a link or a new name, the new one."""
    index = 1 if event in ("os.rename", "os.symlink", "os.link") else 0
    path, last = arguments[index], arguments[-1]
    if isinstance(path, int):
        return ""
    place = Path(os.fsdecode(path))
    if event != "open" and isinstance(last, int) and last >= 0:  # the folder it is relative to
        place = Path(f"/proc/self/fd/{last}").readlink() / place
    return str(place.absolute())


if __name__ == "__main__":
    stop = Stop(int(sys.argv[1]), sys.argv[2], sys.argv[3])
    sys.argv[:4] = ["tracehouse"]
    from tracehouse.cli import main

    sys.addaudithook(stop)
    main()
