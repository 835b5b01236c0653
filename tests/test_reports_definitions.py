"""What a report's files say about themselves, and the errors of those who write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.definitions import Column, SectionFailed, SqlFile, read_reports
from reports.heads import read_headline, read_section
from tests.tiny import report, section
from tracehouse.errors import UsageError


def file(text: str, name: str = "01_calls.sql") -> SqlFile:
    return SqlFile(f"reports/one/{name}", text.encode())


def test_a_head_says_what_the_section_shows() -> None:
    made = read_section(
        file(
            section(
                chart="dots",
                head="-- unit: Share of calls,\n--   worst first.\n-- note: One.\n-- note: Two,\n"
                "--   on two lines.\n-- cap: 0.3\n-- pct: false\n-- empty: Ingest more.\n"
                "-- columns: label=Tool | value=Error rate %\n--   | n=Calls\n-- noqa: disable=all",
                parts="-- part: marks\nselect 1 as at, 'x' as label;\n",
            )
        )
    )
    assert made.unit == "Share of calls, worst first."
    assert made.notes == ("One.", "Two, on two lines.")
    assert made.options == {"cap": 0.3, "pct": False}
    assert made.columns == (
        Column("label", "Tool", False),
        Column("value", "Error rate", True),
        Column("n", "Calls", False),
    )
    assert made.parts["rows"].sql.startswith("select 'a' as label")


def test_a_part_knows_its_line() -> None:
    text = section()
    made = read_section(file(text))
    for part in made.parts.values():
        assert text.splitlines()[part.line - 1] == part.sql.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (section(head="-- nte: x"), 4, "unknown head key `nte`"),
        (section(head="-- Note: x"), 4, "unknown head key `Note`"),
        (section(head="-- cap: 1"), 4, "unknown head key `cap`"),  # not of bars
        (section(chart="pie"), 3, "no chart is named `pie`; there are bars, distributions"),
        (section(head="-- unit: a\n-- unit: b"), 5, "a second line `-- unit:`"),
        (section(chart="dots", head="-- cap: much"), 4, "`cap` is to be a number, not `much`"),
        (section(chart="dots", head="-- pct: 1"), 4, "`pct` is to be true or false"),
        (section(head="-- columns: a=A | b"), 4, "`b` is not like that"),
        (section(head="select 1;"), 4, "SQL before the first line `-- part: NAME`"),
        (section(parts="-- part: mark\nselect 1;"), 11, "unknown part `mark`"),
        (section(parts="-- part: marks\nselect 1;"), 11, "unknown part `marks`"),  # not of bars
        (section(parts="-- part: rows\nselect 1;"), 11, "a second part `rows`"),
        ("-- title: T\n-- question: Q\n-- chart: bars\n", None, "has no part `rows`"),
        ("-- question: Q\n-- chart: bars\n", 1, "the head has no line `-- title: …`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int | None, message: str) -> None:
    with pytest.raises(SectionFailed) as failed:
        read_section(file(text))
    where = f"reports/one/01_calls.sql, line {line}: " if line else "reports/one/01_calls.sql: "
    assert str(failed.value).startswith(where)
    assert message in str(failed.value)


def test_bytes_that_are_not_utf8_are_an_error() -> None:
    with pytest.raises(SectionFailed, match="is not UTF-8"):
        read_section(SqlFile("reports/one/01_a.sql", b"-- title: \xff\n"))


def test_a_headline_may_name_its_small_chart() -> None:
    caption, parts = read_headline(
        file("-- Key figures.\n-- spark: calls per tool\n\n-- part: rows\nselect 1;\n")
    )
    assert caption == "calls per tool" and list(parts) == ["rows"]
    with pytest.raises(SectionFailed, match="unknown head key `title`; here it can be spark"):
        read_headline(file("-- title: x\n-- part: rows\nselect 1;\n"))


def test_reports_stand_in_the_order_that_they_ask_for(tmp_path: Path) -> None:
    for name, order in (("b", 2), ("a", 2), ("c", 1)):
        toml = f'title = "T"\nsummary = "S"\norder = {order}\n'
        report(tmp_path, {"02_x.sql": "", "01_row_balance.sql": ""}, name, toml)
    found = read_reports(tmp_path)
    assert [each.name for each in found] == ["c", "a", "b"]
    assert [each.anchor for each in found[0].sections] == ["row-balance", "x"]
    assert found[0].headline is None


@pytest.mark.parametrize(
    ("files", "name", "toml", "message"),
    [
        ({}, "one", "title = ", "cannot be read as TOML"),
        ({}, "one", 'title = "T"\nsummary = "S"\norder = 1\nauthor = "x"\n', "unknown author"),
        ({}, "one", 'title = "T"\nsummary = "S"\n', "order is to be a whole number"),
        ({}, "one", 'title = 3\nsummary = "S"\norder = 1\n', "title is to be a text"),
        ({"calls.sql": ""}, "one", "", "should be headline.sql or NN_section.sql"),
        ({"01_a.sql": "", "02_a.sql": ""}, "one", "", "two sections are named a"),
        ({}, "index", "", "a report's name is"),
        ({}, "Two Words", "", "a report's name is"),
    ],
)
def test_a_folder_that_is_no_report_is_an_error(
    tmp_path: Path, files: dict[str, str], name: str, toml: str, message: str
) -> None:
    report(tmp_path, files, name, toml)
    with pytest.raises(UsageError, match=message):
        read_reports(tmp_path)


def test_a_folder_without_reports_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report in"):
        read_reports(tmp_path)
