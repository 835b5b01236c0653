"""From a report's files and the warehouse to its page as data. A section that fails says so in
its place; the others stand.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reports.charts.kinds import drawn
from reports.charts.rows import Mark, SparkBar
from reports.comparison import VARIABLES, shell_options
from reports.definitions import Report, Section, SectionFailed, SqlFile
from reports.heads import read_headline, read_section
from reports.model import (
    Example,
    Figure,
    Headline,
    KeyFigure,
    MaskView,
    Page,
    Place,
    SectionView,
    Source,
    State,
)
from reports.query import Parts, opened, variables
from reports.records import Result
from reports.sql import order_keys, tokens
from reports.table import make_table
from reports.text import show_command
from reports.workers import Workers

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str], None]
_COMPARES = re.compile(r"\b(comparison|compared_cases)\(")
_FIGURES = 4
_EXAMPLES = 10
_MASKS = 3


@dataclass(frozen=True, slots=True)
class _Answer:
    lead: str
    rest: str


@dataclass(frozen=True, slots=True)
class _Mask:
    conversation_id: str
    why: str


def make_pages(
    warehouse: Path,
    chosen: Mapping[str, str],
    reports: Sequence[Report],
    workers: Workers,
    progress: Progress = lambda _: None,
) -> list[Page]:
    """The pages of reports, for which the variables `chosen` are set.

    What failed on one is in its sections' and headline's `state`. Raises: StorageError.
    """
    pages = []
    with workers.holding(opened, warehouse, tuple(chosen.items())) as held:
        headlines = held.each(_headline_of, reports)
        sections = held.each(_section, [file for report in reports for file in report.sections])
        for report in reports:
            views = []
            for file in report.sections:
                progress(f"{report.name}: {file.anchor}")
                views.append(next(sections))
            pages.append(_page(report, next(headlines), views))
    return pages


def _page(report: Report, headline: Headline | None, sections: Sequence[SectionView]) -> Page:
    return Page(
        name=report.name,
        title=report.title,
        summary=report.summary,
        tag=report.tag,
        headline=headline,
        sections=sections,
        sql_sha256=report.sha256,
    )


# --- sections ---------------------------------------------------------------------------------


def _section(connection: DuckDBPyConnection, file: SqlFile) -> SectionView:
    """The section of one file, as far as it can be shown."""
    view = _bare(file, connection)
    try:
        section = read_section(file)
        view = replace(
            view,
            question=section.question,
            title=section.title,
            unit=section.unit,
            notes=section.notes,
        )
        with closing(Parts(connection, file)) as parts:
            return replace(_filled(view, section, parts, file), results_sha256=parts.results_sha256)
    except SectionFailed as error:
        return replace(view, state=_failure(error))


def _bare(file: SqlFile, connection: DuckDBPyConnection) -> SectionView:
    """A section of which only the file is known; its name stands for the question."""
    question = file.anchor.replace("-", " ").capitalize()
    return SectionView(
        anchor=file.anchor,
        question=question,
        lead="",
        rest="",
        title=question,
        unit="",
        figure=None,
        state=None,
        notes=(),
        examples=(),
        replay_note="",
        table=None,
        is_table_open=False,
        source=Source(file.path, file.sha256, tokens(file.text), _command(file, connection)),
        results_sha256="",
    )


def _command(file: SqlFile, connection: DuckDBPyConnection) -> str:
    """The line that runs the file in the shell, with the same choice where it compares."""
    chosen = {}
    if _COMPARES.search(file.text):
        chosen = {name: v for name, v in variables(connection).items() if v and name in VARIABLES}
    return f"tracehouse shell{shell_options(chosen)} < {file.path}"


def _filled(view: SectionView, section: Section, parts: Parts, file: SqlFile) -> SectionView:
    """The section with all that its queries give.

    Raises: SectionFailed.
    """
    if "base" in section.parts:
        parts.run(section.parts["base"])
    rows_part = section.parts["rows"]
    result = parts.run(rows_part)
    answer = _answer(section, parts)
    part = section.parts.get("examples")
    examples = parts.rows(part, Example)[:_EXAMPLES] if part else []
    part = section.parts.get("masks")
    masks = parts.rows(part, _Mask)[:_MASKS] if part else []
    view = replace(
        view,
        lead=answer.lead,
        rest=answer.rest,
        examples=[_place(example) for example in examples],
        masks=[_mask(mask) for mask in masks],
    )
    if not result.rows:
        why = section.empty or "The query gives no rows."
        return replace(view, state=State("Nothing to show", why))
    try:
        return replace(
            view,
            figure=_figure(view, section, parts, result),
            table=make_table(result, section.columns, order_keys(rows_part.sql)),
            is_table_open=section.kind is None,
        )
    except ValueError as error:
        raise SectionFailed(file.path, f"part `rows`: {error}", rows_part.line) from None


def _place(example: Example) -> Place:
    command = show_command(example.conversation_id, example.turn_index)
    return Place(example.conversation_id, example.turn_index, example.why, command)


def _mask(mask: _Mask) -> MaskView:
    command = f"tracehouse finetune --preview={shlex.quote(mask.conversation_id)}"
    return MaskView(mask.conversation_id, mask.why, command)


def _answer(section: Section, parts: Parts) -> _Answer:
    part = section.parts["answer"]
    answers = parts.rows(part, _Answer)
    if len(answers) != 1:
        raise parts.failed(part, f"is to give one row, not {len(answers)}")
    return answers[0]


def _figure(view: SectionView, section: Section, parts: Parts, result: Result) -> Figure | None:
    """The chart of the rows; None for a section that is only a table."""
    if section.kind is None:
        return None
    rows, remark = drawn(section.kind, parts.typed(section.parts["rows"], result, section.kind.row))
    from reports.charts.draw import draw

    drawing = draw(
        section.kind,
        rows,
        section.options,
        _marks(section, parts),
        key=view.anchor,
        title=section.title,
        description=view.lead,
    )
    return Figure(drawing.wide, drawing.narrow, remark)


def _marks(section: Section, parts: Parts) -> list[Mark]:
    """The reference lines of the chart."""
    part = section.parts.get("marks")
    if part is None or section.kind is None:
        return []
    marks = parts.rows(part, Mark)
    if len(marks) > section.kind.marks:
        most = section.kind.marks
        raise parts.failed(part, f"gives {len(marks)} rows; {section.kind.name} can have {most}")
    return marks


def _failure(error: SectionFailed) -> State:
    return State("This section failed", error.message, place=error.place, is_failed=True)


# --- headline ---------------------------------------------------------------------------------


def _headline_of(connection: DuckDBPyConnection, report: Report) -> Headline | None:
    """The key figures of a report; None for one without."""
    anchors = [file.anchor for file in report.sections]
    return _headline(connection, report.headline, anchors) if report.headline else None


def _headline(connection: DuckDBPyConnection, file: SqlFile, anchors: Sequence[str]) -> Headline:
    try:
        caption, statements = read_headline(file)
        with closing(Parts(connection, file)) as parts:
            if "base" in statements:
                parts.run(statements["base"])
            figures = parts.rows(statements["rows"], KeyFigure)
            for figure in figures:
                if figure.section and figure.section not in anchors:
                    there = ", ".join(anchors)
                    message = f"no section is named `{figure.section}`; there are {there}"
                    raise parts.failed(statements["rows"], message)
            bars = parts.rows(statements["spark"], SparkBar) if "spark" in statements else []
    except SectionFailed as error:
        return Headline((), "", "", _failure(error))
    return Headline(figures[:_FIGURES], _spark(bars), caption, None)


def _spark(bars: Sequence[SparkBar]) -> str:
    if not bars:
        return ""
    from reports.charts.draw import draw_spark

    return draw_spark(bars)
