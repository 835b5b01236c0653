"""A page as data: everything that stands on it, formatted, before any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finetune.preview import Preview


@dataclass(frozen=True, slots=True)
class State:
    """What stands in place of a figure: nothing to show, or what failed, and where."""

    title: str
    text: str
    place: str = ""
    is_failed: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure at the head of the report; `section` is the anchor of the section it leads to."""

    label: str
    text: str
    interval: str
    n_text: str
    section: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart as <svg>, at two widths; `remark` says what it leaves out."""

    wide: str
    narrow: str
    remark: str


@dataclass(frozen=True, slots=True)
class Head:
    """A table's column; `sorted`: its aria-sort, "" where the rows are not in its order."""

    text: str
    is_number: bool
    is_long: bool
    sorted: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as written; `key` is what sorts it, where that is not what is written."""

    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A table's row; `is_few`: it rests on few cases."""

    cells: Sequence[Cell]
    is_few: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a query; `cut` says how many there are where not all are shown. `classes`: what
    its columns are, each with its place: r numbers, g texts right of them, w long texts: r2 r3 g4."""

    heads: Sequence[Head]
    lines: Sequence[Line]
    classes: str
    size: str
    cut: str
    csv: str
    csv_size: str


@dataclass(frozen=True, slots=True)
class Example:
    """A place in a conversation that shows what the section is about."""

    conversation_id: str
    turn_index: int
    why: str


@dataclass(frozen=True, slots=True)
class Place:
    """An example as shown: `href` leads to the turn in its replay page, "" where there is none."""

    conversation_id: str
    turn_index: int
    why: str
    command: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class MaskView:
    """A conversation of which a section shows what is trained; `preview` None: `note` says why not."""

    conversation_id: str
    why: str
    command: str
    preview: Preview | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL; kind: keyword, comment or ""."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The SQL of a section, and how to run it."""

    file: str
    sha256: str
    tokens: Sequence[Token]
    command: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """One question with its answer, figure, notes, rows and SQL.

    `replay_note`: why examples lead to no replay page, "" where they do. `results_sha256`: of all rows
    that its queries give.
    """

    anchor: str
    question: str
    lead: str
    rest: str
    title: str
    unit: str
    figure: Figure | None
    state: State | None
    notes: Sequence[str]
    examples: Sequence[Place]
    replay_note: str
    table: Table | None
    is_table_open: bool
    source: Source
    results_sha256: str
    masks: Sequence[MaskView] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """The key figures of a report, and its small chart (<svg>, "" for none) with a caption."""

    figures: Sequence[KeyFigure]
    spark: str
    caption: str
    state: State | None


@dataclass(frozen=True, slots=True)
class Page:
    """One report."""

    name: str
    title: str
    summary: str
    tag: str
    headline: Headline | None
    sections: Sequence[SectionView]
    sql_sha256: str

    @property
    def file(self) -> str:
        return f"{self.name}.html"

    @property
    def nav(self) -> str:
        """The report's name in the navigation."""
        return self.name.replace("_", " ").replace("-", " ").capitalize()

    @property
    def says(self) -> str:
        """What the index says of the report: the lead of its first section that has one."""
        return next((section.lead for section in self.sections if section.lead), self.summary)

    @property
    def failures(self) -> list[str]:
        """What failed, each with its place."""
        states = [self.headline.state] if self.headline else []
        states += [section.state for section in self.sections]
        return [f"{state.place}: {state.text}" for state in states if state and state.is_failed]


# --- what stands on every page ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Balance:
    """Rows in = conversations + rejected + blank, over all input files."""

    rows: str
    conversations: str
    rejected: str
    blank: str
    duplicates: str
    is_even: bool


@dataclass(frozen=True, slots=True)
class Input:
    """One input file."""

    path: str
    rows: str
    megabytes: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the data; `iso` for machines."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True)
class Furniture:
    """Header and footer. `days`: first and last day that the data names, one if they are the same."""

    conversations: int
    datasets: str
    days: Sequence[Day]
    size: str
    balance: Balance
    inputs: Sequence[Input]
    more_inputs: str
    versions: str
    build_id: str
    tests: str
    findings: Sequence[str]
