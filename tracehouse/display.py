"""What the command prints. Summaries go to stdout; progress and complaints to stderr."""

from __future__ import annotations

import logging
import os
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from ingest.changes import FileLine
from ingest.run import IngestSummary
from ingest.secrets import shown as without_secrets
from reports.text import visible
from tracehouse.paths import Home
from tracehouse.warehouse import BuildSummary

if TYPE_CHECKING:
    from reports.site import SiteSummary

_FILES_SHOWN = 40  # of more files, only the sums per source are
_MB = 1e6

# Names are printed to the letter: `:bomb:` is no picture.
out = Console(emoji=False, highlight=False, soft_wrap=True)
if not out.is_terminal:
    out.width = max(out.width, 160)  # nobody's window: a log or a pipe takes long lines
err = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)


def escape(text: str) -> str:
    """The text as rich prints it to the letter, without secrets and what drives a terminal."""
    return escape_markup(visible(without_secrets(text), keep=""))


def say(message: str) -> None:
    """A line of result."""
    out.print(escape(message))


def counted(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Notices(logging.Handler):
    """Shows what the libraries of ours have to say while they work, such as a long download."""

    def emit(self, record: logging.LogRecord) -> None:
        err.print(f"[dim]{escape(record.getMessage())}[/]")


def complain(message: str) -> None:
    """A line that says what is not as it should be."""
    err.print(f"[bold red]✗[/] {escape(message)}")


# --- progress ---------------------------------------------------------------------------------


class _Rate(ProgressColumn):
    """Conversations/s and MB/s so far."""

    def render(self, task: Task) -> Text:
        seconds = task.elapsed or 0
        if seconds < 0.2:
            return Text()
        conversations = task.fields["conversations"] / seconds
        return Text(
            f"{conversations:,.0f} conversations/s · {task.completed / seconds / _MB:,.0f} MB/s"
        )


class _Bar:
    """A progress bar on stderr that goes away when the work is done."""

    def __init__(self, name: str, *columns: ProgressColumn) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), *columns, console=err, transient=True
        )
        self._name = name
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(self._name, total=None, conversations=0, node="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def _update(self, done: int, total: int, conversations: int = 0, node: str = "") -> None:
        assert self._task is not None
        self._progress.update(
            self._task, completed=done, total=total, conversations=conversations, node=node
        )


class IngestProgress(_Bar):
    """Called with conversations, bytes and all bytes."""

    def __init__(self) -> None:
        super().__init__("ingest", _Rate(), TimeElapsedColumn())

    def __call__(self, conversations: int, done: int, total: int) -> None:
        self._update(done, total, conversations=conversations)


class BuildProgress(_Bar):
    """Called with the number of models and tests done, of all, and the name of the last."""

    def __init__(self) -> None:
        super().__init__("build", TextColumn("{task.fields[node]}"), TimeElapsedColumn())

    def __call__(self, done: int, total: int, node: str) -> None:
        self._update(done, total, node=node)


class ExportProgress(_Bar):
    """Called with the number of conversations done, and of all."""

    def __init__(self, name: str) -> None:
        super().__init__(name, TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())

    def __call__(self, done: int, total: int) -> None:
        self._update(done, total)


class VerifyProgress(_Bar):
    """Called with the bytes that were read, and all of them."""

    def __init__(self) -> None:
        super().__init__("verify", TimeElapsedColumn())

    def __call__(self, done: int, total: int) -> None:
        self._update(done, total)


@contextmanager
def waiting(name: str) -> Iterator[Callable[[str], None]]:
    """A spinner that says what is being worked on."""
    with err.status(name) as status:
        yield lambda what: status.update(f"{name} {escape(what)}")


# --- summaries --------------------------------------------------------------------------------


def show_ingest(summary: IngestSummary) -> None:
    """The balance of each file, or of each source where there are very many files."""
    read = [line for line in summary.files if line.status != "skipped"]
    skipped = [line for line in summary.files if line.status == "skipped"]
    many = len(read) > _FILES_SHOWN
    out.print(_balance_table(_per_source(read) if many else read))
    for line in read:
        if line.note:
            out.print(f"[dim]{line.status} {escape(line.path)}: {escape(line.note)}[/]")
    for line in skipped[:_FILES_SHOWN]:
        out.print(f"[dim]skipped {escape(line.path)}: {escape(line.note)}[/]")
    if len(skipped) > _FILES_SHOWN:
        out.print(f"[dim]… and {len(skipped) - _FILES_SHOWN:,} more files skipped[/]")
    if summary.balances:
        out.print("[green]✓[/] rows = conversations + rejected + blank, in every file")
    megabytes = summary.bytes / _MB
    size = f", {megabytes:,.1f} MB" if summary.bytes else ""
    speed = f", {megabytes / summary.seconds:,.0f} MB/s" if megabytes >= 1 else ""
    out.print(
        f"[bold]ingest[/] {counted(summary.conversations, 'conversation')} read{size} "
        f"in {summary.seconds:.1f} s{speed}"
    )


def _balance_table(lines: Sequence[FileLine]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_footer=len(lines) > 1)
    sums = [
        sum(getattr(line, name) for line in lines)
        for name in ("rows", "conversations", "rejects", "blanks", "bytes")
    ]
    table.add_column("input", "all", overflow="fold", min_width=24)  # gives way to the others
    table.add_column("", no_wrap=True)
    for name, total in zip(("rows", "conversations", "rejected", "blank"), sums, strict=False):
        table.add_column(name, f"{total:,}", justify="right", no_wrap=True)
    table.add_column("MB", f"{sums[-1] / _MB:,.1f}", justify="right", no_wrap=True)
    table.add_column("", _mark(all(line.balances for line in lines)), no_wrap=True)
    for line in lines:
        table.add_row(
            escape(_named(line)),
            line.status,
            f"{line.rows:,}",
            f"{line.conversations:,}",
            f"[red]{line.rejects:,}[/]" if line.rejects else "0",
            f"{line.blanks:,}",
            f"{line.bytes / _MB:,.1f}",
            _mark(line.balances),
        )
    return table


def _named(line: FileLine) -> str:
    """The file's path, led by its source where the path does not say it already."""
    says_it = line.path.startswith((f"{line.source}/", f"{line.source}."))
    return line.path if says_it else f"{line.source}: {line.path}"


def _mark(is_good: bool) -> str:
    return "[green]✓[/]" if is_good else "[bold red]✗[/]"


def _per_source(lines: Sequence[FileLine]) -> list[FileLine]:
    """One line for all files of a source with the same status."""
    groups: dict[tuple[str, str], list[FileLine]] = defaultdict(list)
    for line in lines:
        groups[line.source, line.status].append(line)
    return [
        FileLine(
            source,
            f"{len(group):,} files",
            status,
            *(
                sum(getattr(line, name) for line in group)
                for name in ("rows", "conversations", "rejects", "blanks", "bytes")
            ),
        )
        for (source, status), group in sorted(groups.items())
    ]


def show_build(summary: BuildSummary) -> None:
    """What was published, and which tests of the input found something."""
    for what, found in summary.warnings:
        out.print(f"[yellow]![/] {escape(what)}: {found:,}")
    out.print(
        f"[bold]build[/]  {summary.tables} models and {summary.tests} tests in "
        f"{summary.seconds:.1f} s → {escape(shown_path(summary.path))}"
    )


def show_site(site: SiteSummary, folder: Path) -> None:
    """The pages, the index first."""
    out.print(
        f"[bold]report[/] {len(site.pages)} pages → {escape(shown_path(folder / 'index.html'))}"
    )
    for page in site.pages:
        out.print(f"       {escape(page.path.name):<16} [dim]{escape(page.title)}[/]")
    if site.replay_count:
        examples = counted(site.replay_count, "conversation")
        out.print(f"       replay/          [dim]{examples} that they name[/]")


def show_next(home: Home) -> None:
    """How to go on, once everything is there."""
    where = (
        ""
        if home.root == Path("build").absolute()
        else f" --home {shlex.quote(shown_path(home.root))}"
    )
    out.print(f"[dim]ask in SQL:[/] tracehouse shell{escape(where)}")


def shown_path(path: Path) -> str:
    """The path as short as it still leads there from the working directory."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
