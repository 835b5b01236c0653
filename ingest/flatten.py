"""Conversations → rows of the contract's tables. Pure: what it gives depends on its input only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingest import schema
from ingest.calls import sha256
from ingest.columns import array
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.pairing import Pair, pair
from ingest.toolsets import Toolset, Toolsets, check

PREVIEW = 200
ROW_TABLES = ("conversations", "turns", "blocks", "tool_calls", "tool_responses", "rejects")
_NO_PAIR = Pair(0, None, "none")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from: what is the same for all records of a file."""

    file_id: str
    source: str
    dataset: str
    path: str
    model: str | None = None


class Flattener:
    """Collects the rows of conversations until they are taken as Arrow batches.

    Ids are unique within one flattener: the second of two equal ids gets `~<sha16>` of its place.
    `ids` (id → file and position) and `definitions` (rows of tool_definitions) only grow.
    """

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ROW_TABLES}
        self._toolsets = Toolsets()
        self._seen_toolsets: set[str] = set()
        self.ids: dict[str, tuple[str, int]] = {}
        self.definitions: list[tuple[Any, ...]] = []

    def add(self, conversation: Conversation, origin: Origin, record_index: int) -> None:
        """Adds the rows of one conversation."""
        conversation_id = self._id(conversation, origin, record_index)
        toolset = self._toolsets.read(conversation.tools)
        if toolset is not None:
            self._add_definitions(toolset)
        self._rows["conversations"].append(
            _conversation_row(conversation_id, conversation, origin, record_index, toolset)
        )
        pairs = pair(conversation.turns)
        for turn_index, turn in enumerate(conversation.turns):
            self._rows["turns"].append(_turn_row(conversation_id, turn_index, turn))
            calls = 0
            for block_index, block in enumerate(turn.blocks):
                key = (conversation_id, turn_index, block_index)
                self._rows["blocks"].append(_block_row(key, block))
                if block.call is not None:
                    self._rows["tool_calls"].append(_call_row(key, calls, block, toolset))
                    calls += 1
                elif block.response is not None:
                    found = pairs.get((turn_index, block_index), _NO_PAIR)
                    self._rows["tool_responses"].append(_response_row(key, block, found))

    def add_reject(
        self, error: BadRecord, raw: bytes, origin: Origin, index: int, offset: int | None
    ) -> str:
        """Adds a rejected record; returns the hash under which its raw bytes are to be kept."""
        digest = hashlib.sha256(raw).hexdigest()
        self._rows["rejects"].append(
            (origin.file_id, index, offset, error.reason, error.detail, digest, preview(raw))
        )
        return digest

    def take(self) -> dict[str, pa.RecordBatch]:
        """The rows so far as one batch per table (those without rows left out), then none."""
        batches = {
            name: batch(schema.BY_NAME[name], rows) for name, rows in self._rows.items() if rows
        }
        for rows in self._rows.values():
            rows.clear()
        return batches

    def _id(self, conversation: Conversation, origin: Origin, record_index: int) -> str:
        place = f"{origin.path}#{record_index}"
        wanted = f"{origin.source}/{conversation.source_id or place}"
        found = wanted if wanted not in self.ids else suffixed(wanted, origin.file_id, record_index)
        self.ids[found] = (origin.file_id, record_index)
        return found

    def _add_definitions(self, toolset: Toolset) -> None:
        if toolset.toolset_id in self._seen_toolsets:
            return
        self._seen_toolsets.add(toolset.toolset_id)
        self.definitions += [
            (toolset.toolset_id, tool.name, tool.description, tool.parameters)
            for tool in toolset.tools.values()
        ]


def suffixed(conversation_id: str, file_id: str, record_index: int) -> str:
    """The id of a record whose own id is taken: told apart by its place, which never changes."""
    digest = hashlib.sha256(f"{file_id}#{record_index}".encode()).hexdigest()
    return f"{conversation_id}~{digest[:16]}"


