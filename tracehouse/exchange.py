"""Two folders that change places at once: between two renames, a kill would leave none."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_AT_FDCWD = -100  # <linux/fcntl.h>
_RENAME_EXCHANGE = 2  # <linux/fs.h>


def exchange(one: Path, other: Path) -> bool:
    """Gives each path what the other had; False, and nothing done, where the system cannot.

    Source: renameat2(2). Linux only, and not on every disk.
    """
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)
