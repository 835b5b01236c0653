"""Reports as they are written: a folder each, with a report.toml and SQL files."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.charts.kinds import Kind, Option
from reports.text import visible
from tracehouse.errors import UsageError

_FILE = re.compile(r"\d+_([a-z0-9_]+)\.sql")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class SectionFailed(Exception):
    """A section cannot be shown; the page says why in its place, and the others stand."""

    def __init__(
        self, file: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        self.message = visible(message)
        self.place = file
        self.place += f", line {line}" if line else ""
        self.place += f", column {column}" if column else ""
        super().__init__(f"{self.place}: {self.message}")


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One SQL file of a report. `path` is how the pages name it: reports/tools/01_calls.sql."""

    path: str
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", errors="replace")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def anchor(self) -> str:
        """The address of the section on its page: 02_row_balance.sql → row-balance."""
        name = self.path.rpartition("/")[2].removesuffix(".sql")
        return name.partition("_")[2].replace("_", "-")


@dataclass(frozen=True, slots=True)
class Report:
    """One page. `sections` stand in the order of their file names."""

    name: str
    title: str
    summary: str
    order: int
    tag: str
    headline: SqlFile | None
    sections: tuple[SqlFile, ...]

    @property
    def sha256(self) -> str:
        """Hash of all SQL of the page."""
        files = [*([self.headline] if self.headline else []), *self.sections]
        return hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Statement:
    """One part of a file: its SQL, which begins at `line`."""

    part: str
    sql: str
    line: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the query and its head in the table; `is_share`: a ratio, shown as per cent."""

    name: str
    head: str
    is_share: bool


@dataclass(frozen=True, slots=True)
class Section:
    """What the head of a section says. `kind` is None for a section that is only a table."""

    title: str
    question: str
    kind: Kind | None
    options: Mapping[str, Option]
    unit: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    empty: str
    parts: Mapping[str, Statement]


def read_reports(folder: Path) -> list[Report]:
    """All reports of `folder`, in the order that they ask for.

    Raises: UsageError (no report there, or one whose report.toml or file names are not right).
    """
    found = [_read_report(path) for path in sorted(folder.glob("*/report.toml"))]
    if not found:
        raise UsageError(f"no report in {folder}: a report is a folder with a report.toml")
    return sorted(found, key=lambda report: (report.order, report.name))


def _read_report(path: Path) -> Report:
    name = path.parent.name
    if not _NAME.fullmatch(name) or name == "index":
        raise UsageError(f"{path.parent}: a report's name is of a-z, 0-9, - and _, not `index`")
    facts = _toml(path)
    shown = f"reports/{name}"
    files = [
        SqlFile(f"{shown}/{f.name}", f.read_bytes()) for f in sorted(path.parent.glob("*.sql"))
    ]
    sections = tuple(file for file in files if not file.path.endswith("/headline.sql"))
    for file in sections:
        if not _FILE.fullmatch(file.path.rpartition("/")[2]):
            raise UsageError(f"{path.parent}: {file.path} should be headline.sql or NN_section.sql")
    anchors = [file.anchor for file in sections]
    if twice := sorted({anchor for anchor in anchors if anchors.count(anchor) > 1}):
        raise UsageError(f"{path.parent}: two sections are named {', '.join(twice)}")
    headline = next((file for file in files if file not in sections), None)
    return Report(
        name=name,
        title=_text(path, facts, "title"),
        summary=_text(path, facts, "summary"),
        order=_number(path, facts, "order"),
        tag=_text(path, facts, "tag", default=""),
        headline=headline,
        sections=sections,
    )


def _toml(path: Path) -> dict[str, object]:
    try:
        facts: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML: {error}") from None
    known = {"title", "summary", "order", "tag"}
    if unknown := sorted(set(facts) - known):
        raise UsageError(f"{path}: unknown {', '.join(unknown)}; it can say {alternatives(known)}")
    return facts


def _text(path: Path, facts: dict[str, object], key: str, default: str | None = None) -> str:
    value = facts.get(key, default)
    if not isinstance(value, str):
        raise UsageError(f'{path}: {key} is to be a text, such as {key} = "…"')
    return value


def _number(path: Path, facts: dict[str, object], key: str) -> int:
    value = facts.get(key)
    if not isinstance(value, int):
        raise UsageError(f"{path}: {key} is to be a whole number, such as {key} = 1")
    return value


def alternatives(names: Collection[str]) -> str:
    """The names in their alphabetical order: a, b or c."""
    ordered = sorted(names)
    return f"{', '.join(ordered[:-1])} or {ordered[-1]}" if len(ordered) > 1 else ordered[0]