def preview(raw: bytes) -> str:
    """The beginning of raw bytes as safe text: what is not printable stands as `\\x..`."""
    text = raw[: PREVIEW * 4].decode("utf-8", "backslashreplace")[:PREVIEW]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _conversation_row(
    conversation_id: str,
    conversation: Conversation,
    origin: Origin,
    record_index: int,
    toolset: Toolset | None,
) -> tuple[Any, ...]:
    model = conversation.model or origin.model
    turns = conversation.turns
    return (
        conversation_id,
        origin.dataset,
        origin.source,
        conversation.source_id,
        model,
        None if model is None else "record" if conversation.model else "config",
        conversation.category,
        conversation.subcategory,
        conversation.task,
        conversation.task_id,
        conversation.trial_index,
        _prompt_group(conversation, origin.dataset),
        toolset.toolset_id if toolset else None,
        len(turns),
        conversation.is_completed,
        conversation.started_at,
        conversation.outcome_name,
        conversation.outcome_score,
        conversation.extra,
        _content_hash(conversation),
        origin.file_id,
        record_index,
    )


def _content_hash(conversation: Conversation) -> str:
    """What exact copies share, whatever their ids and files.

    Two runs of one task with the same words are no copies where the record says that they are two:
    by trial, by model or by outcome.
    """
    run = (
        conversation.model,
        conversation.task_id,
        conversation.trial_index,
        conversation.outcome_score,
    )
    lines = [repr(run), *[f"{turn.role} {turn.body_sha256}" for turn in conversation.turns]]
    extras = [turn.extra or b"" for turn in conversation.turns]
    return hashlib.sha256("\n".join(lines).encode() + b"\n".join(extras)).hexdigest()


def _prompt_group(conversation: Conversation, dataset: str) -> str | None:
    """What conversations with the same prompt share."""
    if conversation.task_id is not None:
        key = f"{dataset}\0{conversation.task_id}".encode()
    else:
        first = next((turn for turn in conversation.turns if turn.role == "user"), None)
        if first is None:
            return None
        text = b"".join([block.body for block in first.blocks])
        key = " ".join(text.decode().lower().split()).encode()
        if not key:
            return None
    return hashlib.sha256(key).hexdigest()[:16]


def _turn_row(conversation_id: str, turn_index: int, turn: Turn) -> tuple[Any, ...]:
    return (
        conversation_id,
        turn_index,
        turn.role,
        turn.source_role,
        turn.api_message_id,
        turn.body_chars,
        turn.body_sha256,
        turn.stop_reason,
        turn.created_at,
        turn.issue,
        turn.is_lossless,
        turn.extra,
    )


def _block_row(key: tuple[str, int, int], block: Block) -> tuple[Any, ...]:
    return (
        *key,
        block.kind,
        block.opener,
        block.body,
        block.closer,
        block.visibility,
        block.media_type,
        block.is_closed,
        block.issue,
    )


def _call_row(
    key: tuple[str, int, int], call_index: int, block: Block, toolset: Toolset | None
) -> tuple[Any, ...]:
    call = block.call
    assert call is not None
    status, issues = check(toolset, call)
    return (
        *key,
        call_index,
        call.tool_call_id,
        call.tool_name,
        call.arguments,
        call.arguments_kind,
        sha256(call.arguments),
        "malformed" if call.is_malformed else "ok",
        call.issue,
        status,
        issues,
    )


def _response_row(key: tuple[str, int, int], block: Block, found: Pair) -> tuple[Any, ...]:
    response = block.response
    assert response is not None
    return (
        *key,
        found.response_index,
        response.tool_call_id,
        response.tool_name,
        found.call.turn_index if found.call else None,
        found.call.block_index if found.call else None,
        found.paired_by,
        response.content_kind,
        response.content_chars,
        response.content_sha256,
        response.fields,
        response.error_text,
        response.reported_success,
        response.exit_code,
        response.status,
        response.native_is_error,
        response.body_head,
        response.body_tail,
    )


def batch(table: schema.Table, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    """The rows, of which there are some, as Arrow."""
    arrow = table.arrow
    columns = zip(*rows, strict=True)
    arrays = [array(c, field.type) for c, field in zip(columns, arrow, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow)
