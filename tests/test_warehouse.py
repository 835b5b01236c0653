"""Builds: what they are made from, of which part of the project, and where they fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
from msgspec.structs import replace

from ingest.generations import read_manifest
from tests.command import tracehouse
from tests.conftest import ROOT
from tests.published import count
from tracehouse.identity import identity


def test_a_failing_test_leaves_the_last_good_file_and_shows_the_rows(
    demo_copy: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for name in ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml", "profiles.yml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(project / name))
    (project / "tests/dbt/assert_nothing_is_long.sql").write_text(
        "select conversation_id, turn_count from {{ ref('dim_conversations') }} "
        "where turn_count > 20 order by turn_count desc, conversation_id"
    )
    before = (demo_copy / "warehouse.duckdb").resolve()
    done = tracehouse("build", "--select", "dim_conversations", home=demo_copy, cwd=project)
    assert done.returncode == 1
    assert "test assert_nothing_is_long: Got " in done.stderr
    assert "conversation_id='" in done.stderr
    assert (demo_copy / "warehouse.duckdb").resolve() == before
    assert count(demo_copy / "warehouse.duckdb") == 315
    (project / "models/marts/broken.sql").write_text("select * from {{ ref('no_such_model') }}")
    done = tracehouse("build", home=demo_copy, cwd=project)
    assert done.returncode == 1
    assert "no_such_model" in done.stderr
    assert "Traceback" not in done.stderr


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_select_builds_on_in_a_copy(demo_copy: Path) -> None:
    before = (demo_copy / "warehouse.duckdb").resolve()
    done = tracehouse("build", "--select", "fct_steps", home=demo_copy)
    assert done.returncode == 0, done.stderr
    after = (demo_copy / "warehouse.duckdb").resolve()
    assert after != before
    assert count(after, "fct_turns") == count(before, "fct_turns")
    assert count(after, "meta.tests") == count(before, "meta.tests")
    unknown = tracehouse("build", "--select", "fct_stepz", home=demo_copy)
    assert unknown.returncode == 2
    assert "'fct_stepz' does not match any" in unknown.stderr
    assert (demo_copy / "warehouse.duckdb").resolve() == after


def test_select_and_the_shell_keep_to_what_the_warehouse_was_built_from(demo_copy: Path) -> None:
    """What was ingested since is not mixed in; and once the old Parquet is gone, that is said."""
    extra = demo_copy / "extra.jsonl"
    extra.write_text(json.dumps({"conversations": [{"from": "human", "value": "hi"}]}) + "\n")
    assert tracehouse("ingest", extra, home=demo_copy).returncode == 0
    done = tracehouse("build", "--select", "dim_files", home=demo_copy)
    assert done.returncode == 0, done.stderr
    assert count(demo_copy / "warehouse.duckdb", "dim_files") == 2
    sql = "select count(*) from raw.files"
    assert tracehouse("shell", "-csv", "-noheader", "-c", sql, home=demo_copy).stdout == "2\n"
    for text in ("a", "b"):
        extra.write_text(json.dumps({"conversations": [{"from": "human", "value": text}]}) + "\n")
        assert tracehouse("ingest", extra, home=demo_copy).returncode == 0
    refused = tracehouse("build", "--select", "dim_files", home=demo_copy)
    assert refused.returncode == 2
    assert "run `tracehouse build` first" in refused.stderr


def test_a_damaged_parquet_file_is_found_by_its_size(demo_copy: Path) -> None:
    (path,) = (demo_copy / "parquet" / "turns").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    done = tracehouse("build", home=demo_copy)
    assert done.returncode == 4
    assert f"turns/{path.name}" in done.stderr


def test_the_build_id_speaks_of_data_and_sql_only(demo_copy: Path, demo_home: Path) -> None:
    def build_id(of: Path) -> object:
        with duckdb.connect(str(of / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute("select build_id from meta.build").fetchone()

    foreign = {"DBT_EMPTY": "1", "DBT_TARGET": "prod", "DBT_PROFILE": "x"}  # of another project
    built = tracehouse("build", home=demo_copy, environment=foreign)
    assert built.returncode == 0, built.stderr
    # dbt loses what a yml says of such tests when a home has moved, as this copy has.
    assert "calls whose JSON cannot be read: 16" in built.stdout + built.stderr
    assert count(demo_copy / "warehouse.duckdb") == 315
    assert build_id(demo_copy) == build_id(demo_home)


def test_other_data_sql_or_selection_has_another_build_id(demo_home: Path, tmp_path: Path) -> None:
    manifest = read_manifest(demo_home / "parquet/manifest.json")
    project = tmp_path / "project"
    shutil.copytree(ROOT / "models", project / "models")
    same = identity(manifest, project, (), None)["build_id"]
    assert identity(manifest, project, (), None)["build_id"] == same
    others = [
        identity(replace(manifest, content="other"), project, (), None)["build_id"],
        identity(manifest, project, ["dim_files"], None)["build_id"],
    ]
    with (project / "models/marts/dim_files.sql").open("a") as model:
        model.write("-- a word more\n")
    others.append(identity(manifest, project, (), None)["build_id"])
    assert len({same, *others}) == 4
