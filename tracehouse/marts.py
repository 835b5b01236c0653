"""Marts that Spark wrote: a warehouse file with a view for each, over a folder of Parquet beside it.

The views name the folder in full, so that any DuckDB client finds it from anywhere. Where it was
moved, the variable `tracehouse_marts` of a session leads to it; `tracehouse shell` and the reports
set it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracehouse.errors import BuildFailed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VARIABLE = "tracehouse_marts"
_KEPT_AS = {"incremental", "seed", "table"}


@dataclass(frozen=True, slots=True)
class Mart:
    """A table that dbt wrote: where it stands in the warehouse, and what its columns mean."""

    schema: str
    name: str
    description: str
    columns: dict[str, str]


def marts(manifest: Path) -> list[Mart]:
    """The tables of a build, from the manifest of dbt: models and seeds that are not views."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return [_mart(node) for node in nodes if node["config"].get("materialized") in _KEPT_AS]


def _mart(node: dict[str, Any]) -> Mart:
    columns = {name: column["description"] for name, column in node["columns"].items()}
    return Mart(node["schema"], node["alias"], node["description"], columns)


def folder_of(warehouse: Path) -> Path | None:
    """The Parquet folder that belongs to a published file; None where DuckDB built it."""
    folder = warehouse.resolve().with_suffix(".parquet")
    return folder if folder.is_dir() else None


def glob_prefix(folder: Path) -> str:
    """The folder's path as the beginning of a glob."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(folder))


def literal(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def set_folder(folder: Path) -> str:
    """The statement that leads the views of a session to a folder, wherever it was."""
    return f"set variable {VARIABLE} = {literal(glob_prefix(folder))}"


def make_views(
    connection: DuckDBPyConnection, tables: Sequence[Mart], folder: Path, later: Path
) -> None:
    """Makes a view for each table, over its Parquet in `folder`, which is renamed to `later`.

    Raises: BuildFailed where the Parquet of a table is not there.
    """
    if missing := [t.name for t in tables if not any((folder / t.name).glob("*.parquet"))]:
        raise BuildFailed(f"Spark left no Parquet in {folder} for {', '.join(missing)}")
    # A view is checked as it is made, before the folder has its name.
    connection.execute(set_folder(folder))
    place = f"coalesce(getvariable('{VARIABLE}'), {literal(glob_prefix(later))})"
    for table in tables:
        name = f"{_quoted(table.schema)}.{_quoted(table.name)}"
        # A folder of the home may be called `year=2026`, which is no column of ours.
        source = f"{place} || {literal(f'/{table.name}/*.parquet')}, hive_partitioning = false"
        connection.execute(f"create schema if not exists {_quoted(table.schema)}")
        connection.execute(f"create view {name} as from read_parquet({source})")
        connection.execute(f"comment on view {name} is {literal(table.description)}")
        found = connection.execute(f"from {name} limit 0").description or ()
        for column in [column[0] for column in found if table.columns.get(column[0])]:
            described = f"{name}.{_quoted(column)} is {literal(table.columns[column])}"
            connection.execute(f"comment on column {described}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def sync(folder: Path) -> None:
    """Waits until everything in the folder is on disk."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def drop(warehouse: Path) -> None:
    """Removes a published file and all that is named after it, unless its Parquet is being read.

    DuckDB locks a file that it has open. A reader of a file that DuckDB built needs no name.
    """
    with warehouse.open("rb+") as file:
        if folder_of(warehouse):
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # the next build tries again
        remove(warehouse.parent.glob(f"{warehouse.stem}.*"))


def remove(paths: Iterable[Path]) -> None:
    """Removes files and folders: DuckDB keeps a folder beside a file where memory runs short."""
    for path in paths:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
