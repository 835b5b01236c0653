"""Courses: one number against another, and shares over time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from reports.charts.frame import Record, fitted, number_format, table, ticks, values
from reports.charts.labels import spread, text_width, visible
from reports.charts.rows import Mark, Point, Step
from reports.charts.theme import DASHES, HALO, SMALL, TOKENS


def trend(rows: Sequence[Point], width: int, x: str = "") -> alt.LayerChart:
    """Binned scatter: median per bin (area of the point = n), its interquartile bar, a line."""
    top = max(row.hi for row in rows) or 1.0
    side = alt.Axis(title=None, tickCount=5, format=number_format(top))
    bottom = alt.Axis(title=x or None, grid=False, tickCount=width // 90,
                      format=number_format(max(row.x for row in rows)))  # fmt: skip
    high = alt.Scale(domain=[0, top * 1.05], nice=False)
    base = alt.Chart(values(rows)).encode(
        x=alt.X("x:Q", axis=bottom, scale=alt.Scale(zero=True)),
        y=alt.Y("y:Q", axis=side, scale=high),
    )
    span = base.mark_rule(color=TOKENS["c1"], opacity=0.4, strokeWidth=2).encode(
        y=alt.Y("lo:Q", axis=side, scale=high), y2="hi:Q"
    )
    line = base.mark_line(color=TOKENS["c1"], strokeWidth=1.5, interpolate="monotone")
    size = alt.Size("n:Q", scale=alt.Scale(type="linear", rangeMin=18, rangeMax=260), legend=None)
    dot = base.mark_point(filled=True, color=TOKENS["c1"], opacity=1)
    spots = dot.encode(size=size, description="tip:N")
    return fitted(span, line, spots, width=width, height=260)


def survival(
    rows: Sequence[Step], width: int, marks: Sequence[Mark] = (), x: str = ""
) -> alt.LayerChart:
    """Step lines with 95 % bands, each named at its end; dashes differ as well as colours. Rows
    without an interval have no band. A mark is a level, named above its line."""
    series = list(dict.fromkeys(visible(row.series) for row in rows))
    if len(series) > len(DASHES):
        raise ValueError(f"{len(series)} series: a survival chart can tell {len(DASHES)} apart")
    far = max(row.x for row in rows) or 1.0
    room = max(text_width(s) for s in series) + 12
    end = far * (width - 40) / max(width - 40 - room, 40)
    bottom = alt.Axis(title=x or None, grid=False, values=ticks(0, far, width // 80),
                      format=number_format(far))  # fmt: skip
    up = alt.Axis(title=None, values=[0, 0.25, 0.5, 0.75, 1], format=".0%")
    high = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(values(rows)).encode(
        x=alt.X("x:Q", axis=bottom, scale=alt.Scale(domain=[0, end], nice=False)),
        y=alt.Y("y:Q", axis=up, scale=high),
        color=alt.Color("series:N", scale=alt.Scale(domain=series), legend=None),
    )
    band = base.mark_area(interpolate="step-after", opacity=0.14).encode(
        y=alt.Y("lo:Q", axis=up, scale=high), y2="hi:Q"
    )
    if any(row.lo is None or row.hi is None for row in rows):
        band = band.transform_filter("datum.lo != null && datum.hi != null")
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=series, range=list(DASHES)), legend=None
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(strokeDash=dash)
    spots = base.mark_point(opacity=0, size=90).encode(description="tip:N")
    text = alt.Chart(table(_ends(rows, series))).mark_text(align="left", dx=7, **HALO)
    text = text.encode(x="x:Q", y="y:Q", text="label:N")
    levels = [_level(mark, up, high) for mark in marks]
    return fitted(*levels, band, line, spots, text, width=width, height=240)


def _level(mark: Mark, axis: alt.Axis, scale: alt.Scale) -> alt.LayerChart:
    """A dotted line over the whole width, named above it, or below where it lies at the top."""
    base = alt.Chart(table([{"at": mark.at, "name": mark.label}]))
    base = base.encode(y=alt.Y("at:Q", axis=axis, scale=scale))
    rule = base.mark_rule(color=TOKENS["soft"], strokeDash=[2, 3])
    name = base.mark_text(
        align="left", dx=4, dy=12 if mark.at > 0.9 else -8, fontSize=SMALL, color=TOKENS["soft"]
    )
    return alt.LayerChart(layer=[rule, name.encode(x=alt.value(0), text="name:N")])


def _ends(rows: Sequence[Step], series: Sequence[str]) -> list[Record]:
    """Where the name of each line stands: at its end, clear of the others."""
    last = [[row for row in rows if visible(row.series) == s][-1] for s in series]
    heights = spread([row.y for row in last], 0.075, 0.03, 1)
    return [
        {"series": s, "label": s, "x": row.x, "y": y}
        for s, row, y in zip(series, last, heights, strict=True)
    ]
