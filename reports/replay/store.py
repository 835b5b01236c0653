"""Reads single conversations out of the Parquet that the published warehouse was built from.

Only the rows of the wanted conversation are read; a long text only at both ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.secrets import shown as without_secrets
from reports.query import opened
from tracehouse.errors import StorageError, UsageError
from tracehouse.marts import glob_prefix, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reports.replay.model import Conversation

Row = dict[str, Any]
_LONG = 200_000  # characters; a longer text is read only at both ends
_HEAD, _TAIL = 1_000, 450
_MORE = 4_000  # characters read beyond the ends, so that a cut leaves no half of a secret
_NAMED = 10  # candidates that a message names
_TABLES = ("conversations", "turns", "blocks", "tool_calls", "tool_responses")


@dataclass(frozen=True, slots=True)
class Rows:
    """What Parquet and warehouse hold of one conversation, each list in the order of its key."""

    head: Row
    turns: Sequence[Row]
    blocks: Sequence[Row]
    calls: Sequence[Row]
    responses: Sequence[Row]
    steps: Sequence[Row]
    uses: Sequence[Row]
    errors: Sequence[Row]
    build: Row


@contextmanager
def stored(parquet: Path, warehouse: Path) -> Iterator[Store]:
    """The conversations behind a warehouse.

    Raises: StorageError where one of the two cannot be read.
    """
    import duckdb

    missing = [name for name in _TABLES if not any((parquet / name).glob("*.parquet"))]
    if missing:
        raise StorageError(f"{parquet} holds no table {missing[0]}: run `tracehouse build` again")
    with opened(warehouse) as marts, duckdb.connect() as files:
        files.execute("set TimeZone = 'UTC'")
        folder = parquet.resolve()
        files.execute(f"create view conversations as from {_source(folder, 'conversations')}")
        yield Store(folder, files, marts)


class Store:
    """Finds and reads conversations by their id."""

    def __init__(self, folder: Path, files: DuckDBPyConnection, marts: DuckDBPyConnection) -> None:
        self._folder = folder
        self._files = files
        self._marts = marts

    def find(self, wanted: str) -> str:
        """The id that is `wanted`, else the only one that ends with it or holds it.

        Raises: UsageError where there is none, or more than one.
        """
        sql = "select conversation_id from conversations where {} order by conversation_id"
        for test in (
            "conversation_id = $1",
            "ends_with(conversation_id, $1)",
            "contains(conversation_id, $1)",
        ):
            found = [row["conversation_id"] for row in _rows(self._files, sql.format(test), wanted)]
            if len(found) == 1:
                return str(found[0])
            if found and wanted:
                raise UsageError(_several(wanted, found))
        raise UsageError(self._nothing(wanted))

    def _nothing(self, wanted: str) -> str:
        sql = (
            "select conversation_id from conversations order by "
            "jaro_winkler_similarity(conversation_id, $1) desc, conversation_id limit 3"
        )
        near = [row["conversation_id"] for row in _rows(self._files, sql, wanted)]
        if not near:
            return "there is no conversation in the warehouse"
        return f"no conversation has an id with “{wanted}”. The nearest:\n" + _lines(near)

    def read(self, conversation_id: str, *, is_full: bool = False) -> Conversation:
        """The conversation of exactly this id; with `is_full`, long texts are read whole.

        Raises: UsageError where there is none.
        """
        found = self.read_all([conversation_id], is_full=is_full)
        if not found:
            raise UsageError(self._nothing(conversation_id))
        return found[conversation_id]

    def read_all(self, ids: Sequence[str], *, is_full: bool = False) -> dict[str, Conversation]:
        """The conversations of exactly these ids, as far as there are any."""
        from reports.replay.assemble import assemble

        return {each: assemble(rows) for each, rows in self._read(ids, is_full).items()}

    def parts(self, ids: Sequence[str]) -> dict[str, str]:
        """The name of the files that hold each of these conversations."""
        sql = (
            "select conversation_id, parse_filename(filename, true) as part from conversations "
            f"where {_ANY} order by conversation_id"
        )
        return {row["conversation_id"]: row["part"] for row in _rows(self._files, sql, ids)}

    def _read(self, ids: Sequence[str], is_full: bool) -> dict[str, Rows]:
        """All rows of these conversations, in texts of which a mark stands for each secret."""
        most = 2**62 if is_full else _LONG
        heads = {
            row["conversation_id"]: _safe(row) for row in _rows(self._files, _CONVERSATION, ids)
        }
        copies = {
            row["conversation_id"]: row["duplicate_of_id"] for row in _rows(self._marts, _MART, ids)
        }
        # Facts hold one of several copies; its turns are the same.
        facts = {each: copies.get(each) or each for each in heads}
        parts: dict[str, list[str]] = defaultdict(list)
        for each, head in heads.items():
            parts[head["part"]].append(each)

        def found(table: str, sql: str) -> dict[str, list[Row]]:
            """The rows from the files that hold them: a part has the same name everywhere."""
            rows: list[Row] = []
            for part, those in parts.items():
                source = _source(self._folder, table, part)
                rows += _rows(self._files, sql.format(source=source), those)
            return _by_conversation([_safe(row) for row in rows])

        def known(sql: str) -> dict[str, list[Row]]:
            rows = _rows(self._marts, sql, sorted(set(facts.values())))
            return _by_conversation([_safe(row) for row in rows])

        turns, responses = found("turns", _TURNS), found("tool_responses", _RESPONSES)
        blocks = found("blocks", _long(_BLOCK_COLUMNS, "body", most))
        calls = found("tool_calls", _long(_CALL_COLUMNS, "arguments", most))
        steps, uses, errors = known(_STEPS), known(_USES), known(_ERRORS)
        build = _rows(self._marts, "select build_id, tracehouse_version from meta.build")[0]
        return {
            each: Rows(
                head=head | {"duplicate_of_id": copies.get(each)},
                turns=turns[each],
                blocks=blocks[each],
                calls=calls[each],
                responses=responses[each],
                steps=steps[facts[each]],
                uses=uses[facts[each]],
                errors=errors[facts[each]],
                build=build,
            )
            for each, head in heads.items()
        }


def _source(folder: Path, table: str, part: str = "*") -> str:
    """One file of a table, or all."""
    place = literal(f"{glob_prefix(folder / table)}/{part}.parquet")
    return f"read_parquet({place}, hive_partitioning = false, filename = true)"


_BLOCK_COLUMNS = "kind, opener, body, closer, visibility, media_type, issue"
_CALL_COLUMNS = "tool_name, arguments, parse_status, issue, schema_status, schema_issues"
_ANY = "conversation_id in (select unnest($1))"
_CONVERSATION = f"""
select conversation_id, source, model, category, subcategory, left(task, 2000) as task,
    outcome_name, outcome_score, is_completed, started_at,
    parse_filename(filename, true) as part
