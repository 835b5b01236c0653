"""Renders the reports of a warehouse as a folder of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reports.comparison import Choice, settled
from reports.definitions import read_reports
from reports.furniture import read_furniture
from reports.markup import index_html, report_html
from reports.masks import with_masks
from reports.model import Page
from reports.page import make_pages
from reports.publish import publish
from reports.query import opened
from reports.replay.site import with_replays
from reports.workers import started, worker_count

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PageSummary:
    """One page, as it was written. `failed`: a message for each of its sections that failed."""

    name: str
    title: str
    path: Path
    bytes: int
    sections: int
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """The pages, the index first; beside them stand `replay_count` pages of conversations."""

    pages: list[PageSummary]
    replay_count: int = 0
    is_published: bool = True


def render(
    warehouse: Path,
    home: Path,
    folder: Path | None = None,
    progress: Callable[[str], None] | None = None,
    parquet: Path | None = None,
    *,
    choice: Choice | None = None,
    keeps_last_good: bool = False,
    processes: int | None = None,
) -> SiteSummary:
    """Renders every report of `folder` (default: those of the package) and an index.

    `parquet` is what the warehouse was built from: with it, the conversations that sections name
    have a page of their own. `choice` says what the report `compare` compares.

    With `keeps_last_good`, pages of which a section failed do not replace those that are there.

    The pages stand in `<home>/site`. The same warehouse and choice give the same bytes, whatever the
    number of `processes` (None: one per core where there is much to do).
    Raises: UsageError (a report.toml is wrong, a name to compare is not there), StorageError (the
    warehouse cannot be read, the pages cannot be written). What fails in a section is on its page
    and in the summary.
    """
    warehouse = warehouse.resolve()  # a build may publish another meanwhile
    tell = progress or (lambda _: None)
    reports = read_reports(folder or _PACKAGE)
    with opened(warehouse) as connection:
        furniture = read_furniture(connection)
        chosen = settled(connection, choice or Choice())
    if processes is None:
        processes = worker_count(furniture.conversations)
    with started(processes) as workers:
        pages = make_pages(warehouse, chosen, reports, workers, tell)
        pages = with_masks(pages, parquet, warehouse)
        pages, replays = with_replays(pages, parquet, warehouse, workers, tell)
    tell("writing")
    texts = {"index.html": index_html(pages, furniture)}
    texts |= {page.file: report_html(page, pages, furniture) for page in pages}
    has_failed = any(page.failures for page in pages)
    is_published = not (keeps_last_good and has_failed and (home / "site").exists())
    if is_published:
        publish(home, texts | replays)
    sizes = {name: len(text) for name, text in texts.items()}
    site = home / "site"
    index = PageSummary("index", furniture.datasets, site / "index.html", sizes["index.html"], 0)
    return SiteSummary(
        [index, *(_summary(page, site / page.file, sizes[page.file]) for page in pages)],
        len(replays),
        is_published,
    )


def _summary(page: Page, path: Path, size: int) -> PageSummary:
    return PageSummary(page.name, page.title, path, size, len(page.sections), page.failures)
