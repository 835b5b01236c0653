"""Writes `models/staging/__sources.yml` from the contract: `python -m ingest.sources_yml`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ingest.schema import TABLES, Column, Table

TARGET = Path(__file__).resolve().parents[1] / "models" / "staging" / "__sources.yml"
_FOLDER = "env_var('TRACEHOUSE_PARQUET', env_var('TRACEHOUSE_HOME', 'build') ~ '/parquet')"
_HEAD = """\
# Generated from ingest/schema.py by `python -m ingest.sources_yml`. Change it there.
version: 2

sources:
  - name: parquet
    # Also what Spark calls the schema of files: there a folder is the table parquet.`folder`.
    schema: parquet
    description: What ingest wrote. One folder per table.
    config:
      meta:
        external_location: "read_parquet('{{ FOLDER }}/{name}/*.parquet')"
    tables:
"""


def render() -> str:
    """The whole file."""
    lines = (line for table in TABLES for line in _table(table))
    return _HEAD.replace("FOLDER", _FOLDER) + "".join(lines)


def _table(table: Table) -> Iterator[str]:
    yield f"      - name: {table.name}\n"
    folder = f"'`' ~ {_FOLDER} ~ '/{table.name}`'"
    is_spark = "target.type == 'spark'"
    yield f"        identifier: \"{{{{ {folder} if {is_spark} else '{table.name}' }}}}\"\n"
    yield f"        description: One row per {table.grain}. Key {', '.join(table.key)}.\n"
    yield "        columns:\n"
    for column in table.columns:
        yield from _column(column)


def _column(column: Column) -> Iterator[str]:
    kind = "string" if column.type == "text" else column.type
    yield f"          - name: {column.name}\n"
    yield f"            data_type: {kind}\n"
    yield f"            description: {json.dumps(column.doc, ensure_ascii=False)}\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
