"""Which two sources or models the report `compare` sets side by side, where a person says so.

The SQL reads it from variables of the session; without them it takes the two largest.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.text import listed
from tracehouse.errors import UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS = ("source", "config", "model")
VARIABLES = ("compare_by", "compare_first", "compare_second")
_SHOWN = 20
# of a warehouse without conversations there are no names, and nothing to choose
_NAMES = """
select distinct {kind}
from dim_conversations
where duplicate_of_id is null and {kind} is not null
order by {kind}"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asks for: by what to compare, and which two; None where it is left open."""

    by: str | None = None
    names: tuple[str, str] | None = None


def settled(connection: DuckDBPyConnection, choice: Choice) -> dict[str, str]:
    """The variables that say what is compared; none where all is left open.

    A config of a dataset is the source that it was ingested as.
    Raises: UsageError where a name is not there, or both are the same.
    """
    by = "source" if choice.by == "config" else choice.by
    if choice.names is None:
        return {"compare_by": by} if by else {}
    first, second = choice.names
    if first == second:
        raise UsageError(f"--compare {first} {second}: these are the same, name two")
    there = {kind: _names(connection, kind) for kind in ([by] if by else ["source", "model"])}
    found = [kind for kind, names in there.items() if {first, second} <= set(names)]
    if not found:
        raise UsageError(_unknown(choice.names, there))
    return dict(zip(VARIABLES, (found[0], first, second), strict=True))


def set_variables(connection: DuckDBPyConnection, values: Mapping[str, str | None]) -> None:
    """Sets variables of a session."""
    for name, value in values.items():
        connection.execute(f"set variable {name} = $1", [value])


def shell_options(variables: Mapping[str, str]) -> str:
    """What `tracehouse shell` needs to run the SQL with the same choice, with a space before it."""
    if not variables:
        return ""
    quoted = {name: value.replace("'", "''") for name, value in variables.items()}
    text = " ".join(f"set variable {name} = '{value}';" for name, value in quoted.items())
    return f" -cmd {shlex.quote(text)}"


def _names(connection: DuckDBPyConnection, kind: str) -> list[str]:
    return [name for (name,) in connection.execute(_NAMES.format(kind=kind)).fetchall()]


def _unknown(names: tuple[str, str], there: Mapping[str, list[str]]) -> str:
    """Which of the names is not there, and which are."""
    known = {name for kind in there.values() for name in kind}
    missing = [name for name in names if name not in known]
    kinds = " or ".join(there)
    what = (
        f"no {kinds} is named {' or '.join(missing)}"
        if missing
        else f"{names[0]} and {names[1]} are not both of one kind"
    )
    lines = [f"{kind}s: {listed(found, _SHOWN) or 'none'}" for kind, found in there.items()]
    return "\n".join([f"--compare {names[0]} {names[1]}: {what}; there are", *lines])
