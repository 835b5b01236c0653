"""Conversations → rows of the contract's tables. Pure: what it gives depends on its input only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from ingest.conversation import BadRecord, Conversation
from ingest.pairing import pair
from ingest.rows import Waiting
from ingest.secrets import shown
from ingest.toolsets import Toolset, Toolsets, check

PREVIEW = 200
_LOOKED_AT = 10_000  # bytes of a rejected record in which secrets are looked for to show its head
LONGEST_ID = 1_000
ROW_TABLES = (
    "conversations",
    "turns",
    "blocks",
    "tool_calls",
    "tool_responses",
    "secret_findings",
    "rejects",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from: what is the same for all records of a file."""

    file_id: str
    source: str
    dataset: str
    path: str
    model: str | None = None


class Flattener:
    """Collects conversations until their rows are taken as Arrow batches.

    Ids are unique within one flattener: the second of two equal ids gets `~<sha16>` of its place.
    `ids` (id → file and position) and `definitions` (rows of tool_definitions) only grow.
    """

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._toolsets = Toolsets()
        self._seen_toolsets: set[str] = set()
        self.ids: dict[str, tuple[str, int]] = {}
        self.definitions: list[tuple[Any, ...]] = []

    def add(self, conversation: Conversation, origin: Origin, record_index: int) -> None:
        """Adds the rows of one conversation."""
        waiting = self._waiting
        conversation_id = self._id(conversation, origin, record_index)
        toolset = self._toolsets.read(conversation.tools)
        if toolset is not None:
            self._add_definitions(toolset)
        waiting.conversations.append(
            _conversation_row(conversation_id, conversation, origin, record_index, toolset)
        )
        if conversation.findings:
            waiting.findings += [
                (conversation_id, position, *msgspec.structs.astuple(finding))
                for position, finding in enumerate(conversation.findings)
            ]
        turns = conversation.turns
        waiting.turns += turns
        waiting.turn_counts.append(len(turns))
        waiting.pairs += pair(turns)
        for turn in turns:
            first, calls = len(waiting.blocks), 0
            waiting.blocks += turn.blocks
            waiting.block_counts.append(len(turn.blocks))
            for at, block in enumerate(turn.blocks, first):
                if block.call is not None:
                    waiting.calls.append(block.call)
                    waiting.call_places.append(at)
                    waiting.call_indexes.append(calls)
                    waiting.checks.append(check(toolset, block.call))
                    calls += 1
                elif block.response is not None:
                    waiting.responses.append(block.response)
                    waiting.response_places.append(at)

    def add_reject(
        self, error: BadRecord, raw: bytes, origin: Origin, index: int, offset: int | None
    ) -> str:
        """Adds a rejected record; returns the hash under which its raw bytes are to be kept."""
        digest = hashlib.sha256(raw).hexdigest()
        detail = shown(error.detail)
        self._waiting.rejects.append(
            (origin.file_id, index, offset, error.reason, detail, digest, preview(raw))
        )
        return digest

    def take(self) -> dict[str, pa.RecordBatch]:
        """The rows so far as one batch per table (those without rows left out), then none."""
        waiting, self._waiting = self._waiting, Waiting()
        return waiting.batches()

    def _id(self, conversation: Conversation, origin: Origin, record_index: int) -> str:
        # Ids are everywhere: in links, commands and names of files. They never hold a secret.
        own = shown(conversation.source_id or f"{origin.path}#{record_index}")
        if len(own) > LONGEST_ID:  # each row of each table repeats it
            own = f"{own[:PREVIEW]}~{hashlib.sha256(own.encode()).hexdigest()[:16]}"
        wanted = f"{origin.source}/{own}"
        found = wanted if wanted not in self.ids else suffixed(wanted, origin.file_id, record_index)
        self.ids[found] = (origin.file_id, record_index)
        return found

    def _add_definitions(self, toolset: Toolset) -> None:
        if toolset.toolset_id in self._seen_toolsets:
            return
        self._seen_toolsets.add(toolset.toolset_id)
        # Names are in every table of tools.
        names = shown(dict.fromkeys(toolset.tools))
        self.definitions += [
            (toolset.toolset_id, name, tool.description, tool.parameters)
            for name, tool in zip(names, toolset.tools.values(), strict=True)
        ]


def suffixed(conversation_id: str, file_id: str, record_index: int) -> str:
    """The id of a record whose own id is taken: told apart by its place, which never changes."""
    digest = hashlib.sha256(f"{file_id}#{record_index}".encode()).hexdigest()
    return f"{conversation_id}~{digest[:16]}"


def preview(raw: bytes) -> str:
    """The beginning of raw bytes as safe text: what is not printable stands as `\\x..`.

    A secret goes before the text is cut, which would leave the half of one.
    """
    text = shown(raw[:_LOOKED_AT]).decode("utf-8", "backslashreplace")[:PREVIEW]
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
