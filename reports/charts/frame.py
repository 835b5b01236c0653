"""What several kinds of chart are put together from: data, axes, columns at the side, ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import altair as alt

from reports.charts.labels import row_labels, row_names, visible
from reports.charts.rows import Bar, Dot, Row
from reports.charts.theme import SMALL, TEXT, TOKENS

Record = dict[str, Any]
_LINE = 15  # px from line to line of a row's label


def table(records: Iterable[Record]) -> alt.InlineData:
    """`records` as inline data with every text made visible."""
    return alt.InlineData(
        values=[
            {key: visible(v) if isinstance(v, str) else v for key, v in record.items()}
            for record in records
        ]
    )


def values(rows: Iterable[Row]) -> alt.InlineData:
    """`rows` as inline data, each with its position `i`: the position, not the label, is the key,
    so that two labels that look alike after cutting stay two rows."""
    return table(asdict(row) | {"i": i} for i, row in enumerate(rows))


def _where(rows: Sequence[int], value: float) -> Record:
    """`value` for the labels of these rows, 0 for the others."""
    test = f"indexof({list(rows)}, datum.value) >= 0"
    return {"condition": {"test": test, "value": value}, "value": 0}


def row_step(labels: Sequence[str], width: int, one: int) -> int:
    """Height in px of a row: `one` where each label is a line, more where one needs two."""
    return one if all(len(lines) == 1 for lines in row_labels(labels, width)) else max(one, 40)


def row_axis(labels: Sequence[str], width: int, gap: float = 0.36) -> alt.Y:
    """The y channel of a chart with one row per label, top to bottom in the order given."""
    double = [i for i, lines in enumerate(row_labels(labels, width)) if len(lines) > 1]
    axis = alt.Axis(
        labelOffset=_where(double, -_LINE / 2), labelLineHeight=_LINE,
        labelExpr=row_names(labels, width), labelFontSize=TEXT, labelLimit=0,
        labelColor=TOKENS["ink"], title=None, grid=False, labelPadding=12,
    )  # fmt: skip
    return alt.Y("i:O", axis=axis, scale=alt.Scale(paddingInner=gap, paddingOuter=gap / 3))


def right_column(rows: Sequence[Bar] | Sequence[Dot], width: int, name: str) -> list[alt.Chart]:
    """The n of each row at the right edge, with its heading above the first row."""
    look: Record = {"align": "right", "color": TOKENS["muted"], "fontSize": SMALL}
    base = alt.Chart(values(rows)).encode(y=row_axis([row.label for row in rows], width))
    count = base.mark_text(**look).encode(x=x_at("width"), text=alt.Text("n:Q", format=","))
    head = alt.Chart(table([{"name": name}])).mark_text(dy=-12, **look)
    return [count, head.encode(x=x_at("width"), y=y_at(0), text=alt.Text("name:N"))]


def shades(no: str, yes: str) -> alt.Scale:
    """The scale that gives false rows the token `no` and true rows the token `yes`."""
    return alt.Scale(domain=[False, True], range=[TOKENS[no], TOKENS[yes]])


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round tick values from `low` to at most `high`, about `count` of them."""
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    size = next(step * power for step in (1, 2, 5, 10) if step * power >= raw * 0.99)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return [round(k * size, 12) for k in range(first, last + 1)]


def share_format(at: Sequence[float]) -> str:
    """Format of an axis of shares: as many decimals as its ticks need to differ."""
    step = at[1] - at[0] if len(at) > 1 else 1.0
    return f".{max(0, -math.floor(math.log10(step * 100) + 1e-9))}%"


def number_format(top: float) -> str:
    """Format of an axis of numbers: 1,200 but 10k."""
    return "~s" if top >= 10_000 else ",~f"


def fitted(
    *layers: alt.Chart | alt.LayerChart, width: int, height: int | alt.Step
) -> alt.LayerChart:
    """The layers as one chart that is exactly `width` px wide, labels included."""
    autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    return alt.LayerChart(layer=list(layers), width=width, height=height, autosize=autosize)


def x_at(value: float | str) -> alt.XValue:
    """The x channel of marks that stand at a place in px, or at "width"."""
    return alt.XValue(value)  # type: ignore[no-untyped-call]


def y_at(value: float | str) -> alt.YValue:
    """The y channel of marks that stand at a place in px, or at "height"."""
    return alt.YValue(value)  # type: ignore[no-untyped-call]
