"""A conversation as what stands on its page: formatted, cut and bounded, before any markup."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from reports.replay.cut import Pair, Shown, pairs, shown
from reports.replay.model import Call, Conversation, Fault, Item, Prose, Response, Step, Turn
from reports.text import counted, show_command

_STEPS = 400  # on a page; of a longer conversation those nearest to the wanted turns
_ITEMS = 200  # blocks of a turn on a page
_RAW = 3 * _ITEMS  # a block is up to three texts: its tags and its body
_TITLE = 120
_FOLDED_WORDS = 70
_LETTERS = {"system": "S", "user": "U", "tool": "R", "other": "O"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A turn in the map; `kind`: s, u, c, r, a or o."""

    turn_index: int
    kind: str
    is_bad: bool
    name: str


@dataclass(frozen=True, slots=True)
class TextView:
    """A text of a turn; `kind`: text, think, empty, other. `peek`: what stands there while it is folded."""

    kind: str
    head: str
    text: Shown
    peek: str


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A response; `anchor`: its turn, "" where another response of the turn has it."""

    kind: str
    anchor: str
    badge: str
    evidence: str
    first: str
    size: str
    is_bad: bool
    pairs: Sequence[Pair]
    text: Shown


@dataclass(frozen=True, slots=True)
class CallView:
    """A call with its responses; `missing`: what is said where there is none."""

    kind: str
    tool: str
    width: str
    note: str
    error: str
    pairs: Sequence[Pair]
    text: Shown
    responses: Sequence[ResponseView]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step; `gap`: what is left out before it; `anchors`: turns that nothing shown begins with."""

    gap: str
    turn_index: int
    who: str
    what: str
    error_count: int
    anchors: Sequence[str]
    items: Sequence[TextView | CallView | ResponseView]
    more: str
    raw: Sequence[Sequence[Shown]]


@dataclass(frozen=True, slots=True)
class ReplayView:
    """The page of one conversation."""

    conversation_id: str
    title: str
    facts: Sequence[tuple[str, str]]
    copy_of: str
    command: str
    cells: Sequence[Cell]
    steps: Sequence[StepView]
    bad_count: int
    last_gap: str
    made_with: str
    is_full: bool


def make_view(
    conversation: Conversation, wanted: Collection[int] = (), *, is_full: bool = False
) -> ReplayView:
    """The page of a conversation; `wanted` turns are on it, however long the conversation is."""
    kept = _kept(conversation.steps, wanted, is_full)
    steps, last = [], -1
    for step in kept:
        gap = step.turn_index - last - 1
        steps.append(_step(step, gap, is_full))
        last = step.turns[-1].turn_index
    return ReplayView(
        conversation_id=conversation.conversation_id,
        title=_title(conversation.task) or conversation.conversation_id,
        facts=conversation.facts,
        copy_of=conversation.duplicate_of or "",
        command=show_command(conversation.conversation_id),
        cells=[cell for step in kept for cell in _cells(step)],
        steps=steps,
        bad_count=sum(step.error_count > 0 for step in steps),
        last_gap=_gap(conversation.turn_count - last - 1),
        made_with=f"tracehouse {conversation.version} · warehouse build {conversation.build_id}",
        is_full=is_full,
    )


def _kept(steps: Sequence[Step], wanted: Collection[int], is_full: bool) -> Sequence[Step]:
    """The steps that have room on a page, in their order."""
    if is_full or len(steps) <= _STEPS:
        return steps
    places = [i for i, step in enumerate(steps) if any(step.holds(turn) for turn in wanted)] or [0]
    nearest = sorted(range(len(steps)), key=lambda i: (min(abs(i - p) for p in places), i))
    return [steps[i] for i in sorted(nearest[:_STEPS])]


def _gap(turns: int) -> str:
    return f"{counted(turns, 'turn')} left out here" if turns > 0 else ""


