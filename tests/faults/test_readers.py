"""Readers and writers of the published file, cases 75 to 77 and 79: none stands in the way of a build.

In the full form there are 100 builds; FAULTS_SCALE makes them fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import tracehouse
from tests.faults.scale import scaled
from tests.published import Shell, count

pytestmark = pytest.mark.faults
LOOK = "select (select build_id from meta.build), (select count(*) from fct_turns);"
# Each changes the build's id, so that a reader could tell if its file was changed below it.
SELECTED = ("fct_rejects", "dim_files")


@contextmanager
def reader(path: Path) -> Iterator[None]:
    """A read-only shell, which sees one snapshot."""
    shell = Shell(path, "-readonly")
    before = shell.ask(LOOK)
    assert before.count(",") == 1, before
    yield
    assert shell.ask(LOOK) == before
    shell.close()


@contextmanager
def writer(path: Path) -> Iterator[None]:
    """A shell that writes before and after, and sees what was there and what it wrote."""
    shell = Shell(path)
    before = shell.ask(LOOK)
    assert shell.ask("create or replace temp table t as select 1; select 'wrote';") == "wrote"
    assert shell.ask("create or replace table mine as select 1; select 'wrote';") == "wrote"
    yield
    assert shell.ask(LOOK) == before
    assert shell.ask("insert into mine select 2; select count(*) from mine;") == "2"
    shell.close()


@contextmanager
def killed_writer(path: Path) -> Iterator[None]:
    """A shell that wrote and was killed: it leaves a .wal, which belongs to no other file."""
    shell = Shell(path)
    assert shell.ask("create or replace table mine as select 1; select 'wrote';") == "wrote"
    shell.kill()
    wal = path.resolve().with_suffix(".duckdb.wal")
    assert wal.exists()
    yield
    with_table = "select count(*) from duckdb_tables() where table_name = 'mine';"
    shell = Shell(path, "-readonly")
    assert shell.ask(with_table) == "0"  # the new file knows nothing of it
    shell.close()


@pytest.mark.case(75, 76, 79)
def test_every_build_succeeds_whoever_has_the_published_file_open(
    demo_copy: Path, record_property: Callable[[str, object], None]
) -> None:
    path, builds = demo_copy / "warehouse.duckdb", scaled(100, least=3)
    turns = count(path, "fct_turns")
    done = 0
    for number in range(builds):
        held = path.resolve()
        with (reader, writer, killed_writer)[number % 3](path):
            built = tracehouse("build", "--select", SELECTED[number % 2], home=demo_copy)
            assert built.returncode == 0, built.stdout + built.stderr
            assert path.resolve() != held
            assert count(path, "fct_turns") == turns
        done += 1
    left = {p.name for p in (demo_copy / "warehouse").iterdir() if not p.name.endswith(".wal")}
    latest = [f"w-{number:06d}" for number in (builds, builds + 1)]
    assert left == {f"{name}.{kind}" for name in latest for kind in ("duckdb", "input")}
    record_property("count", f"builds with readers and writers: {done} of {builds}")


@pytest.mark.case(77)
def test_the_lock_of_a_dead_process_is_free(demo_copy: Path) -> None:
    """The file stays and names who had it; the lock itself went with the process."""
    for name in ("build", "ingest", "report", "finetune"):
        (demo_copy / f"{name}.lock").write_text(f"999999999 1 {name}", encoding="utf-8")
    for step in (("build", "--select", "fct_rejects"), ("finetune",)):
        done = tracehouse(*step, home=demo_copy)
        assert done.returncode == 0, done.stderr
