"""What Spark built is published as what DuckDB built is, for shell, reports and any client.

Spark itself is not needed: the marts of the sample, as DuckDB built them, are written as Parquet in
another order and in several files, where Spark would have written them.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from reports.definitions import SectionFailed, SqlFile, Statement
from reports.query import Parts, opened
from reports.site import render
from tests.command import PROGRAM, tracehouse
from tests.conftest import ROOT
from tracehouse import dbt, identity, warehouse
from tracehouse.errors import BuildFailed, UsageError
from tracehouse.paths import Home

pytestmark = pytest.mark.spark  # needs none: its Parquet is made by DuckDB; but it takes minutes

SHELL = PROGRAM.with_name("duckdb")
TABLES = "select schema_name, table_name from duckdb_tables() where schema_name <> 'meta'"
VIEWS = "select schema_name, view_name from duckdb_views() where not internal"
FOOTER = re.compile(r"<footer.*</footer>", re.DOTALL)


def select(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


class FakeSpark:
    """Stands in for dbt on Spark: writes the marts, and says of each test what it said before."""

    def __init__(self, made: Path) -> None:
        self.made = made.resolve()
        self.leaves_out = ""
        self.fails = ""

    def __call__(
        self, _project: Path, target: Path, places: Mapping[str, str], *_: object
    ) -> list[dbt.Node]:
        with duckdb.connect(str(self.made), read_only=True) as connection:
            for schema, table in connection.execute(TABLES).fetchall():
                if table != self.leaves_out:
                    folder = Path(places["TRACEHOUSE_TABLES"]) / table
                    shuffled(connection, f'"{schema}"."{table}"', folder)
        nodes = dbt._nodes(target / "run_results.json", target / "manifest.json")
        return [
            replace(node, status="fail", message="Got 3 results") if node.name == self.fails
            else node
            for node in nodes
        ]  # fmt: skip


def shuffled(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> None:
    """Writes a table as three files of rows in no order; what is not Parquet, Spark leaves too."""
    folder.mkdir(parents=True)
    (folder / "_SUCCESS").touch()
    for part in range(3):
        connection.execute(
            f"copy (select * from {table} as whole where hash(whole) % 3 = {part} "
            f"order by hash(whole)) to '{folder}/part-{part}.parquet'"
        )


@contextmanager
def on_fake_spark(made: Path) -> Iterator[FakeSpark]:
    fake = FakeSpark(made)
    known = importlib.metadata.version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "build", fake)
        patch.setattr(identity, "version", lambda n: "4.1.9" if n == "pyspark" else known(n))
        yield fake


@pytest.fixture
def fake(demo_home: Path) -> Iterator[FakeSpark]:
    with on_fake_spark(demo_home / "warehouse.duckdb") as found:
        yield found


def copied(home: Path, target: Path) -> Home:
    return Home(Path(shutil.copytree(home, target, symlinks=True)))


def build(home: Home) -> warehouse.BuildSummary:
    return warehouse.build(home, home.built_from, spark="local[2]")


@pytest.fixture(scope="module")
def built(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose published warehouse is of Spark; tests only read it."""
    home = copied(demo_home, tmp_path_factory.mktemp("spark") / "home")
    with on_fake_spark(demo_home / "warehouse.duckdb"):
        build(home)
    return home


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Home:
    """A home that a test may change; its published warehouse is of DuckDB."""
    return copied(demo_home, tmp_path / "home")


def names(home: Home) -> list[str]:
    found = [path.name for path in home.warehouses.iterdir()]
    return sorted(name for name in found if not name.endswith(".input"))


def test_the_published_file_holds_the_same_as_one_of_duckdb(built: Home, demo_home: Path) -> None:
    """The same relations, columns, types, rows and descriptions; found from any folder."""
    ours, theirs = built.warehouse, demo_home / "warehouse.duckdb"
    assert set(select(ours, VIEWS)) == set(select(theirs, TABLES))
    described = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal and schema_name <> 'meta' order by all"
    )
    assert select(ours, described) == select(theirs, described)
    comments = "select {} as name, comment from duckdb_{}s() where not internal order by name"
    theirs_said = [row for row in select(theirs, comments.format("table_name", "table")) if row[1]]
    assert select(ours, comments.format("view_name", "view")) == theirs_said
    with duckdb.connect() as connection:
        for name, place in (("ours", ours), ("theirs", theirs)):
            quoted = str(place).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        for schema, table in select(theirs, TABLES):
            one, other = f"from ours.{schema}.{table}", f"from theirs.{schema}.{table}"
            for sql in (f"{one} except all {other}", f"{other} except all {one}"):
                assert connection.execute(sql).fetchall() == [], table
    tests = "select name, kind, status, failure_count, description from meta.tests order by all"
    assert select(ours, tests) == select(theirs, tests) != []


def test_the_pages_differ_in_the_footer_only(built: Home, demo_home: Path, tmp_path: Path) -> None:
    """Whatever the order of rows is; and the footer tells the engine."""
    render(built.warehouse, tmp_path, parquet=built.built_from.resolve())
    pages = sorted((demo_home / "site").glob("*.html"))
    assert len(pages) >= 4
    for page in pages:
        theirs = page.read_text(encoding="utf-8")
        ours = (tmp_path / "site" / page.name).read_text(encoding="utf-8")
        assert FOOTER.sub("", ours) == FOOTER.sub("", theirs)
        assert "· spark 4.1.9 ·" in ours and "· spark" not in theirs


