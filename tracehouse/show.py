"""One conversation in the terminal: text only, whatever stands in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text as Line

from reports.replay.cut import Shown, pairs, shown
from reports.replay.model import Call, Conversation, Fault, Item, Prose, Response, Step, Turn
from reports.replay.store import stored
from reports.text import counted, visible
from tracehouse.errors import UsageError
from tracehouse.paths import Home
from tracehouse.warehouse import published

_INDENT = 4


def read(home: Home, wanted: str, turn_index: int | None, *, is_full: bool) -> Conversation:
    """The conversation of this id, or part of an id; with a turn, only the step that holds it.

    Raises: UsageError where there is no such conversation or turn, or more than one.
    """
    with published(home) as (warehouse, parquet), stored(parquet, warehouse) as store:
        conversation = store.read(store.find(wanted), is_full=is_full)
    if turn_index is not None and not any(s.holds(turn_index) for s in conversation.steps):
        raise UsageError(
            f"{conversation.conversation_id} has {counted(conversation.turn_count, 'turn')}, "
            f"counted from 0: there is no turn {turn_index}"
        )
    return conversation


def page(conversation: Conversation, path: Path, turn_index: int | None, *, is_full: bool) -> None:
    """Writes the conversation as one HTML page; a wanted turn is on it, however long it is."""
    from reports.replay.page import replay_html

    wanted = () if turn_index is None else (turn_index,)
    write_page(path, replay_html(conversation, wanted, is_full=is_full))


def write_page(path: Path, text: bytes) -> None:
    """Writes the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(text)
    temporary.replace(path)


def show(conversation: Conversation, turn_index: int | None, *, is_full: bool) -> None:
    """Prints the conversation; in a terminal with colours, and through the pager."""
    print_lines(list(_lines(conversation, turn_index, is_full)))


def print_lines(lines: Sequence[Line]) -> None:
    """Prints the lines; in a terminal with colours, and through the pager."""
    is_terminal = click.get_text_stream("stdout").isatty()
    if not is_terminal:
        for each in lines:
            click.echo(each.plain)
        return
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, highlight=False, soft_wrap=True)
    for each in lines:
        console.print(each)
    click.echo_via_pager(written.getvalue())


def _lines(conversation: Conversation, turn_index: int | None, is_full: bool) -> Iterator[Line]:
    yield line(conversation.conversation_id, "bold")
    for name, value in conversation.facts:
        yield line(f"{name}: {value}", "dim", keep="")
    if conversation.duplicate_of:
        yield line(f"an exact copy of {conversation.duplicate_of}", "yellow")
    steps = [s for s in conversation.steps if turn_index is None or s.holds(turn_index)]
    for step in steps:
        yield Line()
        yield from _step(step, is_full)
    if len(steps) < len(conversation.steps):
        yield Line()
        left = conversation.turn_count - sum(len(step.turns) for step in steps)
        yield line(f"{counted(left, 'other turn')} left out: without --turn all are shown", "dim")


def _step(step: Step, is_full: bool) -> Iterator[Line]:
    place = "" if step.step_index is None else f" · step {step.step_index}"
    errors = f" · ✕ {counted(len(step.faults), 'error')}" if step.faults else ""
    for number, turn in enumerate(step.turns):
        if number and not turn.items:
            continue  # its responses stand under their calls
        head = line(f"turn {turn.turn_index} · {turn.role}{'' if number else place}", "bold cyan")
        yield head.append("" if number else errors, "bold red")
        yield from _turn(turn, is_full)


def _turn(turn: Turn, is_full: bool) -> Iterator[Line]:
    if not turn.items:
        yield line("(no text)", "dim", _INDENT)
    for item in turn.items:
        yield from _item(item, is_full)


def _item(item: Item, is_full: bool) -> Iterator[Line]:
    if isinstance(item, Prose):
        yield from _prose(item, is_full)
    elif isinstance(item, Call):
        yield from _call(item, is_full)
    else:
        yield from _response(item, is_full)


def _prose(prose: Prose, is_full: bool) -> Iterator[Line]:
    is_thought = prose.kind == "think"
    if prose.kind != "text" or prose.note:
        name = "thought" if is_thought else prose.kind
        note = f" · {prose.note}" if prose.note else ""
        yield line(f"{name}, {counted(prose.body.chars, 'character')}{note}", "magenta", _INDENT)
    indent = 2 * _INDENT if is_thought else _INDENT
    yield from text_lines(
        shown(prose.body, is_full=is_full), "italic" if is_thought else "", indent
    )


def _call(call: Call, is_full: bool) -> Iterator[Line]:
    what = "malformed call" if call.is_malformed else "call"
    note = f" · {call.note}" if call.note else ""
    yield line(f"{what} {call.tool_name}", "bold green", _INDENT, keep="").append(
        visible(note, keep="")
    )
    if call.fault and not call.responses:
        yield from _fault(call.fault)
    given = [] if call.is_malformed else pairs(call.arguments, is_full=is_full)
    for pair in given:
        yield from _pair(pair.name, pair.value, is_block=pair.is_block)
    if not given and call.arguments.chars and call.arguments.head != "{}":
        yield from text_lines(shown(call.arguments, is_full=is_full), "", 2 * _INDENT)
    if not call.responses:
        yield line("∅ unanswered: no response stands in the data", "red", _INDENT)
    for number, response in enumerate(call.responses):
        fault = response.fault or (None if number else call.fault)
        yield from _response(replace(response, fault=fault), is_full)


def _response(response: Response, is_full: bool) -> Iterator[Line]:
    what = f"response without a call {response.tool_name}" if response.is_orphan else "response"
    note = f" · {response.note}" if response.note else ""
    size = counted(response.content.chars, "character")
    style = "red" if response.fault or response.is_orphan else "green"
    yield line(f"{what}, turn {response.turn_index} · {size}{note}", style, _INDENT, keep="")
    if response.fault:
        yield from _fault(response.fault)
    given = pairs(response.content, is_full=is_full)
    for pair in given:
        yield from _pair(pair.name, pair.value, is_block=pair.is_block)
    if not given:
        yield from text_lines(shown(response.content, is_full=is_full), "", 2 * _INDENT)


def _fault(fault: Fault) -> Iterator[Line]:
    said = f": {fault.evidence}" if fault.evidence else ""
    yield line(f"✕ {fault.kind} ({fault.side}){said}", "bold red", 2 * _INDENT, keep="")


def _pair(name: str, value: Shown, *, is_block: bool) -> Iterator[Line]:
    if is_block or value.left_out:
        yield line(f"{name}:", "dim", 2 * _INDENT, keep="")
        yield from text_lines(value, "", 3 * _INDENT)
    else:
        yield line(f"{name}: ", "dim", 2 * _INDENT, keep="").append(visible(value.head))


def text_lines(text: Shown, style: str, indent: int) -> Iterator[Line]:
    """The text line by line; what is left out stands between head and tail."""
    for each in text.head.split("\n") if text.head else ():
        yield line(each, style, indent)
    if text.left_out:
        cut = f"… {counted(text.left_out, 'character')} left out: --full …"
        yield line(cut, "yellow", indent)
        for each in text.tail.split("\n"):
            yield line(each, style, indent)


def line(text: str, style: str = "", indent: int = 0, keep: str = "\t") -> Line:
    """A line of text in which nothing drives the terminal."""
    return Line(" " * indent).append(visible(text, keep=keep), style or None)
