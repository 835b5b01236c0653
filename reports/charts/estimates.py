"""Estimates: a dot with its interval per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import altair as alt

from reports.charts.frame import (
    Record,
    fitted,
    number_format,
    right_column,
    row_axis,
    row_step,
    shades,
    share_format,
    table,
    ticks,
    x_at,
    y_at,
)
from reports.charts.labels import label_room, text_width, visible
from reports.charts.rows import Dot, Mark
from reports.charts.theme import SMALL, TOKENS, WIDE


def dots(
    rows: Sequence[Dot],
    width: int,
    marks: Sequence[Mark] = (),
    count: str = "n",
    cap: float | None = None,
    pct: bool = True,
) -> alt.LayerChart:
    """Dot with its 95 % interval per row, figure and n at the right, and a reference line.

    Rows with too few cases (`few`) are hollow and grey, never left out. Rows beyond `cap` are
    triangles at the edge: their figure is read at the right, and the others keep their room.
    """
    labels = [row.label for row in rows]
    column = max(text_width(f"{row.n:,}") for row in rows) + (16 if width >= WIDE else 6)
    room = max(text_width(visible(row.text)) for row in rows) + column + 12
    low, top = _ends(rows, cap)
    plot = label_room(labels, width)
    far = low + (top - low) * plot / max(plot - room, 40)
    scale = alt.Scale(domain=[low, far], nice=False)
    base = alt.Chart(table(_cut(rows, top))).encode(y=row_axis(labels, width))
    grey = alt.Color("few:N", scale=shades("c1", "quiet"), legend=None)
    axis = _axis(low, top, width, pct)
    span = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("lo:Q", axis=axis, scale=scale), x2=alt.X2("hi:Q"), color=grey
    )
    forms = alt.Scale(domain=[False, True], range=["circle", "triangle-right"])
    dot = base.mark_point(size=64, strokeWidth=2, opacity=1).encode(
        x=alt.X("value:Q", scale=scale), color=grey, description=alt.Description("tip:N"),
        fill=alt.Fill("few:N", scale=shades("c1", "paper"), legend=None),
        shape=alt.Shape("out:N", scale=forms, legend=None),
    )  # fmt: skip
    faint = alt.Color("few:N", scale=shades("ink", "muted"), legend=None)
    figure = base.mark_text(align="right", dx=-column).encode(
        x=x_at("width"), text=alt.Text("text:N"), color=faint
    )
    lines = [_reference(mark, scale, (mark.at - low) / (far - low) * plot, plot) for mark in marks]
    layers = [*lines, span, dot, figure, *right_column(rows, width, count)]
    chart = fitted(*layers, width=width, height=alt.Step(row_step(labels, width, 27)))
    chart.resolve = alt.Resolve(scale={"color": "independent", "fill": "independent"})
    return chart


def _ends(rows: Sequence[Dot], cap: float | None) -> tuple[float, float]:
    """Where the scale begins (at zero or below) and ends."""
    low = min(0.0, *(row.value if row.lo is None else row.lo for row in rows))
    top = cap or max(row.value if row.hi is None else row.hi for row in rows)
    return low, top if top > low else low + 1.0


def _axis(low: float, top: float, width: int, pct: bool) -> alt.Axis:
    at = ticks(low, top, 6 if width >= WIDE else 3)
    form = share_format(at) if pct else number_format(top)
    return alt.Axis(orient="top", format=form, title=None, labelPadding=5, values=at)


def _cut(rows: Sequence[Dot], top: float) -> list[Record]:
    """The rows as far as the scale goes; without an interval, both its ends are the value."""
    cut = []
    for i, row in enumerate(rows):
        lo, hi = (row.value if end is None else end for end in (row.lo, row.hi))
        ends = {"lo": min(lo, top), "value": min(row.value, top), "hi": min(hi, top)}
        cut.append(asdict(row) | ends | {"i": i, "out": row.value > top})
    return cut


def _reference(mark: Mark, scale: alt.Scale, x: float, plot: float) -> alt.LayerChart:
    """A dotted line through all rows, named below them; near the right edge the name ends at it."""
    base = alt.Chart(table([{"at": mark.at, "name": mark.label}]))
    base = base.encode(x=alt.X("at:Q", scale=scale))
    is_late = x + text_width(visible(mark.label), SMALL) > plot
    look: Record = {"align": "right", "dx": 4} if is_late else {"align": "left", "dx": -4}
    name = base.mark_text(dy=10, fontSize=SMALL, color=TOKENS["soft"], **look)
    rule = base.mark_rule(color=TOKENS["soft"], strokeDash=[2, 3])
    return alt.LayerChart(layer=[rule, name.encode(y=y_at("height"), text=alt.Text("name:N"))])
