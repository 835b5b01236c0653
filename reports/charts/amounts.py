"""Amounts: bars from zero, and bars of the parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import altair as alt

from reports.charts.frame import fitted, right_column, row_axis, row_step, shades, table, values
from reports.charts.labels import label_room, text_width, visible
from reports.charts.rows import Bar, Part
from reports.charts.theme import ON_SERIES, SERIES, TOKENS


def bars(rows: Sequence[Bar], width: int, count: str = "n") -> alt.LayerChart:
    """Horizontal bars from zero with the value written at each end; no axis is needed.

    Shape: one bar per row, in the order given (the SQL sorts). `strong` rows carry the accent;
    where rows have an `n`, it stands in a column at the right, headed `count`.
    """
    counts = [row.n for row in rows if row.n is not None]
    column = max(text_width(f"{n:,}") for n in counts) + 14 if counts else 0
    labels = [row.label for row in rows]
    plot = label_room(labels, width)
    room = max(text_width(visible(row.text)) for row in rows) + 10 + column
    top = max(row.value for row in rows) or 1
    scale = alt.Scale(domain=[0, top * plot / max(plot - room, 40)], nice=False)
    base = alt.Chart(values(rows)).encode(
        x=alt.X("value:Q", axis=None, scale=scale), y=row_axis(labels, width)
    )
    bar = base.mark_bar().encode(
        color=alt.Color("strong:N", scale=shades("quiet", "c1"), legend=None),
        description=alt.Description("tip:N"),
    )
    text = base.mark_text(align="left", dx=6).encode(text=alt.Text("text:N"))
    last = right_column(rows, width, count) if counts else []
    return fitted(bar, text, *last, width=width, height=alt.Step(row_step(labels, width, 26)))


def stacked(rows: Sequence[Part], width: int) -> alt.LayerChart:
    """Stacked 100 % bars: one bar per `row`, parts in the order of first appearance.

    Parts are told apart by their fixed order, a gap, and the share written into each part that
    is wide enough for it.
    """
    labels = list(dict.fromkeys(row.row for row in rows))
    series = list(dict.fromkeys(row.series for row in rows))
    if len(series) > len(SERIES):
        raise ValueError(f"{len(series)} series: a stacked chart has colours for {len(SERIES)}")
    plot, edge, data = label_room(labels, width), dict.fromkeys(labels, 0.0), []
    for row in rows:
        start, edge[row.row] = edge[row.row], edge[row.row] + row.share
        shown = f"{row.share:.0%}" if row.share * plot > text_width(f"{row.share:.0%}") + 6 else ""
        place = {"i": labels.index(row.row), "j": series.index(row.series)}
        ink = TOKENS[ON_SERIES[place["j"]]]
        data.append(asdict(row) | place | {"a": start, "b": edge[row.row], "ink": ink,
                                           "mid": start + row.share / 2, "shown": shown})  # fmt: skip
    domain = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(table(data)).encode(y=row_axis(labels, width))
    bar = base.mark_bar(stroke=TOKENS["paper"], strokeWidth=1.5).encode(
        x=alt.X("a:Q", axis=None, scale=domain), x2=alt.X2("b:Q"),
        color=alt.Color("series:N", scale=_colours(series), legend=_legend(series, plot)),
        description=alt.Description("tip:N"),
    )  # fmt: skip
    text = base.mark_text().encode(
        x=alt.X("mid:Q", axis=None, scale=domain),
        text=alt.Text("shown:N"),
        color=alt.Color("ink:N", scale=None, legend=None),
    )
    return fitted(bar, text, width=width, height=alt.Step(row_step(labels, width, 32)))


def _colours(series: Sequence[str]) -> alt.Scale:
    shown = [visible(name) for name in series]
    return alt.Scale(domain=shown, range=[TOKENS[name] for name in SERIES[: len(shown)]])


def _legend(series: Sequence[str], plot: float) -> alt.Legend:
    """The legend in as many columns as find room above the bars."""
    widths = [text_width(visible(name)) + 18 for name in series]
    for columns in range(len(series), 1, -1):
        needed = sum(max(widths[i::columns]) + 18 for i in range(columns)) - 18
        if needed <= plot:
            return alt.Legend(columns=columns, symbolOpacity=1)
    return alt.Legend(columns=1, symbolOpacity=1)
