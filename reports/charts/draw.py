"""Draws a chart of any kind, wide and narrow: CSS shows one of the two, so text is never scaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from reports.charts.amounts import bars, stacked
from reports.charts.courses import lines, survival, trend
from reports.charts.estimates import dots
from reports.charts.grid import heatmap, positions
from reports.charts.kinds import Kind, Option
from reports.charts.rows import Mark, Row, SparkBar
from reports.charts.spark import spark
from reports.charts.spreads import distributions, histogram
from reports.charts.svg import to_spark, to_svg
from reports.charts.theme import NARROW, WIDE

# Each takes the row type that `kinds` gives it, which the type checker cannot see from here.
_BUILDERS: dict[str, Callable[..., alt.LayerChart]] = {
    "bars": bars,
    "stacked": stacked,
    "heatmap": heatmap,
    "positions": positions,
    "dots": dots,
    "histogram": histogram,
    "distributions": distributions,
    "trend": trend,
    "survival": survival,
    "lines": lines,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart as two <svg> texts."""

    wide: str
    narrow: str


def draw(
    kind: Kind,
    rows: Sequence[Row],
    options: Mapping[str, Option],
    marks: Sequence[Mark],
    key: str,
    title: str,
    description: str,
) -> Drawing:
    """The chart of `rows` (not empty). `key` is unique on the page.

    Raises: ValueError when the rows cannot be shown by this kind.
    """
    with debug_mode(False):  # no check of each chart against Vega-Lite's schema: tests do that
        wide, narrow = (build(kind, rows, width, options, marks) for width in (WIDE, NARROW))
        return Drawing(
            to_svg(wide, key, title, description),
            to_svg(narrow, key, title, description, is_twin=True),
        )


def build(
    kind: Kind,
    rows: Sequence[Row],
    width: int,
    options: Mapping[str, Option],
    marks: Sequence[Mark],
) -> alt.LayerChart:
    """The chart at one width, before it is rendered."""
    more: dict[str, Any] = {"marks": marks} if kind.marks else {}
    return _BUILDERS[kind.name](rows, width=width, **options, **more)


def draw_spark(bars_: Sequence[SparkBar]) -> str:
    """The small chart of the index page as <svg> text."""
    return to_spark(spark(bars_))
