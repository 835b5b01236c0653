"""What a SQL file says about itself, in the comment lines at its head, and the parts it holds.

The file stays plain SQL that any DuckDB shell runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reports.charts.kinds import KINDS, TABLE, Kind, Option, OptionType
from reports.definitions import (
    Column,
    Section,
    SectionFailed,
    SqlFile,
    Statement,
    alternatives,
)

_PART = re.compile(r"-- part: *(\S*)\s*")
_ENTRY = re.compile(r"-- ([A-Za-z_]+):(.*)")
_MORE = re.compile(r"-- {2,}(.*)")
_OURS = {"title", "question", "chart", "unit", "note", "columns", "empty"}
_NEEDED = ("title", "question", "chart")
_IGNORED = {"noqa"}  # sqlfluff's
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a head, and the line that it begins at."""

    value: str
    line: int


def read_section(file: SqlFile) -> Section:
    """What the head of a section's file says, and its parts.

    Raises: SectionFailed with the line that is wrong.
    """
    entries, parts = _split(file)
    for key in _NEEDED:
        if key not in entries:
            raise SectionFailed(file.path, f"the head has no line `-- {key}: …`", 1)
    kind = _kind(file, entries["chart"][0])
    known = dict.fromkeys(_OURS, str) | dict(kind.options if kind else {})
    _check_keys(file, entries, known)
    allowed = {"base", "rows", "answer", "examples", "masks"} | (
        {"marks"} if kind and kind.marks else set()
    )
    _check_parts(file, parts, allowed, needed=("rows", "answer"))
    return Section(
        title=_first(entries, "title"),
        question=_first(entries, "question"),
        kind=kind,
        options=_options(file, entries, kind.options if kind else {}),
        unit=_first(entries, "unit"),
        notes=tuple(entry.value for entry in entries.get("note", ())),
        columns=_columns(file, entries["columns"][0]) if "columns" in entries else (),
        empty=_first(entries, "empty"),
        parts=parts,
    )


def read_headline(file: SqlFile) -> tuple[str, Mapping[str, Statement]]:
    """The caption of the small chart ("" if none is named), and the parts of a headline.sql.

    Raises: SectionFailed with the line that is wrong.
    """
    entries, parts = _split(file)
    _check_keys(file, entries, {"spark": str})
    _check_parts(file, parts, {"base", "rows", "spark"}, needed=("rows",))
    return _first(entries, "spark"), parts


def _split(file: SqlFile) -> tuple[dict[str, list[Entry]], dict[str, Statement]]:
    """The entries of the head by key, and the parts by name."""
    try:
        lines = file.raw.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise SectionFailed(file.path, f"is not UTF-8: {error.reason}") from None
    starts = [i for i, line in enumerate(lines) if _PART.fullmatch(line)]
    parts: dict[str, Statement] = {}
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        name = _PART.sub(r"\1", lines[start])
        if name in parts:
            raise SectionFailed(file.path, f"a second part `{name}`", start + 1)
        parts[name] = Statement(name, "\n".join(lines[start + 1 : end]).rstrip(), start + 2)
    return _head(file, lines[: starts[0] if starts else len(lines)]), parts


def _head(file: SqlFile, lines: list[str]) -> dict[str, list[Entry]]:
    """The `-- key: value` lines; lines that go on are indented, all other comments are just that."""
    entries: dict[str, list[Entry]] = {}
    last: list[Entry] = []
    for number, line in enumerate(lines, start=1):
        if entry := _ENTRY.fullmatch(line):
            last = entries.setdefault(entry[1], [])
            last.append(Entry(entry[2].strip(), number))
        elif last and (more := _MORE.fullmatch(line)):
            last[-1] = Entry(f"{last[-1].value} {more[1].strip()}", last[-1].line)
        elif line.strip() and not line.startswith("--"):
            raise SectionFailed(file.path, "SQL before the first line `-- part: NAME`", number)
        else:
            last = []
    return {key: found for key, found in entries.items() if key not in _IGNORED}


def _kind(file: SqlFile, entry: Entry) -> Kind | None:
    if entry.value != TABLE and entry.value not in KINDS:
        message = f"no chart is named `{entry.value}`; there are {alternatives([*KINDS, TABLE])}"
        raise SectionFailed(file.path, message, entry.line)
    return KINDS.get(entry.value)


def _check_keys(
    file: SqlFile, entries: Mapping[str, list[Entry]], known: Mapping[str, OptionType]
) -> None:
    for key, found in entries.items():
        if key not in known:
            message = f"unknown head key `{key}`; here it can be {alternatives(known)}"
            raise SectionFailed(file.path, message, found[0].line)
        if len(found) > 1 and key != "note":
            raise SectionFailed(file.path, f"a second line `-- {key}:`", found[1].line)


def _check_parts(
    file: SqlFile, parts: Mapping[str, Statement], allowed: set[str], needed: tuple[str, ...]
) -> None:
    for name in needed:
        if name not in parts:
            raise SectionFailed(file.path, f"has no part `{name}` (a line `-- part: {name}`)")
    for name, part in parts.items():
        if name not in allowed:
            message = f"unknown part `{name}`; here it can be {alternatives(allowed)}"
            raise SectionFailed(file.path, message, part.line - 1)


def _options(
    file: SqlFile, entries: Mapping[str, list[Entry]], known: Mapping[str, OptionType]
) -> dict[str, Option]:
    options: dict[str, Option] = {}
    for key, wanted in known.items():
        if key in entries:
            entry = entries[key][0]
            try:
                options[key] = _BOOLEANS[entry.value] if wanted is bool else wanted(entry.value)
            except (KeyError, ValueError):
                name = "true or false" if wanted is bool else "a number"
                message = f"`{key}` is to be {name}, not `{entry.value}`"
                raise SectionFailed(file.path, message, entry.line) from None
    return options


def _columns(file: SqlFile, entry: Entry) -> tuple[Column, ...]:
    columns = []
    for item in entry.value.split("|"):
        name, equals, head = (text.strip() for text in item.partition("="))
        if not (name and equals and head):
            message = f"`columns` is `name=Head | name=Head …`; `{item.strip()}` is not like that"
            raise SectionFailed(file.path, message, entry.line)
        columns.append(Column(name, head.removesuffix(" %"), head.endswith(" %")))
    return tuple(columns)


def _first(entries: Mapping[str, list[Entry]], key: str) -> str:
    return entries[key][0].value if key in entries else ""
