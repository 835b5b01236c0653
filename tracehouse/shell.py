"""The DuckDB shell on the published warehouse, with the Parquet tables beside it as `raw`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.schema import TABLES
from tracehouse import marts
from tracehouse.errors import UsageError
from tracehouse.paths import Home
from tracehouse.warehouse import built_from


def open_shell(home: Home, arguments: Sequence[str] = ()) -> None:
    """Becomes the DuckDB shell; `arguments` are the shell's own, such as -c SQL or -csv, or SQL.

    The file is attached read-only: however long the shell stays open, no build waits for it.
    Raises: UsageError where there is neither a warehouse nor Parquet, or no DuckDB shell.
    """
    if not home.warehouse.exists() and not home.parquet.exists():
        raise UsageError(f"there is nothing in {home.root} yet: run `tracehouse run SOURCE`")
    program = _program()
    sys.stdout.flush()
    command = [program, "-cmd", opening(home), ":memory:", *arguments]
    os.execv(program, command)  # noqa: S606 (no shell is wanted in between)


def opening(home: Home) -> str:
    """The SQL that a shell starts with: the warehouse is the current database, `raw` another.

    A read-only file cannot take new views, so those on Parquet live in memory. They show what the
    warehouse was built from; before the first build, what is ingested.
    """
    parquet = built_from(home) or home.parquet.resolve()
    views = [
        f"create view raw.{table.name} as from read_parquet({_glob(parquet / table.name)});"
        for table in TABLES
        if (parquet / table.name).is_dir()
    ]
    lines = ["attach ':memory:' as raw;", *views]
    if home.warehouse.exists():
        attached = marts.literal(str(home.warehouse.resolve()))
        lines += [f"attach {attached} as warehouse (read_only);", "use warehouse;"]
        if folder := marts.folder_of(home.warehouse):
            lines.append(f"{marts.set_folder(folder)};")
    return " ".join(lines)


def _glob(folder: Path) -> str:
    """The folder's Parquet files, as a literal."""
    return marts.literal(f"{marts.glob_prefix(folder)}/*.parquet")


def _program() -> str:
    """DuckDB's command line program: the one beside this Python, else the one on the PATH."""
    beside = Path(sys.executable).with_name("duckdb")
    found = str(beside) if beside.is_file() else shutil.which("duckdb")
    if found is None:
        raise UsageError("there is no DuckDB shell: install it with `pip install duckdb-cli`")
    return found