from conversations
where {_ANY}"""
_TURNS = f"""
select conversation_id, turn_index, role
from {{source}}
where {_ANY}
order by conversation_id, turn_index"""
_RESPONSES = f"""
select conversation_id, turn_index, block_index, tool_name, call_turn_index, call_block_index,
    content_chars, exit_code, body_head, body_tail
from {{source}}
where {_ANY}
order by conversation_id, turn_index, block_index"""
_MART = f"""
select conversation_id, duplicate_of_id
from dim_conversations
where {_ANY}"""
_STEPS = f"""
select conversation_id, turn_index, step_index
from fct_turns
where {_ANY}"""
_USES = f"""
select conversation_id, turn_index, block_index, is_repeat
from fct_tool_calls
where {_ANY}"""
_ERRORS = f"""
select conversation_id, turn_index, block_index, side, class, rule, evidence
from fct_errors
where {_ANY}
order by conversation_id, turn_index, block_index"""


def _long(columns: str, text: str, most: int) -> str:
    """A query in which a text of more than `most` characters is only its ends."""
    ends = (
        f"case when length({text}) <= {most} then {text} else left({text}, {_HEAD + _MORE}) end "
        f"as {text}, "
        f"case when length({text}) > {most} then right({text}, {_TAIL + _MORE}) else '' end as tail, "
        f"length({text}) as chars"
    )
    return (
        f"select conversation_id, turn_index, block_index, {columns.replace(text, ends, 1)} "
        f"from {{source}} where {_ANY} order by conversation_id, turn_index, block_index"
    )


def _rows(connection: DuckDBPyConnection, sql: str, *values: str | Sequence[str]) -> list[Row]:
    import duckdb

    try:
        found = connection.execute(sql, list(values))
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error as error:
        raise StorageError(f"the conversation cannot be read: {error}") from None


def _safe(row: Row) -> Row:
    """The row without secrets, and its long text cut to both ends."""
    safe = {key: without_secrets(value) for key, value in row.items()}
    if safe.get("tail"):
        text = "body" if "body" in safe else "arguments"
        safe |= {text: safe[text][:_HEAD], "tail": safe["tail"][-_TAIL:]}
    return safe


def by_place(rows: Sequence[Row]) -> dict[tuple[int, int], Row]:
    """The rows by turn and block."""
    return {(row["turn_index"], row["block_index"]): row for row in rows}


def by_turn(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """The rows of each turn."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["turn_index"]].append(row)
    return found


def _by_conversation(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each conversation; of one without any, an empty list."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["conversation_id"]].append(row)
    return found


def _several(wanted: str, found: Sequence[str]) -> str:
    more = f"\n  and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return (
        f"{len(found):,} conversations have an id with “{wanted}”; give more of it:\n"
        f"{_lines(found[:_NAMED])}{more}"
    )


def _lines(ids: Sequence[str]) -> str:
    return "\n".join(f"  {each}" for each in ids)
