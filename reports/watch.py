"""Waits for a save of what pages are made of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parent
_SUFFIXES = {".sql", ".toml", ".j2", ".css", ".js"}
_POLL_SECONDS = 0.3

# Of each file its time of change and size: an editor may put an older file in a file's place.
State = dict[Path, tuple[int, int]]


def saves(warehouse: Path, folder: Path | None = None) -> Iterator[None]:
    """Yields at once, and again whenever something that the pages are made of has changed.

    That is the reports of `folder` (default: those of the package), the templates, styles and
    scripts, and which warehouse is published. What changes while the caller works is not missed.
    """
    while True:
        seen = _state(warehouse, folder)
        yield
        while _state(warehouse, folder) == seen:
            time.sleep(_POLL_SECONDS)


def _state(warehouse: Path, folder: Path | None) -> State:
    places = [*(folder or _PACKAGE).glob("*/*"), *_PACKAGE.glob("templates/*")]
    places += _PACKAGE.glob("assets/*")
    state: State = {}
    for path in [*(path for path in places if path.suffix in _SUFFIXES), warehouse.resolve()]:
        try:
            facts = path.stat()
        except FileNotFoundError:  # an editor puts a new file in its place
            continue
        state[path] = (facts.st_mtime_ns, facts.st_size)
    return state