def _title(task: str) -> str:
    line = " ".join(task.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def _cells(step: Step) -> Iterator[Cell]:
    for turn in step.turns:
        is_first = turn is step.turns[0]
        letter = _LETTERS.get(turn.role) or (
            "C" if any(isinstance(item, Call) for item in turn.items) else "A"
        )
        errors = f", {counted(len(step.faults), 'error')}" if is_first and step.faults else ""
        name = f"turn {turn.turn_index}, {turn.role}{errors}"
        yield Cell(turn.turn_index, letter, bool(errors), name)


def _step(step: Step, gap: int, is_full: bool) -> StepView:
    anchors = {f"turn-{turn.turn_index}" for turn in step.turns[1:]}
    items: list[TextView | CallView | ResponseView] = []
    left_out = 0
    for turn in step.turns:
        shown_items = turn.items if is_full else turn.items[:_ITEMS]
        left_out += len(turn.items) - len(shown_items)
        calls = sum(isinstance(item, Call) for item in turn.items)
        number = 0
        for item in shown_items:
            number += isinstance(item, Call)
            width = f"call {number} of {calls}" if calls > 1 else ""
            items.append(_item(item, turn, width, anchors, is_full))
    first = step.turns[0]
    return StepView(
        gap=_gap(gap),
        turn_index=step.turn_index,
        who=first.role,
        what=_what(step),
        error_count=len(step.faults),
        anchors=sorted(anchors),
        items=items,
        more=f"{counted(left_out, 'more block')} left out: --full" if left_out else "",
        raw=_raw(step, is_full),
    )


def _what(step: Step) -> str:
    said = "" if step.step_index is None else f"step {step.step_index}"
    errors = counted(len(step.faults), "error") if step.faults else ""
    return " · ".join(part for part in (said, errors) if part)


def _item(
    item: Item, turn: Turn, width: str, anchors: set[str], is_full: bool
) -> TextView | CallView | ResponseView:
    if isinstance(item, Prose):
        return _prose(item, turn, is_full)
    if isinstance(item, Response):
        return _response(item, item.fault, anchors, is_full)
    return _call(item, width, anchors, is_full)


def _prose(prose: Prose, turn: Turn, is_full: bool) -> TextView:
    """A thought of many words and the system prompt are folded."""
    text = shown(prose.body, is_full=is_full)
    words = len(prose.body.head.split()) + len(prose.body.tail.split())
    note = f" · {prose.note}" if prose.note else ""
    size = counted(prose.body.chars, "character")
    if prose.kind == "think" and not prose.body.chars:
        return TextView("empty", f"No thought captured{note}", text, "")
    if prose.kind == "think":
        said = size if prose.body.left_out else counted(words, "word")
        peek = prose.body.head[:300] if words > _FOLDED_WORDS else ""
        return TextView("think", f"Thought, {said}{note}", text, peek)
    if prose.kind == "text" and turn.role != "system" and not note:
        return TextView("text", "", text, "")
    name = "System prompt" if turn.role == "system" else prose.kind.capitalize()
    return TextView("other", f"{name}, {size}{note}", text, "")


def _call(call: Call, width: str, anchors: set[str], is_full: bool) -> CallView:
    responses = []
    for number, response in enumerate(call.responses):
        fault = response.fault or (None if number else call.fault)
        responses.append(_response(response, fault, anchors, is_full))
    given = [] if call.is_malformed else pairs(call.arguments, is_full=is_full)
    is_bare = bool(given) or call.arguments.head == "{}"
    text = Shown("", 0, "") if is_bare else shown(call.arguments, is_full=is_full)
    notes = [width, "malformed" if call.is_malformed else "", call.note]
    return CallView(
        kind="call",
        tool=call.tool_name or "call",
        width=" · ".join(note for note in notes if note),
        note="" if given or text.head else "no arguments",
        error=_fault(call.fault) if call.fault and not responses else "",
        pairs=given,
        text=text,
        responses=responses,
    )


def _fault(fault: Fault) -> str:
    return f"✕ {fault.kind} ({fault.side})"


def _response(
    response: Response, fault: Fault | None, anchors: set[str], is_full: bool
) -> ResponseView:
    given = pairs(response.content, is_full=is_full)
    text = shown(response.content, is_full=is_full)
    anchor = f"turn-{response.turn_index}"
    is_first = anchor in anchors
    anchors.discard(anchor)
    plain = next((pair.value.head for pair in given if pair.value.head.strip()), text.head)
    note = f" · {response.note}" if response.note else ""
    badge = "∅ no call" if response.is_orphan else "✓ response"
    return ResponseView(
        kind="response",
        anchor=anchor if is_first else "",
        badge=_fault(fault) if fault else badge,
        evidence=fault.evidence if fault else "",
        first=plain.strip()[:160].partition("\n")[0],
        size=f"turn {response.turn_index} · {counted(response.content.chars, 'character')}{note}",
        is_bad=fault is not None,
        pairs=given,
        text=Shown("", 0, "") if given else text,
    )


def _raw(step: Step, is_full: bool) -> list[list[Shown]]:
    """The texts of each turn as they were written; each long one is cut."""
    return [
        [shown(text, is_full=is_full) for text in (turn.raw if is_full else turn.raw[:_RAW])]
        for turn in step.turns
    ]
