"""Two categories, or a category at each of many positions: heatmaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import altair as alt

from reports.charts.frame import Record, fitted, row_axis, row_step, table
from reports.charts.labels import heads, label_room, names, text_width, visible
from reports.charts.rows import Cell
from reports.charts.theme import SMALL, TOKENS, WIDE


def heatmap(rows: Sequence[Cell], width: int) -> alt.LayerChart:
    """Heatmap with the value in each cell. Opacity of one colour carries the value, so that ink
    on a cell keeps 4.5:1 at full strength in light and in dark."""
    lines = list(dict.fromkeys(row.row for row in rows))
    columns = list(dict.fromkeys(row.column for row in rows))
    each, step = label_room(lines, width) / len(columns), row_step(lines, width, 28)
    # Narrow cells leave out the sign: 18 37 55 is read, 18%37%55% is not.
    is_tight = max(text_width(visible(row.text), SMALL) for row in rows) + 5 > each
    data = [
        asdict(row)
        | {"i": lines.index(row.row), "j": columns.index(row.column)}
        | ({"text": row.text.removesuffix("%")} if is_tight else {})
        for row in rows
    ]
    base = alt.Chart(table(data)).encode(
        x=alt.X("j:O", axis=_head(columns, each - 6, width), scale=_columns(2 / each)),
        y=row_axis(lines, width, gap=2 / step),
    )
    rect = base.mark_rect(color=TOKENS["heat"])
    text = base.mark_text(fontSize=SMALL).encode(text=alt.Text("text:N"))
    return fitted(_cells(rect, rows), text, width=width, height=alt.Step(step))


def positions(rows: Sequence[Cell], width: int, x: str = "") -> alt.LayerChart:
    """Heatmap whose columns are many places in their order, named by numbers below it.

    Where the numbers of the cells find no room, the colour alone tells; so do the columns'.
    """
    lines = list(dict.fromkeys(row.row for row in rows))
    columns = list(dict.fromkeys(row.column for row in rows))
    each = label_room(lines, width) / len(columns)
    data = [
        asdict(row)
        | {"i": lines.index(row.row), "j": columns.index(row.column)}
        | {"text": row.text.removesuffix("%")}
        for row in rows
    ]
    longest = max(text_width(name, SMALL) for name in columns)
    shown = -(-(longest + 6) // each)  # each, or every second, third … column is named
    axis = alt.Axis(
        title=x or None, grid=False, labelAngle=0, labelOverlap=False,
        labelExpr=f"datum.value % {shown:.0f} == 0 ? {names(columns, 26)} : ''",
    )  # fmt: skip
    base = alt.Chart(table(data)).encode(
        x=alt.X("j:O", axis=axis, scale=_columns(0.06)),
        y=row_axis(lines, width, gap=0.07),
    )
    has_room = max(text_width(str(row["text"]), SMALL) for row in data) + 4 <= each
    layers = [_cells(base.mark_rect(color=TOKENS["heat"]), rows)]
    if has_room:
        layers.append(base.mark_text(fontSize=SMALL).encode(text=alt.Text("text:N")))
    return fitted(*layers, width=width, height=alt.Step(row_step(lines, width, 26)))


def _columns(gap: float) -> alt.Scale:
    """Gaps between cells: an edge for each of hundreds makes a heavy page."""
    return alt.Scale(paddingInner=min(gap, 0.5), paddingOuter=0)


def _cells(rects: alt.Chart, rows: Sequence[Cell]) -> alt.Chart:
    """The cells with their tooltips, the darker the larger the value."""
    top = max(row.value for row in rows) or 1.0
    depth = alt.Scale(domain=[0, top], range=[0.04, 1])
    filled: alt.Chart = rects.encode(
        fillOpacity=alt.FillOpacity("value:Q", scale=depth, legend=None),
        description=alt.Description("tip:N"),
    )
    return filled


def _head(columns: Sequence[str], each: float, width: int) -> alt.Axis:
    """The names of the columns: in lines where there is room, turned where there is none."""
    expression, most = heads(columns, each)
    look: Record
    if width >= WIDE or most <= 2:
        look = {"labelAngle": 0, "labelPadding": 15 * most - 8, "labelLineHeight": 15}
    else:
        expression = names(columns, 26)
        look = {"labelAngle": -90, "labelAlign": "left", "labelBaseline": "middle"}
    return alt.Axis(
        orient="top", title=None, grid=False, labelColor=TOKENS["ink"], labelLimit=0,
        labelExpr=expression, **look,
    )  # fmt: skip
