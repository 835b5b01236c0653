"""The pages as files: what stands on them, that nothing hostile gets through, how they appear."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import ANSWER, DOTS, Outline, Site, report, section
from tracehouse.errors import StorageError, UsageError

HEADLINE = """-- spark: calls per tool
-- part: rows
select 'Figures' as label, '19.1%' as text, '95% interval 18–20%' as interval,
    'n = 9 calls' as n_text, 'calls' as section;
-- part: spark
select range::double as value, range = 2 as strong from range(4);
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    report(made.folder, {"01_calls.sql": section(), "headline.sql": HEADLINE})
    return made


def test_a_page_shows_question_answer_figure_rows_and_sql(site: Site) -> None:
    summary = site.render()
    assert [(p.name, p.sections, p.failed) for p in summary.pages] == [
        ("index", 0, []),
        ("one", 1, []),
    ]
    assert all(p.path.stat().st_size == p.bytes for p in summary.pages)
    page = Outline(site.page())
    assert page.inside("h1") == ["Title of one"]
    assert "A question?" in page.inside("h2")
    assert "There is an answer." in page.inside("b")
    assert page.values("class").count("wide") == page.values("class").count("narrow") == 1
    assert "tracehouse shell < reports/one/01_calls.sql" in page.inside("code")
    shown = "".join(text for tag, text in page.texts if tag in {"code", "b", "i"})
    assert section() in shown
    assert hashlib.sha256(section().encode()).hexdigest()[:12] in site.page()


def test_the_index_leads_to_each_report_with_its_figures_and_its_first_answer(site: Site) -> None:
    report(site.folder, {"01_a.sql": section()}, "two")
    site.render()
    page = Outline(site.page("index"))
    assert "There is an answer." in page.inside("p")
    assert "19.1%" in page.inside("dd")
    assert "calls per tool" in page.inside("figcaption")
    assert {"one.html", "two.html"} <= set(page.values("href"))


def test_examples_are_text_and_say_how_to_read_one(site: Site) -> None:
    parts = (
        "-- part: examples\nselect 's/' || range as conversation_id, 3 as turn_index,"
        " 'why ' || range as why from range(12) order by range;"
    )
    report(site.folder, {"01_calls.sql": section(parts=parts)})
    site.render()
    page = Outline(site.page())
    assert [text for text in page.inside("code") if text.startswith("s/")] == [
        f"s/{i}" for i in range(10)
    ]
    assert "7 more" in page.inside("summary")
    assert any("counted from 0" in text for text in page.inside("p"))
    assert "tracehouse show s/0 --turn 3" in page.inside("code")
    assert any("No links" in text for text in page.inside("p"))
    assert not any("s/" in value for _, name, value in page.attributes if name == "href")


def test_every_link_leads_somewhere(site: Site) -> None:
    report(site.folder, {"01_a.sql": section(), "02_b_c.sql": section()}, "two")
    site.render()
    pages = {path.name: Outline(path.read_text("utf-8")) for path in site.home.glob("site/*.html")}
    for name, page in pages.items():
        for href in page.values("href"):
            file, _, anchor = href.partition("#")
            if not href.startswith("data:"):
                target = pages[file or name]
                assert not anchor or anchor in target.values("id"), href


def test_the_foot_says_whether_every_row_is_accounted_for(site: Site) -> None:
    site.render()
    text = "".join(text for _, text in Outline(site.page()).texts)
    assert re.search(r"rows in\s*6\s*conversations\s*3\s*rejected\s*2\s*blank\s*1", text)
    assert "✓ balances" in text
    assert "1 of 2 tests passed, the others found:" in text and "plain: 3" in text
    assert "data of 1 Mar 2026 – 3 Mar 2026" in text
    import duckdb

    with duckdb.connect(str(site.warehouse)) as connection:
        connection.execute("update dim_files set row_count = 7")
        connection.execute("update dim_conversations set started_at = null")
    site.render()
    text = "".join(text for _, text in Outline(site.page()).texts)
    assert "✕ does not balance" in text and "data of" not in text


