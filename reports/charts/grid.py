"""Two categories: a heatmap."""

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
    each = label_room(lines, width) / len(columns)
    # Narrow cells leave out the sign: 18 37 55 is read, 18%37%55% is not.
    is_tight = max(text_width(visible(row.text), SMALL) for row in rows) + 5 > each
    data = [
        asdict(row)
        | {"i": lines.index(row.row), "j": columns.index(row.column)}
        | ({"text": row.text.removesuffix("%")} if is_tight else {})
        for row in rows
    ]
    base = alt.Chart(table(data)).encode(
        x=alt.X("j:O", axis=_head(columns, each - 6, width), scale=alt.Scale(padding=0)),
        y=row_axis(lines, width, gap=0),
    )
    top = max(row.value for row in rows) or 1.0
    depth = alt.Scale(domain=[0, top], range=[0.04, 1])
    cell = base.mark_rect(color=TOKENS["heat"], stroke=TOKENS["paper"], strokeWidth=2).encode(
        fillOpacity=alt.FillOpacity("value:Q", scale=depth, legend=None), description="tip:N"
    )
    text = base.mark_text(fontSize=SMALL).encode(text="text:N")
    return fitted(cell, text, width=width, height=alt.Step(row_step(lines, width, 28)))


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
