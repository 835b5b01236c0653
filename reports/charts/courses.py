"""Courses: one number against another, and shares over time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from reports.charts.frame import (
    Record,
    fitted,
    number_format,
    share_format,
    table,
    ticks,
    values,
    x_at,
)
from reports.charts.labels import spread, text_width, visible
from reports.charts.rows import Mark, Point, Step, Stop
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
        y=alt.Y("lo:Q", axis=side, scale=high), y2=alt.Y2("hi:Q")
    )
    line = base.mark_line(color=TOKENS["c1"], strokeWidth=1.5, interpolate="monotone")
    size = alt.Size("n:Q", scale=alt.Scale(type="linear", rangeMin=18, rangeMax=260), legend=None)
    dot = base.mark_point(filled=True, color=TOKENS["c1"], opacity=1)
    spots = dot.encode(size=size, description=alt.Description("tip:N"))
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
        y=alt.Y("lo:Q", axis=up, scale=high), y2=alt.Y2("hi:Q")
    )
    if any(row.lo is None or row.hi is None for row in rows):
        band = band.transform_filter("datum.lo != null && datum.hi != null")
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=series, range=list(DASHES)), legend=None
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(strokeDash=dash)
    spots = base.mark_point(opacity=0, size=130).encode(description=alt.Description("tip:N"))
    text = alt.Chart(table(_ends(rows, series))).mark_text(align="left", dx=7, **HALO)
    text = text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("label:N"))
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
    return alt.LayerChart(layer=[rule, name.encode(x=x_at(0), text=alt.Text("name:N"))])


def lines(rows: Sequence[Stop], width: int, x: str = "", pct: bool = True) -> alt.LayerChart:
    """Lines from place to place with 95 % bands, each named at the right; dashes differ as well.

    Places with few cases are hollow points that no line leads to: where they jump, it is chance.
    """
    series = list(dict.fromkeys(visible(row.series) for row in rows))
    if len(series) > len(DASHES):
        raise ValueError(f"{len(series)} series: lines can tell {len(DASHES)} apart")
    sure = [row for row in rows if not row.few]
    first, far = min(row.x for row in rows), max(row.x for row in rows)
    top = max(row.y if row.few or row.hi is None else row.hi for row in rows) or 1.0
    room = max(text_width(s) for s in series) + 23
    end = first + ((far - first) or 1.0) * (width - 40) / max(width - 40 - room, 40)
    places = [tick for tick in ticks(first, far + 0.5, width // 90) if tick == int(tick)]
    at = ticks(0, top, 5)
    bottom = alt.Axis(title=x or None, grid=False, format=number_format(far), values=places)
    up = alt.Axis(title=None, values=at, format=share_format(at) if pct else number_format(top))
    high = alt.Scale(domain=[0, top * 1.04], nice=False)

    def drawn(kept: Sequence[Stop]) -> alt.Chart:
        return alt.Chart(values(kept)).encode(
            x=alt.X("x:Q", axis=bottom, scale=alt.Scale(domain=[first, end], nice=False)),
            y=alt.Y("y:Q", axis=up, scale=high),
            color=alt.Color("series:N", scale=alt.Scale(domain=series), legend=None),
        )

    band = drawn([row for row in sure if row.lo is not None]).mark_area(opacity=0.12)
    band = band.encode(y=alt.Y("lo:Q", axis=up, scale=high), y2=alt.Y2("hi:Q"))
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=series, range=list(DASHES)), legend=None
    )
    line = drawn(sure).mark_line(strokeWidth=2).encode(strokeDash=dash)
    # an unseen edge round each point gives the pointer more to hit
    look: Record = {"opacity": 1, "stroke": "transparent", "strokeWidth": 8}
    dots = (
        drawn(sure)
        .mark_point(size=22, filled=True, **look)
        .encode(description=alt.Description("tip:N"))
    )
    hollow = drawn([row for row in rows if row.few]).encode(description=alt.Description("tip:N"))
    hollow = hollow.mark_point(size=30, strokeWidth=1.5, opacity=1, fill=TOKENS["paper"])
    names = _ends(sorted(rows, key=lambda row: (not row.few, row.x)), series, top)
    names = [name | {"x": far} for name in names]  # beyond the hollow points
    swatch = drawn([]).properties(data=table(names)).mark_point(
        size=40, filled=True, opacity=1, shape="square", xOffset=12, aria=False
    )  # fmt: skip
    text = alt.Chart(table(names)).mark_text(align="left", dx=20, **HALO)
    text = text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("label:N"))
    return fitted(band, line, dots, hollow, swatch, text, width=width, height=240)


def _ends(
    rows: Sequence[Step] | Sequence[Stop], series: Sequence[str], top: float = 1
) -> list[Record]:
    """Where the name of each line stands: at its last row, clear of the others."""
    last = [[row for row in rows if visible(row.series) == s][-1] for s in series]
    heights = spread([row.y for row in last], 0.075 * top, 0.03 * top, top)
    return [
        {"series": s, "label": s, "x": row.x, "y": y}
        for s, row, y in zip(series, last, heights, strict=True)
    ]