def test_of_very_many_inputs_the_largest_are_listed(site: Site) -> None:
    import duckdb

    with duckdb.connect(str(site.warehouse)) as connection:
        connection.execute(
            "insert into dim_files select range, 's', 's', 'file ' || range, 'abc', 1000000, 2, 2,"
            " 0, 0 from range(30)"
        )
    site.render()
    text = "".join(text for _, text in Outline(site.page()).texts)
    assert "and 11 more files with 22 rows, 11.0 MB" in text


# --- the same bytes, whole, alone -------------------------------------------------------------


def test_the_same_warehouse_gives_the_same_bytes(site: Site, tmp_path: Path) -> None:
    rows = "select text as label, random() * 0 + 1 as value, text, text as tip from texts;"
    report(site.folder, {"02_dots.sql": section(DOTS, chart="dots"), "03_more.sql": section(rows)})
    site.render()
    again = tmp_path / "elsewhere"
    program = (
        "import sys; from pathlib import Path; from reports.site import render; "
        "render(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))"
    )
    copy = shutil.copy(site.warehouse, tmp_path / "other name.duckdb")
    subprocess.run(
        [sys.executable, "-c", program, copy, again, site.folder],
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        check=True,
    )
    first = {path.name: path.read_bytes() for path in site.home.glob("site/*")}
    assert len(first) == 2
    assert first == {path.name: path.read_bytes() for path in again.glob("site/*")}


@pytest.mark.case(91, 94, 102)
def test_a_page_is_one_file_and_its_policy_allows_exactly_what_it_holds(site: Site) -> None:
    site.render()
    for name in ("index", "one"):
        page = Outline(site.page(name))
        policy = next(value for value in page.values("content") if "default-src" in value)
        allowed = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert allowed["default-src"] == "'none'" and allowed["img-src"] == "data:"
        for element, rule in (("style", "style-src"), ("script", "script-src")):
            (text,) = page.inside(element)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert allowed[rule] == f"'sha256-{digest}'"
        names = {name for _, name, _ in page.attributes}
        assert not {each for each in names if each.startswith("on")} | ({"style"} & names)
        assert "src" not in names
        addresses = [value for value in page.values("href") if ":" in value]
        assert all(value.startswith(("data:image/svg+xml", "data:text/csv")) for value in addresses)


def test_a_new_site_replaces_the_old_and_two_are_kept(site: Site) -> None:
    for _ in range(3):
        site.render()
    assert (site.home / "site").is_symlink()
    assert sorted(p.name for p in (site.home / "sites").iterdir()) == ["s000002", "s000003"]
    assert (site.home / "site").resolve().name == "s000003"


def test_a_rendering_that_fails_leaves_the_last_good_one(site: Site) -> None:
    site.render()
    before = site.page()
    report(site.folder, {}, toml="no toml")
    with pytest.raises(UsageError):
        site.render()
    assert site.page() == before
    assert [p.name for p in (site.home / "sites").iterdir()] == ["s000001"]


def test_a_folder_of_someone_elses_is_not_touched(site: Site) -> None:
    (site.home / "site").mkdir(parents=True)
    with pytest.raises(StorageError, match="move it away"):
        site.render()


def test_a_warehouse_without_its_making_is_an_error(site: Site) -> None:
    import duckdb

    with duckdb.connect(str(site.warehouse)) as connection:
        connection.execute("drop table meta.build")
    with pytest.raises(UsageError, match="Build it again"):
        site.render()


# --- nothing to show, and failures ------------------------------------------------------------


def test_without_rows_the_section_says_so_and_what_would_fill_it(tmp_path: Path) -> None:
    site = Site(tmp_path, conversations=0)
    empty = section(DOTS, chart="dots", head="-- empty: Ingest a source.")
    report(site.folder, {"01_a.sql": empty, "02_b.sql": section(DOTS, chart="table")})
    assert not any(page.failed for page in site.render().pages)
    page = Outline(site.page())
    assert page.values("class").count("state") == 2
    assert {"Ingest a source.", "The query gives no rows."} <= set(page.inside("span"))
    assert "figure" not in " ".join(page.tags)
    assert "No data yet" in Outline(site.page("index")).inside("h1")


