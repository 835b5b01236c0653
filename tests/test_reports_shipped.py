"""The reports that come along, over the sample and over a warehouse without a row."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from reports.site import render
from tests.conftest import ROOT
from tests.tiny import Outline


def test_every_section_shows_the_sample(demo_home: Path) -> None:
    reports = {path.parent.name for path in (ROOT / "reports").glob("*/report.toml")}
    pages = {path.stem: path for path in (demo_home / "site").glob("*.html")}
    assert pages.keys() == reports | {"index"}
    sections = 0
    for path in pages.values():
        assert 20_000 < path.stat().st_size < 400_000
        html = path.read_text(encoding="utf-8")
        assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
        classes = Outline(html).values("class")
        assert "state failed" not in classes
        sections += html.count("<section ")
    assert sections > 60


def test_a_warehouse_without_a_row_is_shown_too(demo_home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    shutil.copyfile(demo_home / "warehouse.duckdb", empty)
    with duckdb.connect(str(empty)) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name not in ('meta', 'seeds')"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'delete from "{schema}"."{table}"')
    summary = render(empty, tmp_path)
    assert [message for page in summary.pages for message in page.failed] == []
    for page in summary.pages[1:]:
        outline = Outline(page.path.read_text(encoding="utf-8"))
        answers = [text for text in outline.inside("b") if text.strip()]
        assert len(answers) >= page.sections  # each says that there is nothing
