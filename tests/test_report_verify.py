"""`tracehouse report --verify PAGE`: which sections of a page are still what the reports give."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from reports.site import render
from reports.verify import Verdict, verify
from tests.command import tracehouse
from tests.tiny import DOTS, report, section, warehouse
from tracehouse.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sections, over a warehouse whose pages are rendered."""
    report(
        tmp_path / "reports",
        {"01_calls.sql": section(), "02_texts.sql": section(rows=DOTS, chart="dots")},
    )
    (tmp_path / "home").mkdir()
    render(warehouse(tmp_path / "w.duckdb"), tmp_path / "home", tmp_path / "reports")
    return tmp_path


def verdicts(folder: Path, page: Path | None = None) -> list[Verdict]:
    return verify(page or folder / "home/site/one.html", folder / "w.duckdb", folder / "reports")


def changed(folder: Path, old: str, new: str) -> Path:
    """The page with one text for another."""
    text = (folder / "home/site/one.html").read_text()
    assert old in text
    (folder / "changed.html").write_text(text.replace(old, new))
    return folder / "changed.html"


def test_a_page_of_the_same_warehouse_is_the_same(folder: Path) -> None:
    assert verdicts(folder) == [Verdict("calls", "same"), Verdict("texts", "same")]


def test_other_data_change_what_the_sql_gives(folder: Path) -> None:
    with duckdb.connect(str(folder / "w.duckdb")) as connection:
        connection.execute("update texts set text = 'other'")
    assert verdicts(folder) == [
        Verdict("calls", "same"),
        Verdict("texts", "changed", "what the SQL gives"),
    ]


def test_other_sql_and_other_sections_are_named(folder: Path) -> None:
    (folder / "reports/one/01_calls.sql").write_text(section(head="-- unit: Other."))
    (folder / "reports/one/02_texts.sql").rename(folder / "reports/one/02_words.sql")
    assert verdicts(folder) == [
        Verdict("calls", "changed", "the SQL"),
        Verdict("words", "missing"),
        Verdict("texts", "gone"),
    ]


def test_a_figure_that_was_written_over_is_found(folder: Path) -> None:
    page = changed(folder, "There is an answer.", "There is another.")
    assert {(one.state, one.what) for one in verdicts(folder, page)} == {
        ("changed", "the text, though not the SQL nor what it gives")
    }


def test_sql_of_the_page_is_never_run(folder: Path) -> None:
    page = changed(folder, "select", "drop table texts; select")
    assert [one.state for one in verdicts(folder, page)] == ["changed", "changed"]
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from texts").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no page of a report"),
        ("no page", "no page of a report"),
        ("\x00\xff<section", "no page of a report"),
        (
            "<main data-report='../../etc'><section id='x' data-results='y'>",
            "no report of its name",
        ),
    ],
)
def test_what_is_no_page_of_ours_is_refused(folder: Path, text: str, reason: str) -> None:
    (folder / "odd.html").write_text(text)
    with pytest.raises(UsageError, match=reason):
        verdicts(folder, folder / "odd.html")


def test_sections_that_never_end_are_read_as_one(folder: Path) -> None:
    (folder / "odd.html").write_text("<main data-report='one'><section data-results>" * 2000)
    assert verdicts(folder, folder / "odd.html") == [
        Verdict("calls", "missing"),
        Verdict("texts", "missing"),
        Verdict("", "gone"),
    ]


def test_the_command_says_it_section_by_section(folder: Path) -> None:
    home = folder / "home"
    (folder / "w.duckdb").rename(home / "warehouse.duckdb")
    (folder / "dbt_project.yml").write_text("profile: tracehouse\n", encoding="utf-8")
    done = tracehouse("report", "--verify", home / "site/one.html", home=home, cwd=folder)
    assert (done.returncode, done.stdout.split("\n")[-2]) == (0, "2 of 2 sections are the same")
    page = changed(folder, "There is an answer.", "There is another.")
    done = tracehouse("report", "--verify", page, home=home, cwd=folder)
    assert done.returncode == 1
    assert "changed  calls: the text" in done.stderr
    done = tracehouse("report", "--verify", folder / "none.html", home=home, cwd=folder)
    assert done.returncode == 4
    assert "none.html cannot be read: No such file or directory" in done.stderr