FAILURES = {
    "copy": (section("copy (select 1) to 'out.csv';"), "line 6", "can only read"),
    "read": (section("from read_text('/etc/passwd');"), "line 6", "disabled by configuration"),
    "attach": (section("attach 'x.duckdb';"), "line 6", "can only read"),
    "set": (section("set threads = 4;"), "line 6", "locked"),
    "column": (section("select nosuch;"), "line 6, column 8", "nosuch"),
    "missing": (section("select 1 as value;"), "line 6", "column `label` is missing"),
    "table": (section(head="-- columns: x=X"), "line 6", "column `x` of the table is missing"),
    "answer": (section(answer="select 1 as lead;"), "line 9", "column `rest` is missing"),
    "answers": (section(answer=f"{ANSWER[:-1]} from range(2);"), "line 9", "one row, not 2"),
    "marks": (
        section(DOTS, chart="dots", parts="-- part: marks\nselect 1 as at, 'x' as label from range(2);"),
        "line 12",
        "gives 2 rows; dots can have 1",
    ),
    "series": (
        section("select 'a' as row, range::text as series, 0.1 as share, 't' as tip from range(6);", chart="stacked"),
        "line 6",
        "6 series",
    ),
    "head": (section(head="-- colour: red"), "line 4", "unknown head key `colour`"),
    "bytes": (b"-- title: \xff\xfe\n", "", "is not UTF-8"),
}  # fmt: skip


@pytest.mark.case(90)
@pytest.mark.parametrize("name", FAILURES)
def test_a_section_that_fails_says_why_and_the_others_stand(site: Site, name: str) -> None:
    text, line, message = FAILURES[name]
    report(site.folder, {"02_bad.sql": text, "03_good.sql": section()})
    (failed,) = site.render().pages[1].failed
    assert failed.startswith(f"reports/one/02_bad.sql{', ' if line else ''}{line}")
    assert message in failed
    page = Outline(site.page())
    assert page.values("class").count("state failed") == 1
    assert page.values("class").count("wide") == 2  # the two that stand
    shown = "".join(page.inside("span"))
    assert message in shown


def test_a_headline_that_fails_says_why(site: Site) -> None:
    report(site.folder, {"headline.sql": HEADLINE.replace("'calls' as section", "'x' as section")})
    (failed,) = site.render().pages[1].failed
    assert "headline.sql, line 3" in failed and "no section is named `x`; there are calls" in failed
    assert "state failed" in Outline(site.page("index")).values("class")


# --- in a browser -----------------------------------------------------------------------------


@pytest.mark.case(104)
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_the_script_sorts_and_filters_as_the_address_says(site: Site, tmp_path: Path) -> None:
    rows = (
        "select * from (values ('read_file', 0.5), ('patch', 0.00001), ('write_file', 0.1),"
        " ('todo_file', null)) as v (tool, share) order by tool;"
    )
    head = "-- columns: tool=Tool | share=Share %"
    report(site.folder, {"01_calls.sql": section(rows, chart="table", head=head)})
    site.render()
    address = f"file://{site.home / 'site/one.html'}#calls~q=_file&by=1d"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    done = subprocess.run(
        ["chromium", *options, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Content Security Policy" not in done.stderr
    body = done.stdout.split("<tbody>")[1].split("</tbody>")[0]
    found = re.findall(r"<tr( hidden=\"\")?><td>(\w+)<", body)
    assert [name for hidden, name in found if not hidden] == [
        "read_file",
        "write_file",
        "todo_file",
    ]
    assert [name for _, name in found] == ["read_file", "write_file", "patch", "todo_file"]
    assert "3 of 4 rows" in done.stdout
