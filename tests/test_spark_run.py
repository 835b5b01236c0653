"""The whole way on Spark: the pages of a run are those of a run here, but for the footer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import tracehouse
from tests.conftest import ROOT

pytestmark = pytest.mark.spark
SPARK = ("--engine", "spark", "--master", "local[2]")
FOOTER = re.compile(r"<dt>(versions|warehouse)</dt>|<footer[^>]*>.*warehouse build")


def test_a_run_on_spark_ends_with_the_same_pages(tmp_path: Path, demo_home: Path) -> None:
    done = tracehouse("run", ROOT / "data/sample", *SPARK, home=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    here, there = (sorted((home / "site").rglob("*.*")) for home in (demo_home, tmp_path))
    assert [path.name for path in here] == [path.name for path in there]
    assert len(here) >= 4
    for one, other in zip(here, there, strict=True):
        lines = [path.read_text(encoding="utf-8").splitlines() for path in (one, other)]
        differing = [line for line, twin in zip(*lines, strict=True) if line != twin]
        assert len(differing) <= 2, one.name
        assert all(FOOTER.search(line) for line in differing), differing


@pytest.mark.parametrize("master", ["sc://127.0.0.1:9", "sc://127.0.0.1:port;token=SECRET"])
@pytest.mark.parametrize("command", ["ingest", "build"])
def test_a_master_that_is_none_is_said(
    demo_copy: Path, tmp_path: Path, command: str, master: str
) -> None:
    arguments = [ROOT / "data/sample"] if command == "ingest" else []
    home = tmp_path if command == "ingest" else demo_copy
    done = tracehouse(command, *arguments, "--engine", "spark", "--master", master, home=home)
    assert done.returncode == 2, done.stderr
    assert "there is no Spark at sc://127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "SECRET" not in done.stderr


def test_a_home_that_spark_cannot_read_is_refused_before_any_work(tmp_path: Path) -> None:
    home = tmp_path / "it's mine"
    done = tracehouse("run", ROOT / "data/sample", *SPARK, home=home)
    assert done.returncode == 2
    assert "choose another --home" in done.stderr
    assert not home.exists()