def test_older_shells_and_ours_answer_as_before(built: Home, demo_home: Path) -> None:
    sql = (
        "select count(*), wilson_low(3, 10) as low from fct_turns;"
        "select count(*) from information_schema.tables where table_comment like '%One row per %'"
    )
    plain = [str(SHELL), "-readonly", "-csv", "-noheader", str(built.warehouse), "-c", sql]
    done = subprocess.run(plain, capture_output=True, text=True, check=True)
    asked = tracehouse("shell", "-csv", "-noheader", "-c", sql, home=demo_home)
    assert done.stdout == asked.stdout != ""
    blocks = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/shell.md").read_text("utf-8"), re.DOTALL)
    for block in blocks[:-1]:  # nothing of the sample is rejected
        ours = tracehouse("shell", "-bail", "-csv", home=built.root, stdin=block)
        assert ours.returncode == 0 and ours.stdout.strip(), block + ours.stderr


@pytest.mark.usefixtures("fake")
def test_a_home_that_moved_goes_on_working(home: Home, tmp_path: Path) -> None:
    """Its folders may have names that globs, SQL and Hive's partitions have a meaning for."""
    build(home)
    moved = tmp_path / "it's [x]" / "year=2026"
    moved.parent.mkdir()
    home.root.rename(moved)
    sql = "select count(*) from fct_turns join raw.turns using (conversation_id, turn_index)"
    asked = tracehouse("shell", "-csv", "-noheader", "-c", sql, home=moved)
    assert asked.returncode == 0 and int(asked.stdout) > 1_000, asked.stderr
    described = tracehouse("shell", "-csv", "-c", "describe dim_tools", home=moved)
    assert "year" not in described.stdout
    reported = tracehouse("report", home=moved)
    assert reported.returncode == 0, reported.stderr


@pytest.mark.usefixtures("fake")
def test_versions_are_dropped_with_their_folders_but_not_under_a_reader(home: Home) -> None:
    build(home)
    assert names(home) == ["w-000001.duckdb", "w-000002.duckdb", "w-000002.parquet"]
    with subprocess.Popen(
        [str(PROGRAM), "shell", "-csv", "-noheader", "--home", str(home.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as shell:  # fmt: skip
        assert shell.stdin and shell.stdout
        shell.stdin.write("select 'open';\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == "open\n"
        for _ in range(3):
            build(home)
        numbers = ["w-000002", "w-000004", "w-000005"]
        assert names(home) == [f"{n}.{kind}" for n in numbers for kind in ("duckdb", "parquet")]
        shell.stdin.write("select count(*) from dim_conversations;\n")
        shell.stdin.close()
        assert shell.stdout.readline() == "315\n"
    assert shell.returncode == 0
    build(home)
    numbers = ["w-000005", "w-000006"]
    assert names(home) == [f"{n}.{kind}" for n in numbers for kind in ("duckdb", "parquet")]


def test_a_build_of_duckdb_after_one_of_spark(home: Home, demo_home: Path) -> None:
    with on_fake_spark(demo_home / "warehouse.duckdb"):
        build(home)
    assert tracehouse("build", home=home.root).returncode == 0
    assert names(home)[-1] == "w-000003.duckdb"
    assert select(home.warehouse, VIEWS) == []
    assert set(select(home.warehouse, TABLES)) == set(
        select(demo_home / "warehouse.duckdb", TABLES)
    )


def test_nothing_partial_is_published(home: Home, fake: FakeSpark) -> None:
    """Neither of a failed test, nor of a mart that is not there, nor of a killed build."""
    build(home)
    before, held = home.warehouse.resolve(), names(home)
    fake.fails = dbt._nodes(home.dbt / "run_results.json", home.dbt / "manifest.json")[-1].name
    with pytest.raises(BuildFailed, match=f"(?s){fake.fails}: Got 3.*building.parquet; the publ"):
        build(home)
    assert home.warehouse.resolve() == before
    fake.fails, fake.leaves_out = "", "fct_turns"
    with pytest.raises(BuildFailed, match=r"no Parquet in .* for fct_turns"):
        build(home)
    assert home.warehouse.resolve() == before
    assert set(names(home)) - set(held) <= {"building.duckdb", "building.parquet"}
    fake.leaves_out = ""
    (home.warehouses / "w-000003.parquet" / "fct_turns").mkdir(parents=True)  # no file beside it
    build(home)
    assert names(home)[-2:] == ["w-000003.duckdb", "w-000003.parquet"]
    assert not any(name.startswith("building") for name in names(home))


@pytest.mark.usefixtures("fake")
def test_what_a_build_on_spark_cannot_do_is_said_at_once(home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only DuckDB can"):
        warehouse.build(home, select=["fct_steps"], spark="local[2]")
    with pytest.raises(UsageError, match="choose another --home"):
        warehouse.build(Home(tmp_path / "a[b]"), spark="local[2]")
    build(home)
    with pytest.raises(UsageError, match="Spark built the published warehouse"):
        warehouse.build(home, select=["fct_steps"])


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{folder}/out.csv';",
        "with é as (select 'ü'), a as (COPY (select 1) to '{folder}/out.csv') select 1;",
        "explain analyze copy (select 1) to '{folder}/out.csv';",
        "copy (pivot dim_files on source using count(*)) to '{folder}/out.csv';",
        "export database '{folder}/all';",
        "attach '{folder}/other.duckdb';",
        "select * from read_text('{folder}/../../../parquet/manifest.json');",
    ],
)
def test_a_report_can_only_read_the_marts(built: Home, sql: str) -> None:
    folder = built.warehouse.resolve().with_suffix(".parquet")
    before = sorted(folder.rglob("*"))
    with (
        opened(built.warehouse) as connection,
        closing(Parts(connection, SqlFile("reports/one/01_a.sql", b""))) as parts,
    ):
        assert parts.run(Statement("rows", "select 1 from dim_files limit 1;", 1)).total == 1
        with pytest.raises(SectionFailed):
            parts.run(Statement("rows", sql.format(folder=folder), 1))
    assert sorted(folder.rglob("*")) == before
