"""Builds the warehouse and publishes it: into a new file, tested, then one symlink is swapped.

What DuckDB built are tables in the file; what Spark built is Parquet in a folder beside it, of the
same number, and a view for each table in the file.

Readers of the published file keep what they have open and never stand in the way of a build; a
build that fails leaves the last good file. A name of its own for each file keeps a `.wal` that a
killed shell left behind with the file it belongs to.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.generations import INGEST_VERSION, Manifest, being_read, read_manifest
from ingest.integrity import unlike_manifest
from tracehouse import dbt, marts, splits
from tracehouse.errors import BuildFailed, StorageError, UsageError
from tracehouse.identity import catalog_macros, identity
from tracehouse.locks import locked
from tracehouse.paths import Home, project

_KEPT = 2  # files that stay: the published one and the one before
_PUBLISHED = re.compile(r"w-[0-9]{6,}\.")  # a file, and what stands beside it
_NO_SPARK_PATH = re.compile(r"[`'\"*?{}\[\]\\]")
_NO_SPACE = re.compile("No space left on device|Errno 28|disk is full", re.IGNORECASE)
_MEMORY = re.compile(r"\d+(\.\d+)? *(%|([kmgt]i?)?b|bytes)", re.IGNORECASE)
_BAD_ROWS = 5  # shown of a failed test


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What was published. `warnings`: what tests of the input found, and how often."""

    path: Path
    build_id: str
    tables: int
    tests: int
    warnings: list[tuple[str, int]]
    seconds: float


def build(
    home: Home,
    parquet: Path | None = None,
    select: Sequence[str] = (),
    progress: dbt.Progress | None = None,
    spark: str | None = None,
) -> BuildSummary:
    """Builds over the Parquet in `parquet` (default: all that is ingested) and publishes.

    With `select` (dbt's own syntax) only that is built, in a copy of the published file. `spark` is
    the Spark master to build on; None is DuckDB.
    Raises: UsageError (nothing ingested or published yet), BuildFailed (a model or a test of our
    own invariants failed), BusyError (another build runs), StorageError (damaged Parquet).
    """
    with locked(home.root / "build.lock", "build"):
        return build_locked(home, parquet, select, progress, spark)


def build_locked(
    home: Home,
    parquet: Path | None = None,
    select: Sequence[str] = (),
    progress: dbt.Progress | None = None,
    spark: str | None = None,
) -> BuildSummary:
    """The same, for a caller that holds the lock."""
    if spark:
        check_for_spark(home, select)
    folder = _base(home) if select else (parquet or home.parquet).resolve()
    manifest = _checked(folder, home)
    with being_read(folder):
        return _build(home, folder, manifest, select, progress, spark)


def _build(
    home: Home,
    folder: Path,
    manifest: Manifest,
    select: Sequence[str],
    progress: dbt.Progress | None,
    spark: str | None,
) -> BuildSummary:
    started = time.monotonic()
    source = project()
    building = home.warehouses / "building.duckdb"
    _prepare(home, building, is_copy=bool(select))
    _link(home.dbt / "parquet", folder)
    splits.open_ledger(home)
    try:
        nodes = dbt.build(source, home.dbt, _places(home, spark), select, progress, spark)
    except BuildFailed as error:
        if _NO_SPACE.search(str(error)):
            raise _full(home) from None
        raise
    broken = [node for node in nodes if node.is_broken]
    if any(_NO_SPACE.search(node.message) for node in broken):
        raise _full(home)
    if broken:
        raise BuildFailed(_failure(home, building, broken))
    made_from = identity(manifest, source, select, spark)
    target = _next(home)
    try:
        if spark:
            _add_views(home, building, target)
        _finish(building, made_from, nodes, keeps_views=bool(spark))
    except duckdb.Error as error:
        if _NO_SPACE.search(str(error)):
            raise _full(home) from None
        raise
    _publish(home, building, target, folder)
    return BuildSummary(
        home.warehouse,
        str(made_from["build_id"]),
        sum(node.resource_type == "model" for node in nodes),
        sum(node.resource_type == "test" for node in nodes),
        [(node.description or node.name, node.failures) for node in nodes if node.status == "warn"],
        time.monotonic() - started,
    )


