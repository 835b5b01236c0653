"""The parts of the report SQL over the built sample, and what tests compare them with.

Figures are computed a second time from the sample's own Parquet or, row by row, from the marts.
A plugin of the tests that use it: `pytest_plugins = ["tests.report_data"]`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.sections import ROOT, Parts, Row, every_part, opened

MARTS = (
    "dim_conversations",
    "fct_turns",
    "fct_tool_calls",
    "fct_errors",
    "fct_episodes",
    "fct_thoughts",
)


@pytest.fixture(scope="session")
def warehouse(demo_home: Path) -> Path:
    return (demo_home / "warehouse.duckdb").resolve()


@pytest.fixture(scope="session")
def found(warehouse: Path) -> dict[str, Parts]:
    """All parts of all files, over the sample."""
    return every_part(warehouse)


@pytest.fixture(scope="session")
def marts(warehouse: Path) -> dict[str, list[Row]]:
    """The facts that are recomputed here, row by row."""
    rows = {}
    with opened(warehouse) as connection:
        for table in MARTS:
            done = connection.execute(f"from {table}")
            columns = [column[0] for column in done.description or ()]
            rows[table] = [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
    return rows


@pytest.fixture(scope="session")
def records() -> list[Row]:
    """The sample's own records without exact copies, each with the name of its config."""
    seen: set[str] = set()
    kept = []
    for path in sorted((ROOT / "data" / "sample").glob("*/*.parquet")):
        for record in pq.read_table(path).to_pylist():
            text = json.dumps([record["conversations"], record["task"]])
            if text not in seen:
                kept.append(record | {"config": path.parent.name})
            seen.add(text)
    return kept
