"""A warehouse with just what the pages read, and reports to render over it."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import duckdb

from reports.site import SiteSummary, render

ANSWER = "select 'There is an answer.' as lead, 'And more.' as rest;"
BARS = "select 'a' as label, 3 as value, '3' as text, 'a: 3' as tip;"
DOTS = (
    "select text as label, 0.2 as value, 0.1 as lo, 0.3 as hi, 9 as n, text, text as tip,"
    " false as few from texts;"
)


def warehouse(path: Path, text: str = "plain", conversations: int = 3) -> Path:
    """A warehouse in which every text that the pages show is `text`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table dim_files (file_id text, source text, dataset text, path text, "
            "sha256 text, bytes bigint, row_count bigint, conversation_count bigint, "
            "reject_count bigint, blank_count bigint)"
        )
        connection.execute(
            "create table dim_conversations (conversation_id text, duplicate_of_id text, "
            "started_at timestamp)"
        )
        connection.execute("create table texts (text text)")
        connection.execute("create schema meta")
        connection.execute(
            "create table meta.build as select $text as build_id, $text as tracehouse_version, "
            "$text as dbt_version, $text as duckdb_version, $text as schema_version",
            {"text": text},
        )
        connection.execute(
            "create table meta.tests as select 'odd' as name, 'input' as kind, 'warn' as status, "
            "3::bigint as failure_count, $text as description "
            "union all select 'ours', 'invariant', 'pass', 0, ''",
            {"text": text},
        )
        if conversations:
            connection.execute(
                "insert into dim_files values ('f', $t, $t, $t, $t, 2500000, $n + 3, $n, 2, 1)",
                {"t": text, "n": conversations},
            )
            connection.execute(
                "insert into dim_conversations select range, null, timestamp '2026-03-01' + "
                "to_days(range::int) from range($n)",
                {"n": conversations},
            )
            connection.execute("insert into texts values ($t)", {"t": text})
    return path


def section(
    rows: str = BARS, answer: str = ANSWER, chart: str = "bars", head: str = "", parts: str = ""
) -> str:
    """The text of a section's file; `head`: more lines of the head, `parts`: more parts."""
    return (
        f"-- title: A title\n-- question: A question?\n-- chart: {chart}\n{head}\n"
        f"-- part: rows\n{rows}\n\n-- part: answer\n{answer}\n\n{parts}"
    )


def report(
    folder: Path, files: Mapping[str, str | bytes], name: str = "one", toml: str = ""
) -> Path:
    """Writes a report into `folder`, which is returned."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "report.toml").write_text(
        toml or f'title = "Title of {name}"\nsummary = "What it says."\norder = 1\n',
        encoding="utf-8",
    )
    for file, text in files.items():
        (place / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


class Site:
    """A home with a warehouse and a folder of reports."""

    def __init__(self, root: Path, text: str = "plain", conversations: int = 3) -> None:
        self.warehouse = warehouse(root / "w.duckdb", text, conversations)
        self.home = root / "home"
        self.folder = root / "reports"

    def render(self) -> SiteSummary:
        return render(self.warehouse, self.home, self.folder)

    def page(self, name: str = "one") -> str:
        return (self.home / f"site/{name}.html").read_text(encoding="utf-8")


class Outline(HTMLParser):
    """A page's structure: its tags with the names of their attributes; and what stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = [""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"<{tag} {' '.join(name for name, _ in attrs)}>")
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in {"meta", "link", "br", "input", "path", "rect", "line"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"<{tag} {' '.join(name for name, _ in attrs)}/>")
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"</{tag}>")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1], data))

    def inside(self, tag: str) -> list[str]:
        """The texts directly in elements of this name."""
        return [text for within, text in self.texts if within == tag]

    def values(self, name: str) -> list[str]:
        """The values of all attributes of this name."""
        return [value for _, attribute, value in self.attributes if attribute == name]
