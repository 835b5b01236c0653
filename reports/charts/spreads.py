"""Distributions: a histogram, and several over powers of ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import altair as alt

from reports.charts.frame import Record, fitted, number_format, share_format, table, ticks, values
from reports.charts.labels import spread, text_width, visible
from reports.charts.rows import Bin, Mark
from reports.charts.theme import DASHES, HALO, SMALL, TOKENS


def histogram(
    rows: Sequence[Bin], width: int, marks: Sequence[Mark] = (), x: str = "", pct: bool = False
) -> alt.LayerChart:
    """Histogram of bins counted in SQL, with labelled reference lines such as the median."""
    low, high = min(row.lo for row in rows), max(row.hi for row in rows)
    top = max(row.value for row in rows) or 1.0
    plot = width - text_width(f"{top:,.0f}", SMALL) - 12
    notes = placed([mark for mark in marks if low <= mark.at <= high], low, high, plot)
    above = top * (1.14 + 0.1 * max((note["level"] for note in notes), default=0))
    for note in notes:
        note["height"] = above - top * (0.06 + 0.1 * note["level"])
    at = ticks(low, high, width // 90)
    if all(row.lo == int(row.lo) for row in rows):
        at = [tick for tick in at if tick == int(tick)]  # there is nothing between 3 and 4
    bottom = alt.Axis(title=x or None, grid=False, values=at, format=number_format(high))
    bar = alt.Chart(values(rows)).mark_bar(color=TOKENS["c1"], binSpacing=1)
    bar = bar.encode(
        x=alt.X("lo:Q", bin="binned", axis=bottom, scale=alt.Scale(domain=[low, high], nice=False)),
        x2=alt.X2("hi:Q"),
        y=alt.Y("value:Q", axis=_side(top, pct), scale=alt.Scale(domain=[0, above], nice=False)),
        description=alt.Description("tip:N"),
    )
    base = alt.Chart(table(notes))
    rule = base.mark_rule(color=TOKENS["ink"], strokeDash=[2, 2]).encode(x=alt.X("at:Q"))
    text = base.mark_text(align="left", stroke=TOKENS["paper"], strokeWidth=3)
    text = text.encode(x=alt.X("start:Q"), y=alt.Y("height:Q"), text=alt.Text("label:N"))
    return fitted(bar, *([rule, text] if notes else []), width=width, height=220)


def _side(top: float, pct: bool) -> alt.Axis:
    """The axis of the bars' heights; of counts only whole ones, as half a case is none."""
    at = ticks(0, top * 1.1, 5)
    if pct:
        return alt.Axis(title=None, values=at, format=share_format(at))
    whole = [tick for tick in at if tick == int(tick)]
    return alt.Axis(title=None, values=whole, format=number_format(top))


def placed(marks: Sequence[Mark], lo: float, hi: float, plot: float) -> list[Record]:
    """Where the name of each reference line stands: right of its line, or left of it near the
    edge; one line (`level`) lower where it would run into the name before."""
    notes: list[Record] = []
    level, end = 0, 0.0
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.label)):
        at, long = (mark.at - lo) / (hi - lo) * plot, text_width(visible(mark.label))
        start = at + 5 if at + 5 + long <= plot else max(at - 5 - long, 0)
        level = level + 1 if start < end else 0
        end = start + long + 8
        begin = lo + start / plot * (hi - lo)
        notes.append({"at": mark.at, "label": mark.label, "start": begin, "level": level})
    return notes


def distributions(rows: Sequence[Bin], width: int, x: str = "") -> alt.LayerChart:
    """Overlaid distributions on a log axis, each named at its peak; dashes differ as well.

    Shape: bins of equal ratio per series; `value` is the share of the series in the bin.
    """
    series = list(dict.fromkeys(visible(row.series) for row in rows))
    if len(series) > len(DASHES):
        raise ValueError(f"{len(series)} series: distributions can tell {len(DASHES)} apart")
    if min(row.lo for row in rows) <= 0:
        raise ValueError("a bin begins at 0 or below, where an axis of powers of ten has no place")
    top = max(row.value for row in rows) or 1.0
    data = [asdict(row) | {"mid": (row.lo * row.hi) ** 0.5} for row in rows]
    ends = [min(row.lo for row in rows), max(row.hi for row in rows)]
    axis = alt.Axis(title=x or None, grid=False, tickCount=width // 120, format="~s")
    at = ticks(0, top * 1.1, 5)
    up = alt.Axis(title=None, values=at, format=share_format(at))
    high = alt.Scale(domain=[0, top * 1.2], nice=False)
    base = alt.Chart(table(data)).encode(
        x=alt.X("mid:Q", axis=axis, scale=alt.Scale(type="log", domain=ends, nice=False)),
        y=alt.Y("value:Q", axis=up, stack=None, scale=high),
        color=alt.Color("series:N", scale=alt.Scale(domain=series), legend=None),
    )
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=series, range=list(DASHES)), legend=None
    )
    area = base.mark_area(interpolate="step", opacity=0.1)
    line = base.mark_line(interpolate="step", strokeWidth=2).encode(strokeDash=dash)
    spots = base.mark_point(opacity=0, size=130).encode(description=alt.Description("tip:N"))
    label = (
        alt.Chart(table(_peaks(rows, series, top)))
        .mark_text(dy=-10, **HALO)
        .encode(x=alt.X("mid:Q"), y=alt.Y("value:Q"), text=alt.Text("label:N"))
    )
    return fitted(area, line, spots, label, width=width, height=240)


def _peaks(rows: Sequence[Bin], series: Sequence[str], top: float) -> list[Record]:
    """Where the name of each series stands: at its highest bin, clear of the others."""
    peaks = [
        max((r for r in rows if visible(r.series) == s), key=lambda r: r.value) for s in series
    ]
    lifted = spread([-peak.value for peak in peaks], top * 0.1, -top * 1.12, 0)
    return [
        {"series": s, "label": s, "mid": (peak.lo * peak.hi) ** 0.5, "value": -y}
        for s, peak, y in zip(series, peaks, lifted, strict=True)
    ]
