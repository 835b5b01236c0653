"""The figures as two seeds: a warehouse of other traces says by them what its errors are worth.

Shares are in 0..1 with four decimals. `…_files` is the number of files that an interval is
clustered by; 0 is Wilson's interval, of fewer than 10 files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.labels.figures import Share, share
from bench.labels.score import DEFINITIONS, OURS, Judged, classes, scored

SCORES, CLASS_SCORES = "error_scores.csv", "error_class_scores.csv"
ALL = "all"  # sources together
_FIGURES = ("precision", "recall", "f1")
_SCORE_HEAD = (
    "definition", "source", "is_weighted", "use_count",
    "hit_count", "false_alarm_count", "miss_count", "other_count",
    *(f"{name}{end}" for name in _FIGURES for end in ("", "_low", "_high", "_files")),
)  # fmt: skip
_CLASS_HEAD = (
    "measure", "class", "labelled_count", "found_count", "right_count",
    "accuracy", "accuracy_low", "accuracy_high", "accuracy_files",
)  # fmt: skip
Line = tuple[object, ...]


def write(rows: Sequence[Judged], folder: Path) -> list[Path]:
    """Writes both seeds into the folder of seeds; the files."""
    made = [folder / SCORES, folder / CLASS_SCORES]
    for path, text in zip(made, (score_table(rows), class_table(rows)), strict=True):
        path.write_text(text, encoding="utf-8", newline="")
    return made


def score_table(rows: Sequence[Judged]) -> str:
    """Each definition on the labelled tool uses with a call, as CSV.

    Shape: a line per definition, source (all of them, then each) and weighting, in this order.
    """
    with_call = [row for row in rows if row.has_call]
    sources = sorted({row.label.source for row in with_call})
    return _csv(
        _SCORE_HEAD,
        (
            _score(of_source, definition, source, is_weighted)
            for definition in DEFINITIONS
            for source in (ALL, *sources)
            for of_source in [[r for r in with_call if source in (ALL, r.label.source)]]
            for is_weighted in (False, True)
        ),
    )


def _score(rows: Sequence[Judged], definition: str, source: str, is_weighted: bool) -> Line:
    found = scored(rows, definition, is_weighted)
    of_note = found.hits + found.false_alarms + found.misses
    counts = (found.hits, found.false_alarms, found.misses, len(rows) - of_note)
    figures = (found.precision, found.recall, found.f1)
    return (
        *(definition, source, str(is_weighted).lower(), len(rows), *counts),
        *(value for figure in figures for value in _ends(figure)),
    )


def class_table(rows: Sequence[Judged]) -> str:
    """Class and side of the errors that ours finds, as CSV.

    Shape: a line for the class and one for the side of all, then one per labelled class.
    """
    return _csv(_CLASS_HEAD, _class_lines(rows))


def _class_lines(rows: Sequence[Judged]) -> Iterator[Line]:
    found = classes(rows)
    hits = [row for row in rows if row.label.is_error and row.called[OURS]]
    labelled = sum(row.label.is_error for row in rows)
    right = sum(row.class_ == row.label.class_ for row in hits)
    yield "class", "", labelled, len(hits), right, *_ends(found.accuracy)
    right = sum(row.side == row.label.side for row in hits)
    yield "side", "", labelled, len(hits), right, *_ends(found.side_accuracy)
    for name, (right, detected, labelled) in found.by_class.items():
        of_class = [row for row in hits if row.label.class_ == name]
        accuracy = share([(row.class_ == name, 1.0, row.file_id) for row in of_class])
        yield "class", name, labelled, detected, right, *_ends(accuracy)


def _ends(figure: Share) -> Line:
    shown = ("" if one is None else f"{one:.4f}" for one in (figure.value, figure.low, figure.high))
    return *shown, figure.groups


def _csv(head: Sequence[str], lines: Iterable[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return out.getvalue()
