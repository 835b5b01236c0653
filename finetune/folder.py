"""The folder of an export: written beside the old one, whose place it takes when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from tracehouse.errors import StorageError, UsageError
from tracehouse.exchange import exchange

MARK = "export.json"  # a folder that holds it is ours to replace


def check_ours(folder: Path) -> None:
    """Raises: UsageError where the folder holds what we did not write, or the working directory.

    Swapped away, a working directory is gone for this process and for the shell it came from.
    """
    here, place = Path.cwd(), folder.resolve()
    if here == place or place in here.parents:
        what = "is" if here == place else "holds"
        raise UsageError(f"{folder} {what} the working directory: choose another --out")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder: choose another --out")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(
            f"{folder} holds files that `tracehouse finetune` did not write: choose another --out"
        )


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`; what stands under its name at the end goes away.

    What a killed export left is put right: the export before has its place again.
    """
    if (old := _old(folder)).exists() and not folder.exists():
        old.rename(folder)
    for leftover in folder.parent.glob(f".{escape(folder.name)}.new-*"):
        shutil.rmtree(leftover)
    staged = folder.parent / f".{folder.name}.new-{os.getpid()}"
    staged.mkdir(parents=True)
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _old(folder: Path) -> Path:
    """Where the folder is while another takes its place."""
    return folder.parent / f".{folder.name}.old"


def swap(staged: Path, folder: Path) -> None:
    """Puts the new folder in the place of the old one, which goes.

    The two change places in one move, so that a kill at any moment leaves one of them. Where the
    file system has no such move, there are two: killed between them, there is no folder until the
    next export, which finds the old one beside it.
    """
    if folder.exists() and exchange(staged, folder):
        return
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        staged.rename(folder)
    except OSError as error:
        if old.exists():
            old.rename(folder)
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    shutil.rmtree(old, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """Writes a file so that it lasts."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
