"""What the charts are drawn from: one record per mark.

A query's columns have the names of the fields; fields without a default are required.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `text` is its figure as written, `n` the count for the right column."""

    label: str
    value: float
    text: str
    tip: str
    strong: bool = True
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a 100 % bar; `share` is in 0..1 and the shares of a `row` add up to 1."""

    row: str
    series: str
    share: float
    tip: str


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin [lo, hi) of a histogram or, with `series`, of one of several distributions."""

    lo: float
    hi: float
    value: float
    tip: str
    series: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heatmap; `value` is not negative, `text` stands in the cell."""

    row: str
    column: str
    value: float
    text: str
    tip: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One estimate with its 95 % interval, or without one; `few` marks a small n."""

    label: str
    value: float
    lo: float | None
    hi: float | None
    n: int
    text: str
    tip: str
    few: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One bin of a scatter: median `y`, middle half `lo`..`hi`, `n` cases."""

    x: float
    y: float
    lo: float
    hi: float
    n: int
    tip: str


@dataclass(frozen=True, slots=True)
class Step:
    """One point of a step line: share `y` in 0..1 from `x` on, with its 95 % interval, if any."""

    series: str
    x: float
    y: float
    lo: float | None
    hi: float | None
    tip: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One point of a line: `y` at place `x` with its 95 % interval; `few` marks a small n."""

    series: str
    x: float
    y: float
    lo: float | None
    hi: float | None
    tip: str
    few: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A reference line at a value, with its name."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class SparkBar:
    """One bar of the small chart on the index; `strong` ones carry the accent."""

    value: float
    strong: bool = False


Row = Bar | Part | Bin | Cell | Dot | Point | Step | Stop
