"""The rows of a query as a table on the page and as CSV that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal
from urllib.parse import quote

from reports.definitions import Column
from reports.model import Cell, Head, Line, Table
from reports.records import Result
from reports.text import (
    MISSING,
    count_text,
    counted,
    day_text,
    number_text,
    share_text,
    size_text,
)

_Form = Literal["share", "count", "number"]
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL")
_CHART_ONLY = {"text", "tip", "strong", "few"}  # not columns of a table that names none
_UNFIT = re.compile(r"[^\w,.;:/?@!$()*+=~–…-]", re.ASCII)
_LONGEST, _LONGEST_IN_CSV = 500, 5000  # characters of a cell
_LONG = 40  # a column with longer texts wraps them


def make_table(
    result: Result, columns: Sequence[Column], keys: Sequence[tuple[str, bool]] = ()
) -> Table:
    """The rows with the columns that the section names, else with all that mean something.

    `keys`: the columns that the rows are ordered by, each with whether it descends.

    Raises: ValueError when a column that is named is not there.
    """
    columns = columns or _all_columns(result)
    for column in columns:
        if column.name not in result.columns:
            there = ", ".join(result.columns)
            raise ValueError(f"column `{column.name}` of the table is missing; there are {there}")
    places = [result.columns.index(column.name) for column in columns]
    few = result.columns.index("few") if "few" in result.columns else None
    forms = [_form(result, column) for column in columns]
    lines = [
        Line(
            [_cell(row[i], form) for i, form in zip(places, forms, strict=True)],
            is_few=few is not None and row[few] is True,
        )
        for row in result.rows
    ]
    shown, total = len(result.rows), result.total
    text = _csv(columns, [[row[i] for i in places] for row in result.rows])
    heads = _heads(result, columns, lines, keys)
    return Table(
        heads=heads,
        lines=lines,
        classes=_classes(heads),
        size=counted(shown, "row"),
        cut="" if shown == total else f"the first of {count_text(total)}; the SQL gives all",
        csv=f"data:text/csv;charset=utf-8,{_address(text)}",
        csv_size=size_text(len(text.encode("utf-8", "replace"))),
    )


def _address(text: str) -> str:
    """The text as part of a data: address, with few escapes: a comma needs none."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return _UNFIT.sub(lambda found: quote(found[0]), plain)


def _all_columns(result: Result) -> list[Column]:
    names = [name for name in result.columns if name not in _CHART_ONLY]
    return [Column(name, name.replace("_", " "), is_share=False) for name in names]


def _heads(
    result: Result,
    columns: Sequence[Column],
    lines: Sequence[Line],
    keys: Sequence[tuple[str, bool]],
) -> list[Head]:
    names = [column.name for column in columns]
    by, descends = next(((name, down) for name, down in keys if name in names), ("", False))
    return [
        Head(
            text=column.head,
            is_number=any(name in result.type_of(column.name) for name in _NUMBERS),
            is_long=any(len(line.cells[i].text) > _LONG for line in lines),
            sorted=_order(result.column(by), descends) if column.name == by else "",
        )
        for i, column in enumerate(columns)
    ]


def _classes(heads: Sequence[Head]) -> str:
    names = []
    for place, head in enumerate(heads, start=1):
        is_after = place > 1 and heads[place - 2].is_number and not head.is_number
        names += [f"r{place}"] if head.is_number else []
        names += [f"g{place}"] if is_after else []
        names += [f"w{place}"] if head.is_long and not head.is_number else []
    return " ".join(names)


def _order(values: Sequence[object], descends: bool) -> str:
    """How a column that the rows are ordered by is sorted; `other`: not by it alone."""
    way = "descending" if descends else "ascending"
    pairs = pairwise(reversed(values) if descends else values)
    return way if all(_precedes(a, b) for a, b in pairs) else "other"


def _precedes(a: object, b: object) -> bool:
    if isinstance(a, int | float | Decimal) and isinstance(b, int | float | Decimal):
        return a <= b
    return isinstance(a, str) and isinstance(b, str) and a <= b


def _form(result: Result, column: Column) -> _Form:
    """A column of which each number is whole has no decimals, whatever its type."""
    if column.is_share:
        return "share"
    numbers = [v for v in result.column(column.name) if isinstance(v, int | float | Decimal)]
    return "count" if all(float(number).is_integer() for number in numbers) else "number"


def _cell(value: object, form: _Form) -> Cell:
    """The value as it is written. A number that reads otherwise, such as <0.01%, has a key."""
    if value is None:
        return Cell(MISSING)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, int | float | Decimal):
        if form == "share":
            text, key = share_text(float(value)), f"{float(value) * 100:.10g}"
        else:
            text = count_text(int(value)) if form == "count" else number_text(float(value))
            key = f"{value:.10g}"
        return Cell(text, key if text[:1] in "<>−" else "")
    if isinstance(value, date):
        return Cell(day_text(value), value.isoformat())
    text = str(value)
    return Cell(_cut(text, _LONGEST))


def _csv(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> str:
    """Values as the query gives them: shares are ratios, what is missing is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(column.head) for column in columns])
    shares = [column.is_share for column in columns]
    writer.writerows(
        [_plain(value, is_share) for value, is_share in zip(row, shares, strict=True)]
        for row in rows
    )
    return out.getvalue()


def _plain(value: object, is_share: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        # beyond ten digits they depend on the order of summing; of a share, six are plenty
        return f"{value:.6g}" if is_share else f"{value:.10g}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _safe(_cut(str(value), _LONGEST_IN_CSV))


def _cut(text: str, longest: int) -> str:
    """The text, or its beginning and how much is left out: one name must not make the page huge."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({count_text(len(text) - longest)} more characters)"


def _safe(text: str) -> str:
    """A text that begins like a formula gets an apostrophe, and is text to a spreadsheet."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
