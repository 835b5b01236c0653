"""Answers calls: by the tools themselves, or with what is said to a call that is not possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from data.recorder import file_tools, run_tools
from data.recorder.offer import TOOLSETS
from data.recorder.script import Arguments, Call, Json
from data.recorder.workspace import Workspace

_BY_NAME: dict[str, Callable[[Workspace, Arguments], Json]] = {
    "terminal": run_tools.terminal,
    "execute_code": run_tools.execute_code,
    "read_file": file_tools.read_file,
    "write_file": file_tools.write_file,
    "patch": file_tools.patch,
    "search_files": file_tools.search_files,
}


@dataclass(slots=True)
class Tools:
    """The tools of one conversation; only the todo list is kept between calls."""

    place: Workspace
    toolset: str
    todos: list[Json] = field(default_factory=list)

    @property
    def offered(self) -> tuple[str, ...]:
        return TOOLSETS[self.toolset]

    def answer(self, calls: tuple[Call, ...]) -> list[Json]:
        """One result per call, in order; nothing runs beside a call to a tool that is not there."""
        if any(call.tool not in self.offered for call in calls):
            return [self._refuse(call) for call in calls]
        return [self._run(call) for call in calls]

    def _refuse(self, call: Call) -> Json:
        if call.tool in self.offered:
            return "Skipped: another tool call in this turn used an invalid name."
        return f"Tool '{call.tool}' does not exist. Available tools: {', '.join(self.offered)}"

    def _run(self, call: Call) -> Json:
        if call.tool == "todo":
            return self._todo(call.arguments)
        if call.tool == "clarify":
            return {"error": "Clarify tool is not available in this execution context."}
        return _BY_NAME[call.tool](self.place, call.arguments)

    def _todo(self, arguments: Arguments) -> Json:
        if "todos" in arguments:
            self.todos = cast("list[Json]", arguments["todos"])
        states = [cast("dict[str, Json]", item)["status"] for item in self.todos]
        names = ("pending", "in_progress", "completed", "cancelled")
        summary: dict[str, Json] = {"total": len(states)}
        return {
            "todos": self.todos,
            "summary": summary | {name: states.count(name) for name in names},
        }


def problem(result: Json) -> str | None:
    """What went wrong, in few words, as an attentive reader of the result sees it; else None."""
    if isinstance(result, str):
        is_refusal = result.startswith(("Error", "Tool '", "Skipped"))
        return result if is_refusal else None
    if not isinstance(result, dict):
        return None
    if result.get("error"):
        return str(result["error"]).splitlines()[-1]
    if result.get("exit_code", 0) != 0 and "exit_code_meaning" not in result:
        return _last_line(str(result["output"])) or f"exit code {result['exit_code']}"
    return None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
