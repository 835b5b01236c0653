"""The small chart of a report on the index page."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from reports.charts.frame import shades, table
from reports.charts.rows import SparkBar


def spark(bars: Sequence[SparkBar], width: int = 180, height: int = 44) -> alt.Chart:
    """Bars without any text; `strong` ones carry the accent, all of them where none is."""
    plain = not any(bar.strong for bar in bars)
    data = [{"i": i, "v": bar.value, "s": bar.strong or plain} for i, bar in enumerate(bars)]
    top = max(bar.value for bar in bars) or 1.0
    chart: alt.Chart = alt.Chart(table(data), width=width, height=height, padding=0).mark_bar()
    return chart.encode(
        x=alt.X("i:O", axis=None, scale=alt.Scale(paddingInner=0.18, paddingOuter=0)),
        y=alt.Y("v:Q", axis=None, scale=alt.Scale(domain=[0, top])),
        color=alt.Color("s:N", scale=shades("quiet", "c1"), legend=None),
    )
