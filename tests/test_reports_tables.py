"""The rows of a section as a table and as CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.tiny import Outline, Site, report, section


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def table(site: Site, rows: str, head: str = "") -> tuple[Outline, list[list[str]]]:
    """The page of a section that is a table, and its CSV read again."""
    report(site.folder, {"01_calls.sql": section(rows, chart="table", head=head)})
    assert not site.render().pages[1].failed
    page = Outline(site.page())
    address = next(value for value in page.values("href") if value.startswith("data:text/csv"))
    return page, list(csv.reader(io.StringIO(unquote(address.partition(",")[2]), newline="")))


def test_values_are_written_by_their_type_and_the_csv_holds_what_the_query_gave(site: Site) -> None:
    page, rows = table(
        site,
        "select 1234567 as n, -2 as m, 1234.56 as x, 0.1914 as a, 0.000001 as b, null as c,"
        " 'text' as t, date '2026-03-01' as d, true as e;",
        head="-- columns: n=N | m=M | x=X | a=A % | b=B % | c=C | t=T | d=D | e=E",
    )
    assert page.inside("td")[:9] == [
        "1,234,567", "−2", "1,234.6", "19.1%", "<0.01%", "–", "text", "1 Mar 2026", "yes",
    ]  # fmt: skip
    assert rows == [
        ["N", "M", "X", "A", "B", "C", "T", "D", "E"],
        ["1234567", "-2", "1234.56", "0.1914", "0.000001", "", "text", "2026-03-01", "true"],
    ]
    assert {"-2", "0.0001"} <= set(page.values("data-v"))  # what is written there is no number


def test_a_column_of_whole_numbers_has_no_decimals_whatever_its_type(site: Site) -> None:
    page, rows = table(
        site,
        "select * from (values (1234.0::double, 5.0::double, 7.00::decimal(9, 2)),"
        " (null, 5.5, -3.00)) as v (whole, mixed, exact);",
    )
    assert page.inside("td")[:6] == ["1,234", "5.0", "7", "–", "5.5", "−3"]
    assert rows[1:] == [["1234", "5", "7.00"], ["", "5.5", "-3.00"]]


@pytest.mark.case(110)
def test_no_cell_of_the_csv_is_a_formula(site: Site) -> None:
    _, rows = table(
        site,
        "select unnest(['=1+1', '+1', '-1', '@sum', chr(9) || '=1', chr(13) || '=1', 'a\"b,c', 'ok'])"
        " as t, -1 as n;",
    )
    assert [row[0] for row in rows[1:]] == [
        "'=1+1", "'+1", "'-1", "'@sum", "'\t=1", "'\r=1", 'a"b,c', "ok",
    ]  # fmt: skip
    assert rows[1][1] == "-1"  # a number stays one


@pytest.mark.case(58)
def test_a_long_table_is_cut_and_says_so(site: Site) -> None:
    page, rows = table(site, "select range as n from range(2500) order by n;")
    assert page.inside("td").count("1,999") == 1 and "2,000" not in page.inside("td")
    assert len(rows) == 2001
    assert "the first of 2,500; the SQL gives all" in page.inside("span")


def test_a_long_text_is_cut_in_the_page_and_whole_in_the_csv(site: Site) -> None:
    page, rows = table(site, "select repeat('x', 900) as t;")
    assert f"{'x' * 500}… (400 more characters)" in page.inside("td")
    assert rows[1] == ["x" * 900]


@pytest.mark.parametrize(
    ("order", "sorted_as"),
    [
        ("n desc, t", ["", "descending"]),
        ("n", ["", "ascending"]),
        ("t desc", ["descending", ""]),
        ("t = 'b', n desc", ["", "other"]),
        ("max(n) over (order by n)", ["", ""]),
    ],
)
def test_the_column_that_the_rows_are_ordered_by_is_marked(
    site: Site, order: str, sorted_as: list[str]
) -> None:
    rows = f"select * from (values ('a', 3), ('b', 9), ('c', 5)) as v (t, n) order by {order};"
    page, _ = table(site, rows)
    assert page.values("aria-sort") == [each for each in sorted_as if each]
    heads = re.findall(r'<th scope="col"([^>]*)>', site.page().split('aria-label="Input files"')[0])
    assert ["aria-sort" in head for head in heads] == [bool(each) for each in sorted_as]


def test_a_text_of_half_a_megabyte_is_cut_in_the_csv_too_and_says_so(site: Site) -> None:
    _, rows = table(site, "select repeat('x', 500000) as t;")
    assert rows[1] == ["x" * 5000 + "… (495,000 more characters)"]
    assert len(site.page()) < 100_000
