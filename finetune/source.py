"""Selected conversations out of a home: who from the warehouse, the text from its Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.conversation import Assembler, Conversation
from finetune.tools import definitions
from ingest.secrets import shown
from tracehouse.errors import StorageError, UsageError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

Row = dict[str, Any]
_BATCH = 1_000  # rows decoded at a time: their texts are what memory holds
_COLUMNS = {
    "conversations": (
        "conversation_id dataset source source_id model model_from category subcategory "
        "toolset_id file_id turn_count"
    ),
    "turns": "conversation_id turn_index role",
    "blocks": "conversation_id turn_index block_index kind opener body closer visibility",
    "tool_calls": (
        "conversation_id turn_index block_index tool_call_id tool_name arguments parse_status issue"
    ),
    "tool_responses": (
        "conversation_id turn_index block_index tool_call_id tool_name call_turn_index "
        "call_block_index"
    ),
}
_CHILDREN = ("turns", "blocks", "tool_calls", "tool_responses")


@dataclass(frozen=True, slots=True)
class Selected:
    """What the warehouse says of the conversations: who is kept and where, and the build."""

    kept: Mapping[str, tuple[str, bool]]  # conversation_id → split, is_first_turn_doubled
    dropped: Mapping[str, int]  # reason → conversations
    failing: Mapping[str, frozenset[int]]
    build: Row


def selected(warehouse: Path, *, has_failing: bool) -> Selected:
    """The selection of the published warehouse; with `has_failing`, turns whose calls failed too.

    Raises: UsageError where the warehouse was built without the selection.
    """
    import duckdb

    from reports.query import opened

    with opened(warehouse) as connection:
        try:
            rows = connection.execute(_SELECTION).fetchall()
        except duckdb.CatalogException:
            raise UsageError(
                f"{warehouse} holds no table finetune_selection: run `tracehouse build` again"
            ) from None
        build = connection.execute("from meta.build")
        names = [column[0] for column in build.description or ()]
        facts = dict(zip(names, build.fetchone() or (), strict=True))
        turns: dict[str, set[int]] = {}
        for conversation_id, turn in connection.execute(_FAILING).fetchall() if has_failing else ():
            turns.setdefault(conversation_id, set()).add(turn)
    dropped: dict[str, int] = {}
    for _, is_kept, reason, _, _ in rows:
        if not is_kept:
            dropped[reason] = dropped.get(reason, 0) + 1
    return Selected(
        {row[0]: (row[3], bool(row[4])) for row in rows if row[1]},
        dict(sorted(dropped.items())),
        {key: frozenset(found) for key, found in turns.items()},
        facts,
    )


_SELECTION = """
select conversation_id, is_kept, drop_reason, split, is_first_turn_doubled
from finetune_selection"""
_FAILING = "select distinct conversation_id, turn_index from fct_tool_calls where is_error"


def conversations(parquet: Path, chosen: Selected) -> Iterator[Conversation]:
    """The selected conversations, part by part, in the order in which they were ingested.

    Memory is bounded by a batch of rows and the longest conversation.
    Raises: StorageError where the tables do not go together.
    """
    tools = definitions(shown(_all(parquet, "tool_definitions")))
    has_secrets = {row["conversation_id"] for row in _all(parquet, "secret_findings")}
    files = {row["file_id"]: row for row in _all(parquet, "files")}
    assembler = Assembler()
    for part in sorted(path.name for path in (parquet / "conversations").glob("*.parquet")):
        heads = _rows(parquet / "conversations" / part, "conversations")
        children = {
            name: _Cursor(_rows(parquet / name / part, name), f"{name}/{part}")
            for name in _CHILDREN
        }
        for head in heads:
            key = head["conversation_id"]
            found = [children[name].take(key) for name in _CHILDREN]
            if key not in chosen.kept:
                continue
            split, is_doubled = chosen.kept[key]
            if key in has_secrets:
                head, found = shown(head), shown(found)
            yield Conversation(
                head
                | {"split": split, "is_first_turn_doubled": is_doubled}
                | {"file": files[head["file_id"]]},
                assembler.turns(*found),
                files[head["file_id"]]["format"] == "hermes",
                tools.get(head["toolset_id"]),
                chosen.failing.get(key, frozenset()),
            )
        for cursor in children.values():
            cursor.close()


class _Cursor:
    """The rows of a child table, taken conversation by conversation in the order of the part."""

    def __init__(self, rows: Iterator[Row], name: str) -> None:
        self._rows = rows
        self._name = name
        self._next = next(rows, None)

    def take(self, key: str) -> list[Row]:
        """The rows of the next conversation; none where it has none here."""
        found = []
        while self._next is not None and self._next["conversation_id"] == key:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def close(self) -> None:
        """Raises: StorageError where rows are left: the tables are in another order."""
        if self._next is not None:
            raise StorageError(
                f"{self._name} has rows of {self._next['conversation_id']} that its conversations "
                "do not lead to: ingest the sources again with --fresh"
            )


def _rows(path: Path, table: str) -> Iterator[Row]:
    """The rows of one file, a batch at a time."""
    import pyarrow.parquet as pq

    if not path.exists():  # a part without calls has no file of calls
        return
    with pq.ParquetFile(path) as file:
        yield from _batches(file, _COLUMNS[table].split())


def _batches(file: pq.ParquetFile, columns: list[str]) -> Iterator[Row]:
    for batch in file.iter_batches(_BATCH, columns=columns):
        yield from batch.to_pylist()


def _all(parquet: Path, table: str) -> list[Row]:
    """All rows of a small table."""
    import pyarrow.parquet as pq

    return [
        row
        for path in sorted((parquet / table).glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
