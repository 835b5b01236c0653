"""`tracehouse report --watch`: pages follow a save, and a mistake leaves the last good ones."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import PROGRAM, interruptible, tracehouse
from tests.tiny import report, section, warehouse

GOOD = section()
BETTER = section(answer="select 'A better answer.' as lead, '' as rest;")
BAD = section(answer="select no_such_column as lead, '' as rest;")


class Watch:
    """The command over one small report, and what it has printed so far."""

    def __init__(self, root: Path) -> None:
        self.home, self.log = root / "home", root / "log"
        self.home.mkdir()
        warehouse(self.home / "warehouse.duckdb")
        (root / "dbt_project.yml").write_text("profile: tracehouse\n", encoding="utf-8")
        self.sql = report(root / "reports", {"01_calls.sql": GOOD}) / "one/01_calls.sql"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "report", "--watch", "--home", self.home],
                cwd=root, stdout=log, stderr=log, env=os.environ | {"COLUMNS": "300"},
                preexec_fn=interruptible,
            )  # fmt: skip

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def page(self) -> str:
        return (self.home / "site/one.html").read_text(encoding="utf-8")

    def rounds(self) -> int:
        return self.printed().count("watching for saves")

    def save(self, path: Path, text: str) -> None:
        """Saves a file and waits until the command has done with it."""
        before = self.rounds()
        path.write_text(text, encoding="utf-8")
        self.until(lambda: self.rounds() > before)

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not is_so():
            assert self.process.poll() is None and time.monotonic() < end, self.printed()
            time.sleep(0.05)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path)
    try:
        watch.until(lambda: watch.rounds() == 1)
        yield watch
    finally:
        watch.process.kill()
        watch.process.wait()


def test_pages_follow_a_save_and_a_mistake_leaves_the_last_good_ones(watch: Watch) -> None:
    watch.save(watch.sql, BETTER)
    assert "A better answer." in watch.page()
    good = watch.page()

    watch.save(watch.sql, BAD)
    line = BAD.split("\n").index("select no_such_column as lead, '' as rest;") + 1
    assert f"reports/one/01_calls.sql, line {line}, column 8: part `answer`" in watch.printed()
    assert "no_such_column" in watch.printed()
    assert watch.page() == good

    watch.save(watch.sql.with_name("report.toml"), "title = ")
    assert "one/report.toml cannot be read as TOML" in watch.printed()
    assert watch.page() == good

    report(watch.sql.parents[1], {})
    watch.save(watch.sql, GOOD)
    watch.until(lambda: "There is an answer." in watch.page())
    assert "Traceback" not in watch.printed()


def test_ctrl_c_ends_it(watch: Watch) -> None:
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(20) == 130
    assert watch.printed().endswith("tracehouse: interrupted\n")


def test_without_a_warehouse_there_is_nothing_to_watch(tmp_path: Path) -> None:
    done = tracehouse("report", "--watch", home=tmp_path)
    assert done.returncode == 2
    assert "there is no warehouse" in done.stderr
