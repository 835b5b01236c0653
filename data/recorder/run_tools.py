"""Tools that run something: terminal, execute_code."""

from __future__ import annotations

import re
import subprocess
from typing import cast

from data.recorder.script import Arguments, Json
from data.recorder.workspace import Workspace

TIMEOUT_SECONDS = 30
OUTPUT_CHARS = 8000
# Exit code 1 of these says something about the input, not that the command failed.
MEANINGS = {
    "grep": "No matches found (not an error)",
    "diff": "The files differ (not an error)",
    "cmp": "The files differ (not an error)",
    "test": "The condition is false (not an error)",
}


def terminal(place: Workspace, arguments: Arguments) -> Json:
    """Output of both streams and the exit code; `error` only where the command did not end."""
    command = str(arguments["command"])
    if re.search(r"(^|[;&|]\s*)sudo\b", command):
        problem = "Blocked: commands with other rights are not allowed here"
        return {"output": "", "exit_code": -1, "error": problem, "status": "blocked"}
    seconds = cast("int", arguments.get("timeout", TIMEOUT_SECONDS))
    folder = str(arguments.get("workdir", "."))
    if not place.inside(folder).is_dir():
        problem = f"Command execution failed: no such folder: {folder}"
        return {"output": "", "exit_code": -1, "error": problem}
    try:
        done = place.run(["bash", "-c", command], seconds, folder)
    except subprocess.TimeoutExpired:
        problem = f"Command timed out after {seconds}s"
        return {"output": "", "exit_code": 124, "error": problem}
    answer: dict[str, Json] = {
        "output": done.stdout.rstrip("\n")[:OUTPUT_CHARS],
        "exit_code": done.returncode,
        "error": None,
    }
    if done.returncode == 1 and (meaning := MEANINGS.get(_last_program(command))):
        answer["exit_code_meaning"] = meaning
    return answer


def _last_program(command: str) -> str:
    """Name of the program whose exit code is the command's."""
    last = re.split(r"\|\||&&|[|;]", command)[-1].split()
    return last[0] if last else ""


def execute_code(place: Workspace, arguments: Arguments) -> Json:
    """What a Python script prints. How long it took is not recorded: it would never repeat."""
    script = str(arguments["code"])
    try:
        done = place.run([place.box.python, "-c", script], TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        problem = f"Script timed out after {TIMEOUT_SECONDS}s"
        return {"status": "timeout", "output": "", "tool_calls_made": 0, "error": problem}
    output = done.stdout[:OUTPUT_CHARS]
    if done.returncode:
        return {"status": "error", "output": "", "tool_calls_made": 0, "error": output.strip()}
    return {"status": "success", "output": output, "tool_calls_made": 0}
