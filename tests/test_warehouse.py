"""Publishing: a new file each time, one symlink, and readers that never stand in the way."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.command import tracehouse
from tests.conftest import ROOT
from tracehouse.locks import locked

SHELL = Path(tracehouse.__globals__["PROGRAM"]).with_name("duckdb")


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample's home that a test may change."""
    return Path(shutil.copytree(demo_home, tmp_path / "home", symlinks=True))


def count(path: Path, table: str = "dim_conversations") -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "warehouse").iterdir() if path.name != "parquet")


def test_a_shell_that_holds_the_file_open_does_not_break_a_build(home: Path) -> None:
    """Neither a reader nor a writer does; each keeps what it has open."""
    for mode in (["-readonly"], []):
        held = (home / "warehouse.duckdb").resolve()
        with subprocess.Popen(
            [str(SHELL), *mode, str(home / "warehouse.duckdb")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as shell:  # fmt: skip
            assert shell.stdin and shell.stdout
            shell.stdin.write(".mode csv\n.headers off\nselect count(*) from fct_turns;\n")
            shell.stdin.flush()
            before = shell.stdout.readline()
            done = tracehouse("build", "--select", "fct_rejects", home=home)
            assert done.returncode == 0, done.stderr
            assert (home / "warehouse.duckdb").resolve() != held
            shell.stdin.write("select count(*) from fct_turns;\n")
            shell.stdin.close()
            assert shell.stdout.readline() == before
        assert count(home / "warehouse.duckdb") == 315


def test_a_stale_wal_of_a_killed_shell_does_no_harm(home: Path) -> None:
    with subprocess.Popen(
        [str(SHELL), str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as shell:  # fmt: skip
        assert shell.stdin and shell.stdout
        shell.stdin.write("create table mine as select 1 as one;\n.print done\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == "done\n"
        shell.kill()
    assert any(name.endswith(".wal") for name in files(home))
    for _ in range(2):
        assert tracehouse("build", home=home).returncode == 0
        assert count(home / "warehouse.duckdb") == 315
    assert files(home) == ["w-000002.duckdb", "w-000003.duckdb"]  # two are kept, and no litter


def test_the_published_file_works_alone(home: Path, tmp_path: Path) -> None:
    """No view on Parquet, macros inside, and a shell of version 1.5 opens it."""
    alone = tmp_path / "sent.duckdb"
    shutil.copy(home / "warehouse.duckdb", alone)
    shutil.rmtree(home)
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


def test_a_failing_test_leaves_the_last_good_file_and_shows_the_rows(
    home: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for name in ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml", "profiles.yml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(project / name))
    (project / "tests/dbt/assert_nothing_is_long.sql").write_text(
        "select conversation_id, turn_count from {{ ref('dim_conversations') }} "
        "where turn_count > 20 order by turn_count desc, conversation_id"
    )
    before = (home / "warehouse.duckdb").resolve()
    done = tracehouse("build", home=home, cwd=project)
    assert done.returncode == 1
    assert "test assert_nothing_is_long: Got " in done.stderr
    assert "conversation_id='" in done.stderr
    assert (home / "warehouse.duckdb").resolve() == before
    assert count(home / "warehouse.duckdb") == 315
    (project / "models/marts/broken.sql").write_text("select * from {{ ref('no_such_model') }}")
    done = tracehouse("build", home=home, cwd=project)
    assert done.returncode == 1
    assert "no_such_model" in done.stderr
    assert "Traceback" not in done.stderr


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_select_builds_on_in_a_copy(home: Path) -> None:
    before = (home / "warehouse.duckdb").resolve()
    done = tracehouse("build", "--select", "fct_steps", home=home)
    assert done.returncode == 0, done.stderr
    after = (home / "warehouse.duckdb").resolve()
    assert after != before
    assert count(after, "fct_turns") == count(before, "fct_turns")
    assert count(after, "meta.tests") == count(before, "meta.tests")
    unknown = tracehouse("build", "--select", "fct_stepz", home=home)
    assert unknown.returncode == 2
    assert "'fct_stepz' does not match any" in unknown.stderr
    assert (home / "warehouse.duckdb").resolve() == after


def test_select_and_the_shell_keep_to_what_the_warehouse_was_built_from(home: Path) -> None:
    """What was ingested since is not mixed in; and once the old Parquet is gone, that is said."""
    extra = home / "extra.jsonl"
    extra.write_text(json.dumps({"conversations": [{"from": "human", "value": "hi"}]}) + "\n")
    assert tracehouse("ingest", extra, home=home).returncode == 0
    done = tracehouse("build", "--select", "dim_files", home=home)
    assert done.returncode == 0, done.stderr
    assert count(home / "warehouse.duckdb", "dim_files") == 2
    sql = "select count(*) from raw.files"
    assert tracehouse("shell", "-csv", "-noheader", "-c", sql, home=home).stdout == "2\n"
    for text in ("a", "b"):
        extra.write_text(json.dumps({"conversations": [{"from": "human", "value": text}]}) + "\n")
        assert tracehouse("ingest", extra, home=home).returncode == 0
    refused = tracehouse("build", "--select", "dim_files", home=home)
    assert refused.returncode == 2
    assert "run `tracehouse build` first" in refused.stderr


def test_two_builds_at_once_are_refused(home: Path) -> None:
    with locked(home / "build.lock", "build"):
        done = tracehouse("build", home=home)
    assert done.returncode == 3
    assert "another build" in done.stderr


def test_a_damaged_parquet_file_is_found_by_its_size(home: Path) -> None:
    (path,) = (home / "parquet" / "turns").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    done = tracehouse("build", home=home)
    assert done.returncode == 4
    assert f"turns/{path.name}" in done.stderr


def test_the_build_id_speaks_of_data_and_sql_only(home: Path, demo_home: Path) -> None:
    def build_id(of: Path) -> object:
        with duckdb.connect(str(of / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute("select build_id from meta.build").fetchone()

    foreign = {"DBT_EMPTY": "1", "DBT_TARGET": "prod", "DBT_PROFILE": "x"}  # of another project
    built = tracehouse("build", home=home, environment=foreign)
    assert built.returncode == 0, built.stderr
    # dbt loses what a yml says of such tests when a home has moved, as this copy has.
    assert "calls whose JSON cannot be read: 16" in built.stdout + built.stderr
    assert count(home / "warehouse.duckdb") == 315
    assert build_id(home) == build_id(demo_home)
    extra = home / "extra.jsonl"
    extra.write_text(json.dumps({"conversations": [{"from": "human", "value": "hi"}]}) + "\n")
    assert tracehouse("ingest", extra, home=home).returncode == 0
    assert tracehouse("build", home=home).returncode == 0
    assert build_id(home) != build_id(demo_home)
