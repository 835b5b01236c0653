"""Long texts cut in the middle, and JSON laid out as names and values."""

from __future__ import annotations

import json
from dataclasses import dataclass

from reports.replay.model import Text

HEAD, TAIL = 1_000, 450
_SLACK = 200  # a few characters more are not worth a cut
_PAIRS = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as it is shown: `left_out` characters (0: none) are missing between head and tail."""

    head: str
    left_out: int
    tail: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A value of a JSON object; `is_block`: it has lines of its own."""

    name: str
    value: Shown
    is_block: bool


def shown(text: Text, *, is_full: bool = False, head: int = HEAD, tail: int = TAIL) -> Shown:
    """The text, cut in the middle where it is long; at ends of lines, where some are near.

    Units: `head` and `tail` are the characters that stay of a text that is cut.
    """
    if is_full and not text.left_out:
        return Shown(text.head + text.tail, 0, "")
    if not text.left_out and text.chars <= head + tail + _SLACK:
        return Shown(text.head + text.tail, 0, "")
    both = text.head + ("" if text.left_out else text.tail)
    first = both[:head]
    last = (text.tail if text.left_out else both)[-tail:]
    if (end := first.rfind("\n")) > head // 2:
        first = first[:end]
    if 0 <= (start := last.find("\n")) < tail // 2:
        last = last[start + 1 :]
    return Shown(first, text.chars - len(first) - len(last), last)


def pairs(text: Text, *, is_full: bool = False) -> list[Pair]:
    """The names and values of a JSON object; nothing for all other texts."""
    if text.left_out or not text.head.lstrip().startswith("{"):
        return []
    try:
        value = json.loads(text.head + text.tail)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict):
        return []
    made = [_pair(name, each, is_full) for name, each in value.items()]
    if is_full or len(made) <= _PAIRS:
        return made
    note = f"{len(made) - _PAIRS:,} more names are left out: --full"
    return [*made[:_PAIRS], Pair("…", Shown(note, 0, ""), is_block=False)]


def _pair(name: str, value: object, is_full: bool) -> Pair:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Pair(name, shown(Text.whole(text), is_full=is_full), "\n" in text)
