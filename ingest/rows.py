"""Turns, blocks, calls and responses that wait → Arrow batches, column by column.

A column is the attribute of its name of all records, and keys are counted out for a whole batch:
so there is no Python object for a row, of which there are millions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from ingest import schema
from ingest.calls import sha256
from ingest.columns import array, integers
from ingest.conversation import Block, Call, Response, Turn
from ingest.pairing import Pair

Columns = dict[str, Sequence[Any]]


@dataclass(slots=True)
class Waiting:
    """What has been collected; `_places` are positions in `blocks`, counts are of each parent."""

    conversations: list[tuple[Any, ...]] = field(default_factory=list)
    turn_counts: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    block_counts: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    call_places: list[int] = field(default_factory=list)
    call_indexes: list[int] = field(default_factory=list)
    checks: list[tuple[str | None, str | None]] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    response_places: list[int] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    findings: list[tuple[Any, ...]] = field(default_factory=list)
    rejects: list[tuple[Any, ...]] = field(default_factory=list)

    def batches(self) -> dict[str, pa.RecordBatch]:
        """One batch per table that has rows."""
        found = {
            "conversations": _of_rows(schema.CONVERSATIONS, self.conversations),
            "secret_findings": _of_rows(schema.SECRET_FINDINGS, self.findings),
            "rejects": _of_rows(schema.REJECTS, self.rejects),
        }
        if self.conversations:
            ids = found["conversations"]["conversation_id"]
            owners = np.repeat(np.arange(len(self.turn_counts)), self.turn_counts)
            turn_key = [ids.take(integers(owners)), _positions(self.turn_counts)]
            of_turn = integers(np.repeat(np.arange(len(self.turns)), self.block_counts))
            block_key = [column.take(of_turn) for column in turn_key]
            block_key.append(_positions(self.block_counts))
            found["turns"] = _of_records(schema.TURNS, turn_key, self.turns, {})
            found["blocks"] = _of_records(schema.BLOCKS, block_key, self.blocks, {})
            found["tool_calls"] = self._calls(block_key)
            found["tool_responses"] = self._responses(block_key)
        return {table: batch for table, batch in found.items() if batch.num_rows}

    def _calls(self, block_key: list[pa.Array]) -> pa.RecordBatch:
        calls = self.calls
        computed: Columns = {
            "call_index": self.call_indexes,
            "arguments_sha256": [sha256(call.arguments) for call in calls],
            "parse_status": ["malformed" if call.is_malformed else "ok" for call in calls],
            "schema_status": [status for status, _ in self.checks],
            "schema_issues": [issues for _, issues in self.checks],
        }
        key = _at(block_key, self.call_places)
        return _of_records(schema.TOOL_CALLS, key, calls, computed)

    def _responses(self, block_key: list[pa.Array]) -> pa.RecordBatch:
        places = [pair.call for pair in self.pairs]
        computed: Columns = {
            "response_index": [pair.response_index for pair in self.pairs],
            "call_turn_index": [place.turn_index if place else None for place in places],
            "call_block_index": [place.block_index if place else None for place in places],
            "paired_by": [pair.paired_by for pair in self.pairs],
        }
        key = _at(block_key, self.response_places)
        return _of_records(schema.TOOL_RESPONSES, key, self.responses, computed)


def _of_records(
    table: schema.Table, key: list[pa.Array], records: Sequence[Any], computed: Columns
) -> pa.RecordBatch:
    """The key, then each column as `computed`, else the attribute of its name of all records."""
    arrays = list(key)
    for column in table.columns[len(key) :]:
        values = computed.get(column.name)
        if values is None:
            values = list(map(attrgetter(column.name), records))
        arrays.append(array(values, schema.ARROW[column.type], column.nullable))
    return pa.RecordBatch.from_arrays(arrays, schema=table.arrow)


def _of_rows(table: schema.Table, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    arrays = [
        array(values, schema.ARROW[column.type], column.nullable)
        for values, column in zip(columns, table.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=table.arrow)


def _positions(counts: list[int]) -> pa.Array:
    """The position of each child among those of its parent, from 0."""
    ends = np.cumsum(counts)
    return integers(np.arange(ends[-1]) - np.repeat(ends - counts, counts))


def _at(key: list[pa.Array], places: list[int]) -> list[pa.Array]:
    """The rows of the key at these places."""
    chosen = integers(np.array(places, np.int64))
    return [column.take(chosen) for column in key]