def _places(home: Home, spark: str | None) -> dict[str, str]:
    """Where dbt reads and writes: the same each time, so that it need not parse all again."""
    if spark:
        read, written = home.dbt / "parquet", _tables(home)
        return {
            "TRACEHOUSE_PARQUET": str(read),
            "TRACEHOUSE_TABLES": str(written),
            "TRACEHOUSE_SPLITS": str(home.splits),
        }
    limit = os.environ.get("TRACEHOUSE_MEMORY_LIMIT") or None
    if limit is not None and not _MEMORY.fullmatch(limit.strip()):
        raise UsageError(f"TRACEHOUSE_MEMORY_LIMIT is {limit!r}; a size is meant, such as 4GB")
    return {
        # Relative to where dbt runs: no character of the home's path comes into SQL.
        "TRACEHOUSE_PARQUET": "parquet",
        "TRACEHOUSE_SPLITS": "../finetune_splits.parquet",
        "TRACEHOUSE_DB": "../warehouse/building.duckdb",
        "TRACEHOUSE_THREADS": str(dbt.threads(limit, len(os.sched_getaffinity(0)))),
    }


def _tables(home: Home) -> Path:
    """The folder that Spark writes the tables of a build to."""
    return home.warehouses / "building.parquet"


def check_for_spark(home: Home, select: Sequence[str] = ()) -> None:
    """Raises: UsageError for what a build on Spark cannot do."""
    if select:
        raise UsageError("--select goes on from a published warehouse, which only DuckDB can do")
    if odd := _NO_SPARK_PATH.search(str(home.root)):
        raise UsageError(
            f"Spark does not read {odd[0]} in a path as itself: choose another --home than "
            f"{home.root}"
        )


def _full(home: Home) -> StorageError:
    """The disk is full; what was built so far is removed, so that there is room again."""
    marts.remove(home.warehouses.glob("building.*"))
    return StorageError(f"no space is left on the disk of {home.root}: make room and build again")


@contextmanager
def published(home: Home) -> Iterator[tuple[Path, Path]]:
    """The published file and the Parquet that it was built from, which stays while the block runs.

    Raises: UsageError where one of them is not there.
    """
    if not home.warehouse.exists():
        raise UsageError(f"there is no warehouse in {home.root} yet: run `tracehouse run SOURCE`")
    warehouse = home.warehouse.resolve()  # a build may publish another meanwhile
    parquet = warehouse.with_suffix(".input").resolve()
    if not (parquet / "manifest.json").is_file():
        raise UsageError(
            f"the Parquet that the warehouse was built from is not in {home.root}, and it holds "
            "the text: run `tracehouse run SOURCE` again"
        )
    with being_read(parquet):
        yield warehouse, parquet


def built_from(home: Home) -> Path | None:
    """The Parquet folder that the published warehouse was built from, while it is there."""
    folder = home.built_from.resolve()
    return folder if (folder / "manifest.json").is_file() else None


def _base(home: Home) -> Path:
    """The Parquet folder that `--select` has to go on with.

    Raises: UsageError where there is none: the tables of one file must be of one input.
    """
    folder = built_from(home) if home.warehouse.exists() else None
    if folder is None:
        raise UsageError(
            "--select goes on from the published warehouse and the Parquet it was built from, "
            f"and they are not in {home.root}: run `tracehouse build` first"
        )
    if marts.folder_of(home.warehouse):
        raise UsageError(
            "--select goes on from what DuckDB built, and Spark built the published warehouse: "
            "run `tracehouse build` first"
        )
    return folder


def _checked(folder: Path, home: Home) -> Manifest:
    """The manifest of the Parquet folder, whose files all have the size they were written with."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise UsageError(
            f"nothing is ingested in {home.root} yet: run `tracehouse ingest SOURCE` first"
        )
    manifest = read_manifest(path)
    if any(file.ingest_version != INGEST_VERSION for file in manifest.files.values()):
        raise UsageError(
            f"what is ingested in {home.root} was read by another version of tracehouse: "
            "ingest the sources again"
        )
    if wrong := unlike_manifest(folder, manifest):
        raise StorageError(
            f"{len(wrong)} Parquet file(s) are damaged, the first is {folder / wrong[0]}: "
            "ingest the sources again with --fresh"
        )
    return manifest


def _prepare(home: Home, building: Path, is_copy: bool) -> None:
    """Removes what a killed build left, and puts the published file in place where asked for."""
    home.warehouses.mkdir(parents=True, exist_ok=True)
    marts.remove(home.warehouses.glob("building.*"))
    named = (path for path in home.warehouses.glob("w-*") if _PUBLISHED.match(path.name))
    marts.remove(path for path in named if not path.with_suffix(".duckdb").exists())
    if is_copy:
        shutil.copyfile(home.warehouse, building)


def _link(place: Path, target: Path) -> None:
    """Makes `place` a relative symlink to `target`, at once."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, place.parent))
    temporary.replace(place)


def _add_views(home: Home, building: Path, target: Path) -> None:
    """Makes the file of a build on Spark, which finds its Parquet under the name it is to have."""
    folder = _tables(home)
    tables = marts.marts(home.dbt / "manifest.json")
    # Shells from 1.5 on open the file.
    with duckdb.connect(
        str(building), config={"storage_compatibility_version": "v1.5.0"}
    ) as connection:
        marts.make_views(connection, tables, folder, target.with_suffix(".parquet").resolve())
    marts.sync(folder)


