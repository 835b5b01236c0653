"""Publishes pages: into a new folder, then one symlink is swapped.

A reader never sees half a site, and a rendering that fails leaves the last good one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracehouse.errors import StorageError

_KEPT = 2  # folders that stay: the published one and the one before


def publish(home: Path, texts: dict[str, bytes]) -> None:
    """Writes the pages into a folder of their own and points `<home>/site` to it.

    Raises: StorageError where `site` is something else than the link that this makes.
    """
    link, sites = home / "site", home / "sites"
    if link.exists() and not link.is_symlink():
        raise StorageError(f"{link} is not the link that this command makes: move it away first")
    sites.mkdir(parents=True, exist_ok=True)
    with _staging(sites) as staged:
        for name, text in texts.items():
            _write(staged / name, text)
        for folder in {(staged / name).parent for name in texts} | {staged}:
            _sync(folder)
        target = sites / f"s{max((_number(path) for path in _numbered(sites)), default=0) + 1:06d}"
        staged.rename(target)
    _sync(sites)
    temporary = home / ".site.new"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target.relative_to(home))
    temporary.replace(link)
    _sync(home)
    for old in _numbered(sites)[:-_KEPT]:
        shutil.rmtree(old)


@contextmanager
def _staging(sites: Path) -> Iterator[Path]:
    """A new folder, which goes away unless it is renamed."""
    for leftover in sites.glob(".new-*"):
        shutil.rmtree(leftover)
    folder = sites / f".new-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _numbered(sites: Path) -> list[Path]:
    """The published folders, oldest first."""
    return sorted((path for path in sites.glob("s*") if path.name[1:].isdigit()), key=_number)


def _number(folder: Path) -> int:
    return int(folder.name[1:])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Makes the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
