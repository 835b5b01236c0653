"""From the rows of a query to typed records, with errors that name column and row."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_type_hints

R = TypeVar("R")
Check = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of one query, of which there may be more than are held: `total` counts all."""

    columns: list[str]
    types: list[str]
    rows: list[tuple[object, ...]]
    total: int

    def column(self, name: str) -> list[object]:
        """The values of one column."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def type_of(self, name: str) -> str:
        """The database's name of a column's type."""
        return self.types[self.columns.index(name)]


def records(result: Result, row_type: type[R]) -> list[R]:
    """The rows as records of `row_type`, a dataclass whose fields are columns of the query.

    Raises: ValueError with the column that is missing, or not of its field's type.
    """
    places: dict[str, int] = {}
    for field in dataclasses.fields(row_type):  # type: ignore[arg-type] # the caller's dataclass
        if field.name in result.columns:
            places[field.name] = result.columns.index(field.name)
        elif field.default is dataclasses.MISSING:
            there = ", ".join(result.columns)
            raise ValueError(f"column `{field.name}` is missing; there are {there}")
    checks = _checks(row_type)
    made = []
    for number, row in enumerate(result.rows, start=1):
        values = {}
        for name, place in places.items():
            try:
                values[name] = checks[name](row[place])
            except ValueError as error:
                raise ValueError(f"column `{name}`, row {number}: {error}") from None
        made.append(row_type(**values))
    return made


def _checks(row_type: type[Any]) -> dict[str, Check]:
    """For each field of a record, what turns a value of the database into the field's."""
    return {name: _check_of(hint) for name, hint in get_type_hints(row_type).items()}


def _check_of(hint: object) -> Check:
    kinds = get_args(hint) or (hint,)
    check = next(_CHECKS[kind] for kind in kinds if kind in _CHECKS)
    if type(None) in kinds:
        return lambda value: None if value is None else check(value)
    return check


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _unlike("a text", value)


def _as_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _unlike("a number", value)
    if not math.isfinite(number := float(value)):
        raise _unlike("a finite number", value)
    return number


def _as_count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _unlike("a whole number", value)


def _as_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _unlike("true or false", value)


_CHECKS: dict[object, Check] = {str: _as_text, float: _as_number, int: _as_count, bool: _as_flag}


def _unlike(wanted: str, value: object) -> ValueError:
    found = "null" if value is None else f"{str(value)[:60]!r} ({type(value).__name__})"
    return ValueError(f"{wanted} is needed, not {found}")
