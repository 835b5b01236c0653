"""What a published warehouse holds."""

from __future__ import annotations

from pathlib import Path

import duckdb


def count(path: Path, table: str = "dim_conversations") -> int:
    """Rows of the table in the file at `path`."""
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])
