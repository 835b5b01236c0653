"""A home with ingested traces and a warehouse of just what an export reads, made without dbt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from finetune.conversation import Conversation
from finetune.export import export
from finetune.options import ExportOptions
from finetune.source import conversations, selected
from finetune.summary import ExportSummary
from ingest.options import IngestOptions
from ingest.run import ingest
from tracehouse.paths import Home

_SELECTION = """
create table finetune_selection as
select conversation_id, source, source as config, true as is_kept,
    null::varchar as drop_reason, null::varchar as drop_reasons,
    ['train', 'train', 'validation', 'test'][1 + (row_number() over (order by conversation_id) % 4)]
        as split,
    conversation_id as split_group, null::varchar as exact_duplicate_of,
    null::varchar as near_duplicate_of, false as is_first_turn_doubled
from read_parquet($parquet)"""
_SEEDS = Path(__file__).resolve().parents[1] / "seeds"
_RATES = "create table seeds.token_rates as from read_csv($csv)"
_SETTINGS = (
    "create table finetune_settings as select 'finetune_min_thoughts' as setting, '1' as text_value"
)
_BUILD = """
create table meta.build as
select 'b1' as build_id, 'm1' as manifest_sha256, 'r1' as sql_sha256, '0' as tracehouse_version,
    'd1' as dbt_version, 'k1' as duckdb_version, '5' as ingest_version"""


def made(root: Path, *sources: Path, change: str = "") -> Home:
    """A home over the sources; `change` is SQL that runs in its warehouse at the end."""
    home = Home(root)
    ingest([str(source) for source in sources], root, IngestOptions(workers=1))
    home.warehouses.mkdir(parents=True)
    published = home.warehouses / "w-000001.duckdb"
    published.with_suffix(".input").symlink_to(home.parquet.resolve())
    with duckdb.connect(str(published)) as connection:
        glob = f"{home.parquet}/conversations/*.parquet"
        connection.execute(_SELECTION, {"parquet": glob})
        connection.execute("create schema meta")
        connection.execute(_SETTINGS)
        connection.execute("create schema seeds")
        connection.execute(_RATES, {"csv": str(_SEEDS / "token_rates.csv")})
        connection.execute(_BUILD)
        connection.execute(
            "create table fct_tool_calls (conversation_id text, turn_index bigint, is_error boolean)"
        )
        connection.execute(change or "select 1")
    home.warehouse.symlink_to(published)
    return home


def kept(home: Home) -> Iterator[Conversation]:
    """The selected conversations of a home."""
    yield from conversations(home.built_from.resolve(), selected(home.warehouse, has_failing=True))


def exported(home: Home, **options: Any) -> tuple[ExportSummary, list[dict[str, Any]]]:
    """An export to `<home>/out`: what it counted, and all its rows in the order of the splits."""
    folder = home.root / "out"
    summary = export(home, folder, ExportOptions(**options))
    paths = [folder / f"{split}.jsonl" for split in ("train", "validation", "test")]
    lines = [line for path in paths if path.exists() for line in path.open(encoding="utf-8")]
    return summary, [json.loads(line) for line in lines]
