"""The words in which tasks are written: task, stage, move, call.

A task is what the user asks for. Its stages are what has to be done, in order. Each stage lists
equally good moves (`ways`) and plausible mistakes (`slips`), which really fail when played. Which
of them a conversation holds is drawn by the agent while it plays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Arguments = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call."""

    tool: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Move:
    """Calls that belong together, and the reason for them.

    Several calls do not depend on each other: an agent may make them at once or one by one, unless
    they are `together`.
    """

    why: str
    calls: tuple[Call, ...]
    together: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing to be done.

    `goal` completes the sentence "I want to ...". Without the result of a `must` stage the task
    cannot go on. A hasty agent leaves out an `optional` one. The result of a `check` decides
    whether the work is called done.
    """

    goal: str
    ways: tuple[Move, ...]
    slips: tuple[Move, ...] = ()
    must: bool = False
    optional: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """A second request of the user: the answer to the agent's question, or something more."""

    prompt: str
    stages: tuple[Stage, ...]
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One prompt with everything needed to play it.

    `extra` is the part of the prompt that the data set's `task` column leaves out. `trouble`
    scales the chance of mistakes. In `done`, `{last}` and `{out}` stand for the last line and the
    whole of the latest output of a command. Instead of `done` the agent may end with the question
    `ask`; `stuck_ask` is added to its report where it had to give up. With one of them, `follow`
    holds the user's reply to it.
    """

    key: str
    world: str
    prompt: str
    stages: tuple[Stage, ...]
    done: tuple[str, ...]
    extra: str = ""
    ask: str = ""
    stuck_ask: str = ""
    follow: Follow | None = None
    toolset: str = "coding"
    trouble: float = 1.0
    category: str = ""  # these two are filled in from its section
    subcategory: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Tasks of one subcategory."""

    category: str
    subcategory: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """A move that is a mistake."""

    move: Move


def do(why: str, *calls: Call) -> Move:
    return Move(why, calls)


def slip(why: str, *calls: Call) -> Slip:
    return Slip(Move(why, calls))


def stage(
    goal: str,
    *moves: Move | Slip,
    must: bool = False,
    optional: bool = False,
    check: bool = False,
) -> Stage:
    ways = tuple(move for move in moves if isinstance(move, Move))
    slips = tuple(move.move for move in moves if isinstance(move, Slip))
    return Stage(goal, ways, slips, must, optional, check)


def _call(tool: str, **arguments: Json) -> Call:
    return Call(tool, {name: value for name, value in arguments.items() if value is not None})


def sh(command: str, timeout: int | None = None) -> Call:
    return _call("terminal", command=command, timeout=timeout)


def read(path: str, offset: int | None = None, limit: int | None = None) -> Call:
    return _call("read_file", path=path, offset=offset, limit=limit)


def write(path: str, content: str) -> Call:
    return _call("write_file", path=path, content=content)


def edit(path: str, old: str, new: str, everywhere: bool | None = None) -> Call:
    return _call("patch", path=path, old_string=old, new_string=new, replace_all=everywhere)


def grep(
    pattern: str, path: str | None = None, glob: str | None = None, limit: int | None = None
) -> Call:
    return _call("search_files", pattern=pattern, path=path, file_glob=glob, limit=limit)


def files(pattern: str, path: str | None = None) -> Call:
    return _call("search_files", pattern=pattern, target="files", path=path)


def code(source: str) -> Call:
    return _call("execute_code", code=source)


def todo(*items: str) -> Call:
    """Items are written as "status: text"."""
    pairs = [item.split(": ", 1) for item in items]
    todos: list[Json] = [
        {"id": str(number), "content": text, "status": status}
        for number, (status, text) in enumerate(pairs, start=1)
    ]
    return _call("todo", todos=todos)


def clarify(question: str, *choices: str) -> Call:
    return _call("clarify", question=question, choices=list(choices) or None)
