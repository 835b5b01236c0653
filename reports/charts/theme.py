"""The look that all charts share, in the colours of the page's light scheme.

A chart is drawn in the light colours; `svg.to_svg` swaps each for its CSS variable, so that one
SVG serves light, dark and print.
"""

from __future__ import annotations

from typing import Any

import altair as alt

WIDE, NARROW = 720, 358
TEXT, SMALL = 13, 12

# The same as in assets/tokens.css; a test compares them.
TOKENS = {
    "ink": "#17191c", "soft": "#4a5057", "muted": "#626970", "quiet": "#878e96",
    "line": "#e3e5e8", "paper": "#ffffff", "dark": "#16181b", "heat": "#4b9fd9",
    "error": "#c03a00", "c1": "#006bb0", "c2": "#c77700", "c3": "#00835d", "c4": "#a5528a",
    "c5": "#3f95cd",
}  # fmt: skip
SERIES = ("c1", "c2", "c3", "c4", "c5")
ON_SERIES = ("paper", "dark", "paper", "paper", "dark")  # readable text on each series colour
DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2])

# Names on lines: an edge in the colour of the page keeps them readable.
HALO: dict[str, Any] = {"fontWeight": "bold", "stroke": TOKENS["paper"], "strokeWidth": 3}


@alt.theme.register("tracehouse", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """No frame, no ticks, hairline grid, text as on the page.

    Liberation Sans is what vl-convert measures with (an unknown name, "Arial" too, falls back to
    a font a third wider); `to_svg` drops the name, so the page's own stack is what one sees.
    """
    quiet: dict[str, Any] = {
        "labelColor": TOKENS["muted"],
        "titleColor": TOKENS["muted"],
        "labelFontSize": SMALL,
    }
    axis: dict[str, Any] = quiet | {
        "domain": False, "ticks": False, "gridColor": TOKENS["line"], "labelPadding": 7,
        "titleFontSize": SMALL, "titleFontWeight": "normal", "titlePadding": 8,
    }  # fmt: skip
    legend: dict[str, Any] = quiet | {
        "labelColor": TOKENS["ink"], "labelFontSize": TEXT, "orient": "top", "title": None,
        "symbolType": "square", "symbolSize": 110, "symbolStrokeWidth": 0, "offset": 8,
        "columnPadding": 18, "rowPadding": 4, "labelLimit": 400,
    }  # fmt: skip
    config: Any = {
        "font": "Liberation Sans",
        "background": "transparent",
        "padding": {"left": 1, "right": 1, "top": 2, "bottom": 2},
        "view": {"stroke": None},
        "text": {"fontSize": TEXT, "color": TOKENS["ink"], "baseline": "middle"},
        "axis": axis,
        "legend": legend,
        "range": {"category": [TOKENS[name] for name in SERIES]},
    }
    return alt.theme.ThemeConfig(config=config)
