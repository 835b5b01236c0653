"""The catalog macros without a warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb

MACROS = sorted((Path(__file__).resolve().parents[1] / "reports" / "macros").glob("*.sql"))


def with_macros() -> duckdb.DuckDBPyConnection:
    """An empty database with the macros, loaded file by file as the build does."""
    opened = duckdb.connect()
    for path in MACROS:
        opened.execute(path.read_text(encoding="utf-8"))
    return opened
