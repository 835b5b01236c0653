"""`tracehouse report --zip`: the site as one file to be sent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from zipfile import ZipFile

from reports.pack import pack
from tests.command import tracehouse
from tests.tiny import report, section, warehouse


def test_the_same_pages_give_the_same_zip(demo_home: Path, tmp_path: Path) -> None:
    """Whenever they were written, and in whatever order."""
    copy = tmp_path / "copy"
    copy.mkdir()
    pages = [path for path in (demo_home / "site").resolve().rglob("*") if path.is_file()]
    for path in sorted(pages, reverse=True):
        target = copy / path.relative_to((demo_home / "site").resolve())
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
        os.utime(target, (1, 1))
        target.chmod(0o600)
    pack(demo_home / "site", tmp_path / "a.zip")
    pack(copy, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with ZipFile(tmp_path / "a.zip") as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    assert held == {
        f"site/{path.relative_to(copy)}": path.read_bytes() for path in copy.rglob("*.html")
    }
    assert any(name.startswith("site/replay/") for name in held)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip", "copy"]


def test_the_command_packs_what_it_rendered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    warehouse(home / "warehouse.duckdb")
    (tmp_path / "dbt_project.yml").write_text("profile: tracehouse\n", encoding="utf-8")
    report(tmp_path / "reports", {"01_calls.sql": section()})
    done = tracehouse("report", "--zip", home=home, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "site.zip" in done.stdout
    with ZipFile(home / "site.zip") as packed:
        assert packed.namelist() == ["site/index.html", "site/one.html"]
        assert packed.read("site/one.html") == (home / "site/one.html").read_bytes()
    assert tracehouse("report", "--zip", "--watch", home=home).returncode == 2
