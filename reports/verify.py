"""Whether a page still says what the reports say now: their own SQL is run again, and each section of
the page is held against what that gives. Nothing of the page is ever run; it may be anyone's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from reports.comparison import Choice, settled
from reports.definitions import read_reports
from reports.furniture import read_furniture
from reports.markup import report_html
from reports.page import make_pages
from reports.query import opened
from reports.workers import started
from tracehouse.errors import StorageError, UsageError

_PACKAGE = Path(__file__).parent
_MOST_BYTES = 100_000_000
# These have no end tag, or none on our pages, so that they open nothing.
_VOID = {"br", "hr", "img", "input", "link", "meta", "wbr", "tr", "td", "th"}


@dataclass(slots=True)
class Seen:
    """A section as a page has it: the hashes that it states, and every text between its tags."""

    sql_sha256: str
    results_sha256: str
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a section; `state`: same, changed, missing (on the page) or gone (now)."""

    anchor: str
    state: str
    what: str = ""


def verify(
    path: Path, warehouse: Path, folder: Path | None = None, choice: Choice | None = None
) -> list[Verdict]:
    """Holds the page at `path` against the reports of `folder` over the warehouse, section by section.

    Raises: UsageError (it is no page of a report that is there), StorageError (it or the warehouse
    cannot be read).
    """
    name, found = _read(path)
    reports = {report.name: report for report in read_reports(folder or _PACKAGE)}
    if name not in reports:
        there = ", ".join(sorted(reports))
        raise UsageError(f"{path}: there is no report of its name; there are {there}")
    warehouse = warehouse.resolve()  # a build may publish another meanwhile
    with opened(warehouse) as connection:
        chosen = settled(connection, choice or Choice())
        furniture = read_furniture(connection)
    with started(1) as workers:
        (page,) = make_pages(warehouse, chosen, [reports[name]], workers)
    now = _parsed(report_html(page, [page], furniture).decode())[1]
    verdicts = [_verdict(anchor, found.get(anchor), own) for anchor, own in now.items()]
    return verdicts + [Verdict(anchor, "gone") for anchor in found if anchor not in now]


def _verdict(anchor: str, page: Seen | None, now: Seen) -> Verdict:
    if page is None:
        return Verdict(anchor, "missing")
    if page.sql_sha256 != now.sql_sha256:
        return Verdict(anchor, "changed", "the SQL")
    if page.results_sha256 != now.results_sha256:
        return Verdict(anchor, "changed", "what the SQL gives")
    if page.texts != now.texts:
        return Verdict(anchor, "changed", "the text, though not the SQL nor what it gives")
    return Verdict(anchor, "same")


def _read(path: Path) -> tuple[str, dict[str, Seen]]:
    """The name of the page's report, and its sections."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > _MOST_BYTES:
        raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes: no page of ours has")
    name, sections = _parsed(raw.decode("utf-8", "replace"))
    if not sections:
        raise UsageError(f"{path} is no page of a report: it has no section that states its hashes")
    return name, sections


def _parsed(text: str) -> tuple[str, dict[str, Seen]]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.report, reader.sections


class _Reader(HTMLParser):
    """Collects sections. The line above examples is left out: it says which replays lie beside; and
    masks, which quote the Parquet: whose they are is part of what the SQL gives.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.report = ""
        self.sections: dict[str, Seen] = {}
        self._section: Seen | None = None
        self._depth = 0
        self._left_out = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "main":
            self.report = have.get("data-report", "")
        elif tag == "section" and "data-results" in have and self._section is None:
            self._section = Seen(have.get("data-sql", ""), have["data-results"])
            self.sections.setdefault(have.get("id", ""), self._section)
            self._depth = 0
        if self._section is None or tag in _VOID:
            return
        self._depth += 1
        if not self._left_out and have.get("class") in ("how", "masks"):
            self._left_out = self._depth

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path …/>` opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        if self._section is None or tag in _VOID:
            return
        if self._left_out == self._depth:
            self._left_out = 0
        self._depth -= 1
        if self._depth <= 0:
            self._section = None

    def handle_data(self, data: str) -> None:
        if self._section is not None and not self._left_out and (text := data.strip()):
            self._section.texts.append(text)
