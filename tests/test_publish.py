"""Publishing: a new file each time, one symlink, and readers that never stand in the way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.command import tracehouse
from tests.published import SHELL, Shell, count
from tracehouse.locks import locked


def files(demo_copy: Path) -> list[str]:
    return sorted(
        path.name for path in (demo_copy / "warehouse").iterdir() if path.suffix != ".input"
    )


def test_no_shell_stands_in_the_way_of_a_build(demo_copy: Path) -> None:
    """Neither a reader, which keeps what it has open, nor a writer that is killed. `make test-faults`
    does so a hundred times."""
    select, path = ("build", "--select", "fct_rejects"), demo_copy / "warehouse.duckdb"
    counted = "select count(*) from fct_turns;"
    reader = Shell(path, "-readonly")
    before = reader.ask(counted)
    assert int(before) > 0
    assert tracehouse(*select, home=demo_copy).returncode == 0
    writer = Shell(path)
    assert writer.ask("create table mine as select 1; select 'wrote';") == "wrote"
    assert tracehouse(*select, home=demo_copy).returncode == 0
    writer.kill()
    assert reader.ask(counted) == before
    reader.close()
    assert count(path) == 315
    assert tracehouse(*select, home=demo_copy).returncode == 0
    assert files(demo_copy) == ["w-000003.duckdb", "w-000004.duckdb"]  # two are kept, and no litter


def test_the_published_file_works_alone(demo_copy: Path, tmp_path: Path) -> None:
    """No view on Parquet, macros inside, and a shell of version 1.5 opens it."""
    alone = tmp_path / "sent.duckdb"
    shutil.copy(demo_copy / "warehouse.duckdb", alone)
    shutil.rmtree(demo_copy)
    with duckdb.connect(str(alone), read_only=True) as connection:
        connection.execute("set enable_external_access = false")
        assert (
            connection.execute("select * from duckdb_views() where not internal").fetchall() == []
        )
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'select * from "{schema}"."{table}" limit 1').fetchall()
        described = connection.execute(
            "select count(*) from duckdb_columns() "
            "where schema_name = 'main' and not internal and comment is null"
        ).fetchone()
        assert described == (0,)
    sql = "select wilson_low(3, 10), wilson_low_clustered(30, 100, 20, 50, 160, 520)"
    done = subprocess.run(
        [str(SHELL), "-readonly", "-csv", "-noheader", str(alone), "-c", sql],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    low, clustered = map(float, done.stdout.split(","))
    assert 0.10 < low < 0.11
    assert 0.15 < clustered < 0.30


@pytest.mark.case(74)
def test_two_builds_at_once_are_refused(demo_copy: Path) -> None:
    with locked(demo_copy / "build.lock", "build"):
        done = tracehouse("build", home=demo_copy)
    assert done.returncode == 3
    assert "another build" in done.stderr
