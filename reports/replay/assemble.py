"""From the rows of a conversation to its steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from reports.replay.model import (
    Call,
    Conversation,
    Fault,
    Item,
    Prose,
    Response,
    Step,
    Text,
    Turn,
)
from reports.replay.store import Row, Rows, by_place, by_turn
from reports.text import counted

Place = tuple[int, int]


def assemble(rows: Rows) -> Conversation:
    """The conversation that the rows make up."""
    maker = _Maker(rows)
    turns = [maker.turn(row) for row in rows.turns]
    numbers = {row["turn_index"]: row["step_index"] for row in rows.steps}
    steps = list(_steps(turns, numbers, maker))
    return Conversation(
        conversation_id=rows.head["conversation_id"],
        duplicate_of=rows.head["duplicate_of_id"],
        task=rows.head["task"] or _first_words(rows),
        facts=_facts(rows, steps),
        steps=steps,
        build_id=rows.build["build_id"],
        version=rows.build["tracehouse_version"],
    )


def _steps(turns: Sequence[Turn], numbers: dict[int, int | None], maker: _Maker) -> Iterator[Step]:
    """Turns with one step number stand together; a turn without one is a step of its own."""

    def key(turn: Turn) -> tuple[bool, int]:
        number = numbers.get(turn.turn_index)
        return (True, turn.turn_index) if number is None else (False, number)

    for (is_alone, number), grouped in groupby(turns, key):
        of_step = list(grouped)
        faults = [fault for turn in of_step for fault in maker.faults_of(turn.turn_index)]
        yield Step(None if is_alone else number, of_step, faults)


class _Maker:
    """Makes turns; holds the rows of all tables by their place."""

    def __init__(self, rows: Rows) -> None:
        self._blocks = by_turn(rows.blocks)
        self._bodies = by_place(rows.blocks)
        self._calls = by_place(rows.calls)
        self._repeats = {place for place, row in by_place(rows.uses).items() if row["is_repeat"]}
        self._faults = {place: _fault(row) for place, row in by_place(rows.errors).items()}
        self._responses = by_place(rows.responses)
        self._answers: dict[Place, list[Row]] = {}
        for row in rows.responses:
            called = (row["call_turn_index"], row["call_block_index"])
            if called in self._calls:
                self._answers.setdefault(called, []).append(row)

    def turn(self, row: Row) -> Turn:
        """One turn with what stands in it."""
        blocks = self._blocks[row["turn_index"]]
        items = [item for block in blocks for item in self._items(block)]
        raw = [part for block in blocks for part in _raw(block)]
        return Turn(row["turn_index"], row["role"], items, raw)

    def faults_of(self, turn_index: int) -> list[Fault]:
        """The errors of the calls and of the responses without a call in a turn."""
        return [fault for (turn, _), fault in self._faults.items() if turn == turn_index]

    def _items(self, block: Row) -> Iterator[Item]:
        place = (block["turn_index"], block["block_index"])
        if place in self._calls:
            yield self._call(place, block)
        elif place in self._responses:
            row = self._responses[place]
            if (row["call_turn_index"], row["call_block_index"]) not in self._calls:
                yield self._response(row, is_orphan=True)
        elif block["body"] or block["kind"] != "text":
            yield Prose(block["kind"], _text(block, "body"), _note(block))

    def _call(self, place: Place, block: Row) -> Call:
        row = self._calls[place]
        is_malformed = row["parse_status"] != "ok"
        notes = [row["issue"] or "", row["schema_issues"] or ""]
        notes += ["unknown tool"] if row["schema_status"] == "unknown_tool" else []
        notes += ["repeats an earlier call"] if place in self._repeats else []
        return Call(
            tool_name=row["tool_name"] or "",
            arguments=_text(block, "body")
            if is_malformed or row["arguments"] is None
            else _text(row, "arguments"),
            is_malformed=is_malformed,
            note=" · ".join(note for note in notes if note),
            fault=self._faults.get(place),
            responses=[
                self._response(answer, is_orphan=False) for answer in self._answers.get(place, ())
            ],
        )

    def _response(self, row: Row, *, is_orphan: bool) -> Response:
        place = (row["turn_index"], row["block_index"])
        block = self._bodies[place]
        notes = [block["issue"] or ""]
        notes += [f"exit code {row['exit_code']}"] if row["exit_code"] is not None else []
        return Response(
            turn_index=row["turn_index"],
            tool_name=row["tool_name"] or "",
            content=self._content(row, block),
            note=" · ".join(note for note in notes if note),
            is_orphan=is_orphan,
            fault=self._faults.get(place),
        )

    def _content(self, row: Row, block: Row) -> Text:
        """The content; where it is long, out of the block's text, as far as that was read."""
        head, tail, chars = row["body_head"], row["body_tail"] or "", row["content_chars"]
        if len(head) + len(tail) == chars:
            return Text.whole(head + tail)
        body = _text(block, "body")
        return Text(head, tail, chars) if body.left_out else Text.whole(_unwrapped(block))


def _unwrapped(block: Row) -> str:
    """The content of a response: the block's text or, between tags, what its wrapper holds."""
    body = str(block["body"])
    if not block["opener"]:
        return body
    try:
        content = json.loads(body)["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return body
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _text(row: Row, name: str) -> Text:
    return Text(row[name], row["tail"], row["chars"])


def _raw(block: Row) -> Iterator[Text]:
    """A block as it was written, tags included."""
    if block["opener"]:
        yield Text.whole(block["opener"])
    if block["body"]:
        yield _text(block, "body")
    if block["closer"]:
        yield Text.whole(block["closer"])


def _note(block: Row) -> str:
    visibility = block["visibility"] if block["visibility"] not in (None, "raw") else ""
    return " · ".join(n for n in (visibility, block["media_type"] or "", block["issue"] or "") if n)


def _fault(row: Row) -> Fault:
    return Fault(
        row["side"], row["class"].replace("_", " "), row["rule"] or "", row["evidence"] or ""
    )


def _first_words(rows: Rows) -> str:
    """What the first user turn says, where no task is recorded."""
    users = {row["turn_index"] for row in rows.turns if row["role"] == "user"}
    texts = (b["body"] for b in rows.blocks if b["turn_index"] in users and b["kind"] == "text")
    return next((text[:2000] for text in texts if text.strip()), "")


def _facts(rows: Rows, steps: Sequence[Step]) -> list[tuple[str, str]]:
    """What stands at the head: only what is recorded."""
    head = rows.head
    outcome = None if head["outcome_score"] is None else f"{head['outcome_score']:g}"
    ended = {True: "yes", False: "no", None: None}[head["is_completed"]]
    started = head["started_at"] and head["started_at"].strftime("%Y-%m-%d %H:%M UTC")
    agent_steps = sum(step.step_index is not None for step in steps)
    named = {
        "source": head["source"],
        "model": head["model"],
        "category": head["category"],
        "subcategory": head["subcategory"],
        "started": started,
        "completed": ended,
        head["outcome_name"] or "outcome": outcome,
        "size": f"{counted(len(rows.turns), 'turn')}, {counted(agent_steps, 'step')}, "
        f"{counted(len(rows.calls), 'call')}, {counted(len(rows.errors), 'error')}",
    }
    return [(name, value) for name, value in named.items() if value]
