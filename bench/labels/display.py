"""The figures as lines of text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from bench.labels.figures import Share, agreement
from bench.labels.score import (
    DEFINITIONS,
    LEAST_EXAMPLES,
    OURS,
    Judged,
    classes,
    false_alarms,
    misnamed,
    misses,
    scored,
)
from bench.labels.seed import Label

_HEAD = f"{'':20} {'errors':>6} {'hits':>5} {'false':>5}  {'precision':21}{'recall':21}{'F1'}"
_EXCERPT = 100


def agreements(labels: Iterable[Label]) -> Iterator[str]:
    """How far two readers agree, on what was read before anything was made uniform."""
    twice = [label for label in labels if label.second_verdict is not None]
    errors = [label for label in twice if label.first_verdict == label.second_verdict == "error"]
    pairs: dict[str, list[tuple[Hashable, Hashable]]] = {
        "verdict": [(label.first_verdict, label.second_verdict) for label in twice],
        "is_error": [
            (label.first_verdict == "error", label.second_verdict == "error") for label in twice
        ],
        "class of errors": [(label.class_, label.second_class) for label in errors],
    }
    for name, answers in pairs.items():
        found = agreement(answers)
        kappa = "–" if found.kappa is None else f"{found.kappa:.3f}"
        yield f"{name:15} rows {found.rows:3}  agreed {found.share:.3f}  kappa {kappa}"


def report(rows: Sequence[Judged]) -> Iterator[str]:
    """Each definition, pooled and per source, unweighted and weighted; then our classes."""
    with_call = [row for row in rows if row.has_call]
    for is_weighted in (False, True):
        how = "weighted by 1 / probability" if is_weighted else "unweighted"
        yield from ("", f"Pooled, {how}: {len(with_call)} tool uses with a call", _HEAD)
        for definition in DEFINITIONS:
            yield _line(definition, with_call, definition, is_weighted)
        yield _line(f"{OURS}, orphans too", rows, OURS, is_weighted)
    for definition in DEFINITIONS:
        yield from ("", f"{definition} per source: unweighted, then weighted", _HEAD)
        for source in sorted({row.label.source for row in with_call}):
            of_source = [row for row in with_call if row.label.source == source]
            yield _line(source, of_source, definition, is_weighted=False)
            yield _line("", of_source, definition, is_weighted=True)
    yield from ("", *_notes(), "", *_classes(rows))


def _line(name: str, rows: Sequence[Judged], definition: str, is_weighted: bool) -> str:
    found = scored(rows, definition, is_weighted)
    figures = (found.precision, found.recall, found.f1)
    return (
        f"{name:20} {found.hits + found.misses:6} {found.hits:5} {found.false_alarms:5}  "
        + "".join(f"{_figure(one):21}" for one in figures).rstrip()
    )


def _figure(figure: Share) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    mark = "" if figure.groups else "w"
    return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]{mark}"


def _notes() -> list[str]:
    return [
        "errors: labelled ones; false: no error by the label. Counts are of rows, weighted or not.",
        "Intervals, 95 %: clustered by file; w: Wilson's, of fewer than 10 files, as if rows were",
        "independent, so too narrow.",
        "The rules are fixed text, fitted to no fold: leaving a source out changes nothing but which",
        "rows are counted. They were written with these sources at hand: no source is held out, and",
        "the figures of is_error say how well the rules fit these rows (docs/labelling.md).",
    ]


def _classes(rows: Sequence[Judged]) -> Iterator[str]:
    found = classes(rows)
    macro = "–" if found.macro is None else f"{found.macro:.3f}"
    yield "Our classes, among the errors that ours finds (orphans too)"
    yield f"class {_figure(found.accuracy)}  side {_figure(found.side_accuracy)}"
    yield f"class, mean over those with {LEAST_EXAMPLES} examples or more: {macro}"
    yield f"{'class':20} {'right':>5} {'found':>5} {'labelled':>8}"
    for name, (right, detected, labelled) in found.by_class.items():
        yield f"{name:20} {right:5} {detected:5} {labelled:8}"
    names = ", ".join(f"{name} ({count})" for name, count in found.untested.items())
    yield f"untested, under {LEAST_EXAMPLES} examples: {names or 'none'}; so is each without a row"


def listed(rows: Sequence[Judged]) -> Iterator[str]:
    """Each row that ours gets wrong."""
    kinds = {"misses": misses, "false alarms": false_alarms, "other class": misnamed}
    for name, chosen in kinds.items():
        wrong = chosen(rows)
        yield from ("", f"{name}: {len(wrong)}")
        for row in wrong:
            label = row.label
            read = label.class_ or label.verdict
            what = f"{read} → {row.class_}" if row.class_ else read
            excerpt = (label.excerpt or "")[:_EXCERPT]
            yield f"{label.key}  {label.source}  {label.tool_name}  {what}  {excerpt}"
