"""What agents get wrong whatever the task is: broken calls and wrong names of tools."""

from __future__ import annotations

import json
import random

from data.recorder.script import Call, files, read, sh
from data.recorder.transcript import call_json

# Names that other agents' tools have.
MISTAKEN_NAMES = {
    "terminal": ("bash", "run_command"),
    "read_file": ("open_file", "cat"),
    "search_files": ("grep", "find_in_files"),
    "write_file": ("create_file", "save_file"),
    "patch": ("str_replace", "edit_file"),
    "execute_code": ("python", "run_python"),
    "todo": ("update_plan", "todo_write"),
    "clarify": ("ask_user", "ask_user"),
}


def misname(call: Call, rng: random.Random) -> Call:
    """The same call to a tool that is not offered."""
    return Call(rng.choice(MISTAKEN_NAMES[call.tool]), call.arguments)


def broken_json(call: Call, rng: random.Random) -> str:
    """The call as one line that is not valid JSON, in one of the ways in which models fail."""
    text = call_json(call)
    manner = rng.choice(("cut", "quotes", "comma", "inner_quote"))
    if manner == "cut":
        return text[: -rng.choice((1, 2, 3))]
    if manner == "quotes":
        return str({"name": call.tool, "arguments": dict(call.arguments)})
    if manner == "comma":
        return f"{text[:-2]},}}}}"
    return _with_inner_quotes(text)


def _with_inner_quotes(text: str) -> str:
    """The call with the last word of its last argument in quotes that are not escaped."""
    end = text.rindex("}}")
    start = max(text.rfind(mark, 0, end - 1) for mark in (" ", '"')) + 1
    return f'{text[:start]}"{text[start:end]}"{text[end:]}'


def complaint(broken: str) -> str:
    """What an agent is told about its broken call.

    Raises: ValueError when the call is not broken after all.
    """
    try:
        json.loads(broken)
    except json.JSONDecodeError as problem:
        return f"Error: Invalid JSON arguments. {problem}. Please send the call again."
    raise ValueError(f"not broken: {broken}")


def look_around(failed: Call, rng: random.Random) -> Call:
    """A call that shows what is there, after a call that failed for want of knowing."""
    path = str(failed.arguments.get("path", ""))
    if failed.tool == "patch":
        return read(path)
    if failed.tool == "read_file" and "." in path:
        return files(f"*.{path.rsplit('.', 1)[-1]}")
    return rng.choice((sh("ls"), sh("ls *"), files("*"), read("README.md")))
