"""Labels beside what the warehouse says of the same tool uses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.labels.figures import Case, Scores, Share, scores, share
from bench.labels.population import ToolUse, tool_uses
from bench.labels.seed import Label

OURS = "is_error"
DEFINITIONS = (
    OURS,
    "is_error_keyword",
    "is_error_hermes_a",
    "is_error_hermes_b",
    "is_error_exit_code",
)
LEAST_EXAMPLES = 5  # of a class, for its accuracy to say anything
Position = tuple[str, int, int]
_CALLS = f"""
select conversation_id, turn_index, block_index, file_id, {", ".join(DEFINITIONS)}
from fct_tool_calls
inner join dim_conversations using (conversation_id)
"""
_ERRORS = "select conversation_id, turn_index, block_index, side, class from fct_errors"
_FILES = "select conversation_id, file_id from dim_conversations where duplicate_of_id is null"


@dataclass(frozen=True, slots=True)
class Judged:
    """A label and what was made of the same tool use; `called` holds each definition's answer.

    A response without a call is no row of fct_tool_calls: of it only ours is known, from fct_errors.
    """

    label: Label
    file_id: str
    called: Mapping[str, bool]
    side: str | None
    class_: str | None

    @property
    def has_call(self) -> bool:
        return len(self.called) > 1


def judged(labels: Iterable[Label], parquet: Path, warehouse: Path) -> list[Judged]:
    """The labels whose tool use is in this warehouse, in their order.

    The key is made of the texts, as when the sample was drawn. Of several tool uses with one key
    it is the one that was read, where it is there, else the first.
    """
    by_key: dict[str, list[ToolUse]] = defaultdict(list)
    for use in tool_uses(parquet):
        by_key[use.key].append(use)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        files = dict(connection.execute(_FILES).fetchall())
        calls = {row[:3]: row[3:] for row in connection.execute(_CALLS).fetchall()}
        errors = {row[:3]: row[3:] for row in connection.execute(_ERRORS).fetchall()}
    found = []
    for label in labels:
        same = [use for use in by_key[label.key] if use.conversation_id in files]
        if not same:
            continue
        use = next((use for use in same if _place(use) == _read_at(label)), same[0])
        side, class_ = errors.get(_position(use), (None, None))
        if use.call_turn_index is None:
            called = {OURS: class_ is not None}
        else:
            called = dict(zip(DEFINITIONS, calls[_position(use)][1:], strict=True))
        found.append(Judged(label, files[use.conversation_id], called, side, class_))
    return found


def _place(use: ToolUse) -> Position:
    return use.conversation_id, use.turn_index, use.block_index


def _read_at(label: Label) -> Position:
    return label.conversation_id, label.turn_index, label.block_index


def _position(use: ToolUse) -> Position:
    """The key of a tool use in the marts: that of the call, else of the response."""
    if use.call_turn_index is None or use.call_block_index is None:
        return _place(use)
    return use.conversation_id, use.call_turn_index, use.call_block_index


def scored(rows: Iterable[Judged], definition: str, is_weighted: bool) -> Scores:
    """How a definition does on these rows; rows that it says nothing of are left out."""
    return scores(
        Case(
            row.label.is_error,
            row.called[definition],
            1 / row.label.probability if is_weighted else 1.0,
            row.file_id,
        )
        for row in rows
        if definition in row.called
    )


@dataclass(frozen=True, slots=True)
class Classes:
    """Our classes among the errors that ours finds. `by_class`: right, found, labelled.

    `macro` is the mean over the classes with enough labelled examples and one that was found;
    `untested` has the others, with their number of labelled examples.
    """

    accuracy: Share
    side_accuracy: Share
    macro: float | None
    by_class: dict[str, tuple[int, int, int]]
    untested: dict[str, int]


def classes(rows: Sequence[Judged]) -> Classes:
    """How often class and side of a found error are those of its label."""
    labelled = Counter(row.label.class_ or "" for row in rows if row.label.is_error)
    hits = [row for row in rows if row.label.is_error and row.called[OURS]]
    found = Counter(row.label.class_ or "" for row in hits)
    right = Counter(row.label.class_ or "" for row in hits if row.class_ == row.label.class_)
    tested = [name for name in found if labelled[name] >= LEAST_EXAMPLES]
    return Classes(
        share([(row.class_ == row.label.class_, 1.0, row.file_id) for row in hits]),
        share([(row.side == row.label.side, 1.0, row.file_id) for row in hits]),
        sum(right[name] / found[name] for name in tested) / len(tested) if tested else None,
        {name: (right[name], found[name], labelled[name]) for name in sorted(labelled)},
        {name: labelled[name] for name in sorted(labelled) if labelled[name] < LEAST_EXAMPLES},
    )


def misses(rows: Iterable[Judged]) -> list[Judged]:
    """Errors that ours does not find."""
    return [row for row in rows if row.label.is_error and not row.called[OURS]]


def false_alarms(rows: Iterable[Judged]) -> list[Judged]:
    """What ours takes for an error and is none."""
    return [row for row in rows if not row.label.is_error and row.called[OURS]]


def misnamed(rows: Iterable[Judged]) -> list[Judged]:
    """Found errors whose class is another than that of the label."""
    return [
        row
        for row in rows
        if row.label.is_error and row.called[OURS] and row.class_ != row.label.class_
    ]
