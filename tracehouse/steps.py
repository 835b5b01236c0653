"""The steps as a person sees them: progress while they work, a summary when they are done.

What a step needs is imported where it runs: `--help` is to answer at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.options import IngestOptions
from tracehouse.errors import StorageError, TracehouseError, UsageError
from tracehouse.locks import locked
from tracehouse.paths import Home, installed, project, reports

if TYPE_CHECKING:
    from finetune.options import ExportOptions
    from ingest.run import IngestSummary
    from reports.comparison import Choice
    from tracehouse.dbt import Progress
    from tracehouse.warehouse import BuildSummary


def run(home: Home, sources: Sequence[str], options: IngestOptions, max_rejects: float) -> int:
    """All steps over exactly these sources; returns the exit code."""
    from ingest.run import selection
    from tracehouse.display import complain, show_next
    from tracehouse.warehouse import build_locked, check_for_spark

    if options.spark:
        check_for_spark(home)
    # Held from the start: another run would replace the selection that this one builds from.
    with locked(home.root / "build.lock", "run"):
        summary = _ingest(home, sources, options)
        if not any(line.conversations for line in summary.files):
            # What is published is worth more than pages without a row.
            complain("no conversation was read: warehouse and pages stay as they are")
            return max(1, _verdict(summary, max_rejects))
        parquet = selection(home.root, summary.file_ids)
        _build(lambda progress: build_locked(home, parquet, progress=progress, spark=options.spark))
        failed = report(home)
    show_next(home)
    return max(failed, _verdict(summary, max_rejects))


def ingest(home: Home, sources: Sequence[str], options: IngestOptions, max_rejects: float) -> int:
    """Reads the sources; returns the exit code."""
    return _verdict(_ingest(home, sources, options), max_rejects)


def _ingest(home: Home, sources: Sequence[str], options: IngestOptions) -> IngestSummary:
    from ingest.run import ingest as read
    from tracehouse.display import IngestProgress, Notices, show_ingest

    log = logging.getLogger("ingest")
    log.setLevel(logging.INFO)
    log.addHandler(Notices())
    with IngestProgress() as progress:
        summary = read(sources, home.root, options, progress)
    show_ingest(summary)
    return summary


def _verdict(summary: IngestSummary, max_rejects: float) -> int:
    """0, or 1 where files are damaged or more than the allowed share of records was rejected."""
    from tracehouse.display import complain

    for message in summary.damaged:
        complain(message)
    rows = sum(line.rows - line.blanks for line in summary.files)
    rejected = sum(line.rejects for line in summary.files)
    if rejected <= max_rejects * rows:
        return 1 if summary.damaged else 0
    complain(
        f"{rejected:,} of {rows:,} records were rejected, more than --max-rejects {max_rejects:g} "
        "allows; `from raw.rejects` in `tracehouse shell` tells why"
    )
    return 1


def forget(home: Home, source: str) -> None:
    """Removes a source."""
    from ingest.run import forget as remove
    from tracehouse.display import counted, say

    gone = remove(source, home.root)
    what = f"{counted(gone.files, 'file')}, {counted(gone.conversations, 'conversation')}"
    say(f"forgot {source}: {what}; warehouse and pages hold it until the next build and report")


def build(home: Home, select: Sequence[str], spark: str | None = None) -> None:
    """Builds and publishes the warehouse; on the Spark master `spark`, or else by DuckDB."""
    from tracehouse.warehouse import build as make

    _build(lambda progress: make(home, select=select, progress=progress, spark=spark))


def _build(make: Callable[[Progress], BuildSummary]) -> None:
    from tracehouse.display import BuildProgress, say, show_build

    own = project()
    if own != installed():
        say(f"building the dbt project in {own}")
    with BuildProgress() as progress:
        summary = make(progress)
    show_build(summary)


def report(
    home: Home,
    choice: Choice | None = None,
    *,
    keeps_last_good: bool = False,
    is_zipped: bool = False,
) -> int:
    """Renders the pages, comparing as `choice` says; returns 1 where a section of one failed.

    With `keeps_last_good`, pages with such a section do not replace those that are there. With
    `is_zipped`, they are packed too.
    """
    from reports.pack import pack
    from reports.site import render
    from tracehouse.display import complain, say, show_site, waiting
    from tracehouse.warehouse import built_from

    _check_warehouse(home)
    with locked(home.root / "report.lock", "report"), waiting("report") as progress:
        site = render(
            home.warehouse,
            home.root,
            reports(project()),
            progress,
            built_from(home),
            choice=choice,
            keeps_last_good=keeps_last_good,
        )
        packed = pack(home.site, home.zip) if is_zipped else 0
    failed = [message for page in site.pages for message in page.failed]
    for message in failed:
        complain(message)
    if site.is_published:
        show_site(site, home.site)
    else:
        complain("the pages stay as they were")
    if packed:
        say(f"packed them as {home.zip} ({packed / 1e6:.1f} MB)")
    return 1 if failed else 0


def verify_page(home: Home, page: Path, choice: Choice) -> int:
    """Says which sections of a page are still the same; returns 1 where one is not."""
    from reports.verify import verify
    from tracehouse.display import complain, say

    _check_warehouse(home)
    verdicts = verify(page, home.warehouse, reports(project()), choice)
    for verdict in verdicts:
        if verdict.state == "same":
            say(f"same     {verdict.anchor}")
        else:
            complain(
                f"{verdict.state:8} {verdict.anchor}"
                + (f": {verdict.what}" if verdict.what else "")
            )
    same = sum(verdict.state == "same" for verdict in verdicts)
    say(f"{same} of {len(verdicts)} sections are the same")
    return 0 if same == len(verdicts) else 1


def watch(home: Home, choice: Choice) -> None:
    """Renders the pages, and again at each save, until it is interrupted."""
    from jinja2 import TemplateError, TemplateSyntaxError

    from reports.watch import saves
    from tracehouse.display import complain, say

    _check_warehouse(home)
    for _ in saves(home.warehouse, reports(project())):
        try:
            report(home, choice, keeps_last_good=True)
        except TemplateSyntaxError as error:
            complain(f"{error.filename}, line {error.lineno}: {error.message}")
        except TemplateError as error:
            complain(f"a template failed: {type(error).__name__}: {error}")
        except TracehouseError as error:
            complain(str(error))
        say("watching for saves; Ctrl-C ends it")


def _check_warehouse(home: Home) -> None:
    if not home.warehouse.exists():
        raise UsageError(f"there is no warehouse in {home.root} yet: run `tracehouse run SOURCE`")


def show(
    home: Home, wanted: str, turn_index: int | None, html: Path | None, *, is_full: bool
) -> None:
    """Shows one conversation in the terminal, or writes it as a page."""
    from tracehouse import show as replay
    from tracehouse.display import say

    conversation = replay.read(home, wanted, turn_index, is_full=is_full)
    if html is None:
        replay.show(conversation, turn_index, is_full=is_full)
        return
    replay.page(conversation, html, turn_index, is_full=is_full)
    say(f"wrote {html}" + ("" if turn_index is None else f"#turn-{turn_index}"))


def finetune(home: Home, folder: Path | None, given: dict[str, Any]) -> None:
    """Exports the selected conversations as training data."""
    from finetune.export import export
    from tracehouse.display import ExportProgress
    from tracehouse.exported import show_export

    options = _export_options(given)
    with ExportProgress("finetune") as progress:
        summary = export(home, folder or home.finetune, options, progress)
    show_export(summary)


def preview(
    home: Home, wanted: str, html: Path | None, given: dict[str, Any], *, is_full: bool
) -> None:
    """Shows what of one conversation is trained, in the terminal or as a page."""
    from tracehouse import preview as masks
    from tracehouse.display import say

    found = masks.read(home, wanted, _export_options(given), is_full=is_full)
    if html is None:
        masks.show(found)
        return
    masks.page(found, html)
    say(f"wrote {html}")


def _export_options(given: dict[str, Any]) -> ExportOptions:
    """The options of the command as those of an export.

    Raises: UsageError where they do not go together.
    """
    from finetune.export import check_splits
    from finetune.options import ExportOptions

    if (given["system"] == "replace") != (given["system_text"] is not None):
        raise UsageError("--system replace and --system-text go together")
    given["splits"] = check_splits(given["splits"])
    return ExportOptions(**{name: value for name, value in given.items() if value is not None})


def verify(home: Home) -> None:
    """Reads all Parquet and raw rejects again and compares them with what was written.

    Raises: StorageError, once each damaged file is named; UsageError where there is nothing.
    """
    from ingest.generations import being_read
    from ingest.integrity import verify as check
    from tracehouse.display import VerifyProgress, complain, counted, say
    from tracehouse.warehouse import built_from

    if not home.parquet.is_symlink():
        raise UsageError(f"nothing is ingested in {home.root} yet: there is nothing to verify")
    folders = sorted({home.parquet.resolve(), *filter(None, [built_from(home)])})
    with ExitStack() as held, VerifyProgress() as progress:
        for folder in folders:  # an ingest beside this one drops none of them
            if (folder / "manifest.json").is_file():
                held.enter_context(being_read(folder))
        found = check(folders, home.rejects, progress)
    for path, why in found.damaged:
        complain(f"{path}: {why}")
    if found.damaged:
        raise StorageError(
            f"{len(found.damaged)} of {counted(found.files, 'file')} damaged: ingest the sources "
            "again with --fresh"
        )
    say(f"{counted(found.files, 'file')}, {found.bytes / 1e6:,.1f} MB: all as they were written")


def init(folder: Path) -> None:
    """Copies the project out."""
    from tracehouse.copy import copy_project
    from tracehouse.display import say

    written = copy_project(folder)
    say(f"wrote {', '.join(path.relative_to(folder).as_posix() for path in written)}")
    say(f"in {folder}, `tracehouse run SOURCE` now builds and reports with them")
