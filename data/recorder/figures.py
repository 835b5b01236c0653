"""Counts a recorded folder: what the data set card states and the tests check."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data.recorder.tools import problem

_CALL = re.compile(r"(?m)^<tool_call>\n(.*)\n</tool_call>$")
_RESPONSE = re.compile(r"(?m)^<tool_response>\n(.*)\n</tool_response>$")
_TABLE = re.compile(r"^\| \|.*\n(?:\|.*\n)*", re.MULTILINE)
_THINK = re.compile(r"\A<think>\n(.*?)\n?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One assistant turn: its thought, its calls (None: not valid JSON), and their results."""

    thought: str
    calls: tuple[dict[str, Any] | None, ...]
    results: tuple[Any, ...]
    text: str

    @property
    def failures(self) -> list[str]:
        """Names of the tools whose calls failed."""
        return [result["name"] for result in self.results if problem(result["content"])]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row, read back."""

    config: str
    row: dict[str, Any]
    steps: tuple[Step, ...]

    @property
    def prompt(self) -> str:
        return str(self.row["conversations"][1]["value"])

    @property
    def user_turns(self) -> int:
        return sum(turn["from"] == "human" for turn in self.row["conversations"])

    def recoveries(self) -> list[bool]:
        """For each failing call: whether a later call of that tool worked."""
        outcomes = []
        for index, step in enumerate(self.steps):
            for tool in step.failures:
                later = [r for s in self.steps[index + 1 :] for r in s.results if r["name"] == tool]
                outcomes.append(any(not problem(result["content"]) for result in later))
        return outcomes


def read_folder(folder: Path) -> list[Conversation]:
    """All conversations of all configs, in the order of config and row."""
    return [
        Conversation(path.parent.name, row, tuple(_steps(row["conversations"])))
        for path in sorted(folder.glob("*/train.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]


def _steps(turns: list[dict[str, str]]) -> Iterable[Step]:
    for turn, after in zip(turns, [*turns[1:], {"from": "", "value": ""}], strict=True):
        if turn["from"] == "gpt":
            value = turn["value"]
            thought = _THINK.match(value)
            replies = _RESPONSE.findall(after["value"]) if after["from"] == "tool" else []
            yield Step(
                thought.group(1).strip() if thought else "",
                tuple(_parsed(body) for body in _CALL.findall(value)),
                tuple(json.loads(body) for body in replies),
                value,
            )


def _parsed(body: str) -> dict[str, Any] | None:
    try:
        call: dict[str, Any] = json.loads(body)
    except json.JSONDecodeError:
        return None
    return call


def figures(conversations: list[Conversation]) -> dict[str, int | float]:
    """The figures of the card, by name. Units: counts, or shares in 0..1 (names end in share)."""
    steps = [step for conversation in conversations for step in conversation.steps]
    calling = [step for step in steps if step.calls]
    calls = [call for step in calling for call in step.calls]
    recovered = [flag for conversation in conversations for flag in conversation.recoveries()]
    words = [len(step.thought.split()) for step in steps if step.thought]
    sizes = [len(conversation.steps) for conversation in conversations]
    last = [conversation.steps[-1] for conversation in conversations]
    contents = [str(result["content"]) for step in steps for result in step.results]
    return {
        "conversations": len(conversations),
        "prompts": len({conversation.prompt for conversation in conversations}),
        "conversations with a second user turn": sum(c.user_turns > 1 for c in conversations),
        "steps": len(steps),
        "fewest steps of a conversation": min(sizes),
        "most steps of a conversation": max(sizes),
        "steps with calls": len(calling),
        "parallel share": _share(sum(len(step.calls) > 1 for step in calling), len(calling)),
        "calls": len(calls),
        "responses": len(contents),
        "malformed calls": sum(call is None for call in calls),
        "calls of a tool not offered": sum("does not exist" in text[:60] for text in contents),
        "failing calls": len(recovered),
        "failing calls, tool works later": sum(recovered),
        "failing calls, tool never works again": len(recovered) - sum(recovered),
        "conversations without a failing call": sum(not c.recoveries() for c in conversations),
        "conversations that end with results": sum(bool(step.results) for step in last),
        "conversations that end with a call": sum(
            len(step.calls) > len(step.results) for step in last
        ),
        "conversations that end with a question": sum(s.text.endswith("?") for s in last),
        "captured thoughts share": _share(len(words), len(steps)),
        "median words of a thought": statistics.median(words),
        "longest thought in words": max(words),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3)


def restate(card: Path, figures_table: str) -> None:
    """Puts the table in the place of the one that the card holds, if there is a card."""
    if card.exists():
        text = card.read_text(encoding="utf-8")
        card.write_text(_TABLE.sub(lambda _: f"{figures_table}\n", text), encoding="utf-8")


def table(folder: Path) -> str:
    """The figures of each config and of both, as a Markdown table."""
    everything = read_folder(folder)
    names = sorted({conversation.config for conversation in everything})
    columns = {name: [c for c in everything if c.config == name] for name in names}
    measured = {name: figures(chosen) for name, chosen in (columns | {"both": everything}).items()}
    rows = [f"| | {' | '.join(measured)} |", "|---|" + "---:|" * len(measured)]
    for label in measured["both"]:
        cells = (f"{values[label]:g}" for values in measured.values())
        rows.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(rows)
