"""The kinds of chart a section can ask for: what each is drawn from, and how much it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.charts.rows import Bar, Bin, Cell, Dot, Part, Point, Row, Step, Stop

Option = str | float | bool
OptionType = type[str] | type[float] | type[bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of chart.

    options: the head keys it understands, with the type of their values: `x` names the axis,
    `count` heads the column of n, `cap` ends the scale before the largest values, `pct` says
    whether values are ratios, shown as per cent; marks: how many reference lines it can have;
    keys: the fields that name its rows (and columns), with the number of each that is drawn.
    """

    name: str
    row: type[Row]
    options: Mapping[str, OptionType] = field(default_factory=dict)
    marks: int = 0
    keys: tuple[tuple[str, int], ...] = ()


_MANY = 40
_NOUNS = {"column": "columns", "series": "lines"}
_ALL = (
    Kind("bars", Bar, {"count": str}, keys=(("", 15),)),
    Kind("stacked", Part, keys=(("row", 15),)),
    Kind("heatmap", Cell, keys=(("row", 12), ("column", 9))),
    Kind("positions", Cell, {"x": str}, keys=(("row", 15), ("column", 21))),
    Kind("dots", Dot, {"count": str, "cap": float, "pct": bool}, marks=1, keys=(("", 15),)),
    Kind("histogram", Bin, {"x": str, "pct": bool}, marks=_MANY),
    Kind("distributions", Bin, {"x": str}),
    Kind("trend", Point, {"x": str}),
    Kind("survival", Step, {"x": str}, marks=1),
    Kind("lines", Stop, {"x": str, "pct": bool}, keys=(("series", 5),)),
)
KINDS = {kind.name: kind for kind in _ALL}
TABLE = "table"  # a section without a figure


def drawn(kind: Kind, rows: Sequence[Row]) -> tuple[list[Row], str]:
    """The rows that find room in the chart, and a remark on those that do not ("" if all do)."""
    kept, cuts = list(rows), []
    for name, most in kind.keys:
        keys = [getattr(row, name) if name else i for i, row in enumerate(kept)]
        order = list(dict.fromkeys(keys))
        if len(order) > most:
            shown = set(order[:most])
            kept = [row for row, key in zip(kept, keys, strict=True) if key in shown]
            cuts.append(f"{most} of {len(order):,} {_NOUNS.get(name, 'rows')}")
    return kept, f"{' and '.join(cuts)} shown; the table has all" if cuts else ""
