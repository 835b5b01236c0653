"""The DuckDB shell on the published warehouse, with the Parquet tables beside it as `raw`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.schema import TABLES
from tracehouse.errors import UsageError
from tracehouse.paths import Home


def open_shell(home: Home, arguments: Sequence[str] = ()) -> None:
    """Becomes the DuckDB shell; `arguments` are the shell's own (such as -c SQL, -csv, FILE).

    The file is attached read-only: however long the shell stays open, no build waits for it.
    Raises: UsageError where there is no warehouse, or no DuckDB shell.
    """
    if not home.warehouse.exists():
        raise UsageError(f"there is no warehouse in {home.root} yet: run `tracehouse run SOURCE`")
    program = _program()
    sys.stdout.flush()
    os.execv(program, [program, "-cmd", opening(home), *arguments])  # noqa: S606 (no shell wanted)


def opening(home: Home) -> str:
    """The SQL that a shell starts with: the warehouse is the current database, `raw` another.

    A read-only file cannot take new views, so those on Parquet live in memory.
    """
    views = [
        f"create view raw.{table.name} as from read_parquet('{_quoted(files)}');"
        for table in TABLES
        if (files := home.parquet.absolute() / table.name / "*.parquet").parent.is_dir()
    ]
    attached = _quoted(home.warehouse.resolve())
    return " ".join(
        [
            f"attach '{attached}' as warehouse (read_only);",
            "attach ':memory:' as raw;",
            *views,
            "use warehouse;",
        ]
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _program() -> str:
    """DuckDB's command line program: the one beside this Python, else the one on the PATH."""
    beside = Path(sys.executable).with_name("duckdb")
    found = str(beside) if beside.is_file() else shutil.which("duckdb")
    if found is None:
        raise UsageError("there is no DuckDB shell: install it with `pip install duckdb-cli`")
    return found
