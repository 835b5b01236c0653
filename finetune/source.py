"""Selected conversations out of a home: who from the warehouse, the text from its Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
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
class Place:
    """What the selection says of a conversation. `dropped`: the rules that it breaks, "" if none."""

    split: str
    is_doubled: bool
    is_kept: bool
    dropped: str


@dataclass(frozen=True, slots=True)
class Selected:
    """What the warehouse says of the conversations: who is kept and where, and the build."""

    places: Mapping[str, Place]  # by conversation_id, those that are dropped too
    dropped: Mapping[str, int]  # reason → conversations
    failing: Mapping[str, frozenset[int]]
    rates: Mapping[str, int]  # kind of text → tokens of 1,000 characters, an estimate
    settings: Mapping[str, str]  # the variables of the selection, as the build used them
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
            rates = dict(connection.execute(_RATES).fetchall())
            settings = dict(connection.execute(_SETTINGS).fetchall())
        except duckdb.CatalogException:
            raise UsageError(
                f"{warehouse} holds no table finetune_selection, finetune_settings or "
                "seeds.token_rates: run `tracehouse build` again"
            ) from None
        build = connection.execute("from meta.build")
        names = [column[0] for column in build.description or ()]
        facts = dict(zip(names, build.fetchone() or (), strict=True))
        turns: dict[str, set[int]] = {}
        for conversation_id, turn in connection.execute(_FAILING).fetchall() if has_failing else ():
            turns.setdefault(conversation_id, set()).add(turn)
    dropped: dict[str, int] = {}
    for _, is_kept, reason, *_ in rows:
        if not is_kept:
            dropped[reason] = dropped.get(reason, 0) + 1
    return Selected(
        {
            key: Place(split, bool(is_doubled), bool(is_kept), reasons.replace("_", " "))
            for key, is_kept, _, reasons, split, is_doubled in rows
        },
        dict(sorted(dropped.items())),
        {key: frozenset(found) for key, found in turns.items()},
        rates,
        settings,
        facts | {"rules_sha256": _rules_hash(facts["sql_sha256"], settings)},
    )


def _rules_hash(sql_sha256: str, settings: Mapping[str, str]) -> str:
    """Hash of the models and of the variables that they were built with, wherever those came from."""
    parts = [sql_sha256, *(f"{name}={value}" for name, value in sorted(settings.items()))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


_SELECTION = """
select
    conversation_id, is_kept, drop_reason, coalesce(drop_reasons, ''), split, is_first_turn_doubled
from finetune_selection"""
_RATES = "select kind, tokens_per_1000_chars from seeds.token_rates"
_SETTINGS = "select setting, text_value from finetune_settings order by setting"
_FAILING = "select distinct conversation_id, turn_index from fct_tool_calls where is_error"


def conversations(parquet: Path, chosen: Selected) -> Iterator[Conversation]:
    """The selected conversations, part by part, in the order in which they were ingested.

    Memory is bounded by a batch of rows and the longest conversation.
    Raises: StorageError where the tables do not go together.
    """
    around = _Around(parquet, chosen)
    for part in _parts(parquet):
        heads = _rows(parquet / "conversations" / part, "conversations")
        children = {
            name: _Cursor(_rows(parquet / name / part, name), f"{name}/{part}")
            for name in _CHILDREN
        }
        for head in heads:
            key = head["conversation_id"]
            found = [children[name].take(key) for name in _CHILDREN]
            if key in chosen.places and chosen.places[key].is_kept:
                yield around.conversation(head, found)
        for cursor in children.values():
            cursor.close()


def one(parquet: Path, chosen: Selected, conversation_id: str) -> Conversation:
    """A single one of the selected conversations; only its rows are read.

    Raises: StorageError where the tables do not hold it.
    """
    for part in _parts(parquet):
        heads = _rows_of(parquet / "conversations" / part, "conversations", conversation_id)
        if heads:
            found = [_rows_of(parquet / name / part, name, conversation_id) for name in _CHILDREN]
            return _Around(parquet, chosen).conversation(heads[0], found)
    raise StorageError(f"{parquet} does not hold {conversation_id}: run `tracehouse build` again")


class _Around:
    """What conversations share, to make them from their rows."""

    def __init__(self, parquet: Path, chosen: Selected) -> None:
        self._chosen = chosen
        self._tools = definitions(shown(_all(parquet, "tool_definitions")))
        findings = _all(parquet, "secret_findings")
        self._has_secrets = {row["conversation_id"] for row in findings}
        self._files = {row["file_id"]: row for row in _all(parquet, "files")}
        self._assembler = Assembler()

    def conversation(self, head: Row, found: Sequence[Sequence[Row]]) -> Conversation:
        """The conversation that the rows of all tables make up."""
        key, file = head["conversation_id"], self._files[head["file_id"]]
        place = self._chosen.places[key]
        if key in self._has_secrets:
            head, found = shown(head), shown(found)
        return Conversation(
            head
            | {"split": place.split, "is_first_turn_doubled": place.is_doubled}
            | {"file": file},
            self._assembler.turns(*found),
            file["format"] == "hermes",
            self._tools.get(head["toolset_id"]),
            self._chosen.failing.get(key, frozenset()),
        )


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


def _parts(parquet: Path) -> list[str]:
    return sorted(path.name for path in (parquet / "conversations").glob("*.parquet"))


def _rows_of(path: Path, table: str, conversation_id: str) -> list[Row]:
    """The rows of one conversation in one file."""
    import pyarrow.parquet as pq

    if not path.exists():
        return []
    wanted = [("conversation_id", "=", conversation_id)]
    found: list[Row] = pq.read_table(
        path, columns=_COLUMNS[table].split(), filters=wanted
    ).to_pylist()
    return found


def _all(parquet: Path, table: str) -> list[Row]:
    """All rows of a small table."""
    import pyarrow.parquet as pq

    return [
        row
        for path in sorted((parquet / table).glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