def _finish(
    building: Path,
    made_from: dict[str, str | None],
    nodes: Iterable[dbt.Node],
    keeps_views: bool,
) -> None:
    """Adds macros and `meta`, drops the views on what was ingested, and leaves one file on disk.

    `meta.build` has one row, `meta.tests` one row per test.
    """
    with duckdb.connect(str(building)) as connection:
        for path in catalog_macros(project()):
            connection.execute(path.read_text(encoding="utf-8"))
        if not keeps_views:
            _drop_views(connection)
        connection.execute("create schema if not exists meta")
        names = ", ".join(f"cast(? as varchar) as {name}" for name in made_from)
        connection.execute(
            f"create or replace table meta.build as select {names}", [*made_from.values()]
        )
        _keep_tests(connection, nodes)
        connection.execute("checkpoint")
    with building.open("rb") as file:
        os.fsync(file.fileno())


def _drop_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Views read Parquet by path, which a file that is moved or sent does not have beside it."""
    views = connection.execute(
        "select schema_name, view_name from duckdb_views() "
        "where not internal and not temporary order by all"
    ).fetchall()
    for schema, view in views:
        connection.execute(f'drop view "{schema}"."{view}" cascade')
    for schema in sorted({schema for schema, _ in views} - {"main"}):
        held = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = ?", [schema]
        ).fetchone()
        if held == (0,):
            connection.execute(f'drop schema "{schema}"')


def _keep_tests(connection: duckdb.DuckDBPyConnection, nodes: Iterable[dbt.Node]) -> None:
    """Writes the results of the tests that ran; those of an earlier build stay for the rest."""
    connection.execute(
        "create table if not exists meta.tests (name varchar primary key, kind varchar, "
        "status varchar, failure_count bigint, description varchar)"
    )
    rows = [
        (
            node.name,
            "input" if "input" in node.tags else "invariant",
            node.status,
            node.failures,
            node.description,
        )
        for node in nodes
        if node.resource_type == "test"
    ]
    if rows:
        connection.executemany("insert or replace into meta.tests values (?, ?, ?, ?, ?)", rows)


def _next(home: Home) -> Path:
    """The name of the file that is published next."""
    numbers = [int(path.stem[2:]) for path in _published(home)]
    return home.warehouses / f"w-{max(numbers, default=0) + 1:06d}.duckdb"


def _publish(home: Home, building: Path, target: Path, parquet: Path) -> None:
    """Gives the finished file its own name, points the symlink to it, drops the oldest files.

    The symlink comes last of what a reader sees: with it, all that belongs to the file is there.
    """
    if _tables(home).exists():
        _tables(home).rename(target.with_suffix(".parquet"))
    _link(target.with_suffix(".input"), parquet)
    building.rename(target)
    splits.remember(home, target)
    _link(home.warehouse, target)
    for old in _published(home)[:-_KEPT]:
        marts.drop(old)


def _published(home: Home) -> list[Path]:
    """The published files, oldest first."""
    found = [p for p in home.warehouses.glob("w-*.duckdb") if p.stem[2:].isdigit()]
    return sorted(found, key=lambda path: int(path.stem[2:]))


def _failure(home: Home, building: Path, broken: list[dbt.Node]) -> str:
    """What failed, with the first bad rows of each failed test."""
    lines = [f"{len(broken)} of the warehouse's models and tests failed; it was not published:"]
    for node in broken[:10]:
        lines.append(f"  {node.resource_type} {node.name}: {node.message}")
        lines += [f"    {row}" for row in _bad_rows(home, building, node)]
    if len(broken) > 10:
        lines.append(f"  … and {len(broken) - 10} more")
    left = building if building.exists() else _tables(home)
    lines.append(f"The failed build is {left}; the published warehouse is as it was.")
    return "\n".join(lines)


def _bad_rows(home: Home, building: Path, node: dbt.Node) -> list[str]:
    """The first rows that a failed test selects, as `column=value` texts."""
    if node.status != "fail" or not node.compiled:
        return []
    try:
        with duckdb.connect(str(building), read_only=True) as connection:
            connection.execute("set file_search_path = $1", [str(home.dbt)])
            found = connection.execute(f"select * from ({node.compiled}) limit {_BAD_ROWS}")
            names = [column[0] for column in found.description or ()]
            rows = found.fetchall()
    except duckdb.Error:
        return []
    return [", ".join(f"{n}={v!r}" for n, v in zip(names, row, strict=True)) for row in rows]
