"""Labels: how wide they are, how they are cut and broken, and how they keep out of each other's way.

XML cannot hold control characters, so every text of a chart passes `visible` first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from reports import text
from reports.charts.theme import SMALL, TEXT, WIDE

# Advance widths of Liberation Sans (as of Arial and Helvetica), in thousandths of the size.
_ADVANCE = {
    char: width
    for width, chars in (
        (222, "'ijl|"), (278, " !,./:;I[\\]ft·"), (333, "()-`r"), (370, '"*'), (500, "Jckvsxyz"),
        (556, "#$0123456789?L_abdeghnopqu–"), (584, "+<=>~×"), (611, "FTZ"), (667, "&ABEKPSVXY"),
        (722, "CDHNRUw"), (778, "GOQ"), (833, "Mm"), (889, "%"), (944, "W"),
    )
    for char in chars
}  # fmt: skip


def text_width(label: str, size: int = TEXT) -> float:
    """Width in px as Liberation Sans sets it; an unknown character counts as wide."""
    return size * sum(_ADVANCE.get(char, 1000) for char in label) / 1000 + 1


def visible(label: str) -> str:
    """`label` with every unseen character written out, line ends and tabs too."""
    return text.visible(label, keep="")


def clean_label(label: str, limit: int) -> str:
    """`label` made visible, its middle cut so that `limit` characters remain."""
    seen = visible(label)
    if len(seen) <= limit:
        return seen
    head = (limit - 1) * 2 // 3
    return f"{seen[:head]}…{seen[len(seen) - (limit - 1 - head) :]}"


def row_labels(labels: Sequence[str], width: int) -> list[list[str]]:
    """Each row's label as one line or two. Labels that would read the same are cut round the place
    where they differ."""
    limit = 30 if width >= WIDE else 17
    seen = [visible(label) for label in labels]
    alike: dict[tuple[str, ...], set[str]] = {}
    for label in seen:
        alike.setdefault(tuple(_folded(label, limit)), set()).add(label)
    shown = []
    for label in seen:
        lines = _folded(label, limit)
        others = alike[tuple(lines)]
        shown.append(lines if len(others) == 1 else _told_apart(label, others, limit))
    return shown


def _folded(label: str, limit: int) -> list[str]:
    """`label` in at most two lines of `limit` characters; what is longer loses its middle."""
    if len(label) <= limit:
        return [label]
    if len(label) > 2 * limit:
        return [f"{label[: limit - 1]}…", label[-limit:]]
    ends = [found.end() for found in re.finditer(r"[\s_/.:,-]+", label)]
    folds = [[label[:end].rstrip(), label[end:]] for end in ends]
    fitting = [fold for fold in folds if max(map(len, fold)) <= limit]
    in_two = [label[:limit], label[limit:]]
    return min(fitting, key=lambda fold: max(map(len, fold)), default=in_two)


def _told_apart(label: str, others: set[str], limit: int) -> list[str]:
    """`label` in two lines, the second of which begins just before the first difference."""
    pairs = enumerate(zip(min(others), max(others), strict=False))
    start = next((i for i, (a, b) in pairs if a != b), len(min(others)))
    rest = f"…{label[max(start - 2, 0) :]}"
    return [f"{label[: limit - 1]}…", rest if len(rest) <= limit else f"{rest[: limit - 1]}…"]


def label_room(labels: Sequence[str], width: int) -> float:
    """Width in px left for the plot once the row labels stand beside it."""
    lines = [line for shown in row_labels(labels, width) for line in shown]
    return width - max(text_width(line) for line in lines) - 16


def row_names(labels: Sequence[str], width: int) -> str:
    """Vega expression that turns a row's position into the lines of its label."""
    return f"{json.dumps(row_labels(labels, width))}[datum.value]"


def names(labels: Sequence[str], limit: int) -> str:
    """Vega expression that turns a column's position into its label."""
    return f"{json.dumps([clean_label(label, limit) for label in labels])}[datum.value]"


def heads(labels: Sequence[str], width: float) -> tuple[str, int]:
    """Vega expression that turns a column's position into lines no wider than `width`, bottom
    aligned; and the number of lines."""
    lines = [wrapped(clean_label(label, 40), width) for label in labels]
    most = max(len(each) for each in lines)
    return f"{json.dumps([[''] * (most - len(e)) + e for e in lines])}[datum.value]", most


def wrapped(label: str, width: float) -> list[str]:
    """`label` as lines of whole words; a word wider than `width` is broken with hyphens."""
    lines: list[str] = []
    for word in label.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, SMALL) <= width:
            lines[-1] = joined
        else:
            lines += hyphenated(word, width)
    return lines


def hyphenated(word: str, width: float) -> list[str]:
    """`word` in the fewest parts of about the same length that fit into `width`."""
    count = 1
    while count < len(word):
        size = -(-len(word) // count)
        parts = [word[i : i + size] for i in range(0, len(word), size)]
        parts = [f"{part}-" for part in parts[:-1]] + parts[-1:]
        if all(text_width(part, SMALL) <= width for part in parts):
            return parts
        count += 1
    return [word]


def spread(wanted: Sequence[float], gap: float, lo: float, hi: float) -> list[float]:
    """Positions in the order of `wanted`, at least `gap` apart, moved as little as needed and
    kept within [lo, hi] where they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: dict[int, float] = {}
    floor = lo
    for i in order:
        placed[i] = max(wanted[i], floor)
        floor = placed[i] + gap
    ceiling = hi
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return [placed[i] for i in range(len(wanted))]
