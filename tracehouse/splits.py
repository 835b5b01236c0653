"""The ledger of splits: on which side each conversation is, kept from build to build.

A split is drawn by a hash of its group, and a group can get another name, or merge with another,
when conversations are added. What the ledger holds is not drawn again.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from finetune.options import SPLITS
from tracehouse.errors import StorageError
from tracehouse.paths import Home

_SCHEMA = pa.schema([("conversation_id", pa.string()), ("split", pa.string())])
_MODEL = "finetune_selection"


def open_ledger(home: Home) -> Path:
    """The ledger's file, made without rows where there is none yet.

    Raises: StorageError where it is damaged: without it, splits would be drawn again in silence.
    """
    if not home.splits.exists():
        _write(home.splits, _SCHEMA.empty_table())
    try:
        rows = pq.read_table(home.splits, page_checksum_verification=True)
        is_whole = (rows.schema.names, rows.schema.types) == (_SCHEMA.names, _SCHEMA.types)
        is_whole = is_whole and _is_ledger(rows)
    except (OSError, pa.ArrowException):
        is_whole = False
    if not is_whole:
        raise StorageError(
            f"{home.splits} is damaged; it keeps what is held out of training: put a copy of it "
            "back, or remove it to have all splits drawn again"
        )
    return home.splits


def _is_ledger(rows: pa.Table) -> bool:
    """Whether each conversation has one split."""
    ids, given = rows["conversation_id"].to_pylist(), set(rows["split"].to_pylist())
    return len(set(ids)) == len(ids) and None not in ids and given <= set(SPLITS)


def remember(home: Home, warehouse: Path) -> None:
    """Puts the splits of a warehouse, which is about to be published, into the ledger.

    Later, a kill between the two would leave splits that somebody saw and the ledger does not know.

    What the warehouse no longer holds stays: it may come back. A project of a person's own may have
    no such model: nothing changes then.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        known = connection.execute(
            "select count(*) from information_schema.tables where table_name = ?", [_MODEL]
        ).fetchone()
        if known == (0,):
            return
        rows = connection.execute(
            f"select conversation_id, split from main.{_MODEL} union all "
            "select conversation_id, split from read_parquet($ledger) as ledger where not exists "
            f"(from main.{_MODEL} as now where now.conversation_id = ledger.conversation_id) "
            "order by conversation_id",
            {"ledger": str(open_ledger(home))},
        ).fetchall()
    names = _SCHEMA.names
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], _SCHEMA)
    if not table.equals(pq.read_table(home.splits)):
        _write(home.splits, table)


def _write(place: Path, rows: pa.Table) -> None:
    """Writes the file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.new")
    with temporary.open("wb") as file:
        pq.write_table(rows, file, compression="zstd", write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(place)
