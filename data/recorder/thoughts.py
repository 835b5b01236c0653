"""What an agent thinks and writes before a step, made from what it has seen and wants."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import cast

from data.recorder.agent import Agent
from data.recorder.phrases import CAUTIONS, CLOSING_MUSINGS, MUSINGS, OPENERS, SAYS
from data.recorder.script import Call, Json
from data.recorder.tools import problem

LONG_LINE = 90
PLAN_RATE = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """What is on the agent's mind before a step."""

    kind: str  # a key of OPENERS
    goal: str
    why: str = ""
    seen: str = ""
    detail: str = ""
    tool: str = ""
    request: str = ""
    left: tuple[str, ...] = ()


def fill(template: str, **values: str) -> str:
    """The template with `{name}` replaced; other braces are left alone, as traces hold many."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def think(moment: Moment, agent: Agent, rng: random.Random, mused: set[str]) -> str:
    """A thought of as many sentences as the agent's habit allows, the most needed ones first.

    General reflections are not repeated within a conversation: those used are added to `mused`.
    """
    wanted = agent.thought_length(rng)
    stock = MUSINGS if moment.tool else CLOSING_MUSINGS
    fresh = [musing for musing in stock if musing not in mused]

    def filled(template: str) -> str:
        return fill(template, goal=moment.goal, tool=moment.tool, request=moment.request)

    opener = filled(rng.choice(OPENERS[moment.kind]))
    by_need = [
        (1, moment.why or opener),
        (0, opener if moment.why else ""),
        (-2, moment.seen),
        (4, _plan(moment.left) if rng.random() < PLAN_RATE else ""),
        (-1, moment.detail),
        (2, rng.choice(CAUTIONS[moment.tool]) if moment.tool else ""),
        *((3, musing) for musing in rng.sample(fresh, min(4, len(fresh)))),
    ]
    kept = sorted([item for item in by_need if item[1]][:wanted], key=lambda item: item[0])
    mused.update(text for place, text in kept if place == 3)
    return _paragraphs([filled(text) if place == 3 else text for place, text in kept], rng)


def _plan(left: tuple[str, ...]) -> str:
    if not left:
        return ""
    if len(left) == 1:
        return f"After that I only have to {left[0]}."
    return "What comes after that:\n" + "\n".join(f"{n}. {g}" for n, g in enumerate(left, start=1))


def _paragraphs(sentences: list[str], rng: random.Random) -> str:
    """Sentences joined to text; lists stand apart, long thoughts are broken up."""
    text = ""
    for number, sentence in enumerate(sentences):
        is_break = "\n" in sentence or (number >= 3 and rng.random() < 0.3)
        joint = "" if not text else "\n\n" if is_break else " "
        text += joint + sentence
    return text


def say(moment: Moment, agent: Agent, rng: random.Random) -> str:
    """A visible sentence before calls, or nothing."""
    if rng.random() >= agent.says or moment.kind not in SAYS:
        return ""
    return fill(rng.choice(SAYS[moment.kind]), goal=moment.goal, tool=moment.tool)


def observe(call: Call, result: Json, rng: random.Random) -> str:
    """One sentence on a result."""
    if trouble := problem(result):
        forms = ("That failed: `{}`.", "It did not work, the message is `{}`.", "An error: `{}`.")
        return rng.choice(forms).format(_short(trouble))
    if not isinstance(result, dict):
        return "There is more than fits on one page of results."
    if "total_count" in result:
        return _observe_search(result, rng)
    if "total_lines" in result:
        forms = ("{} has {}.", "So {} is {} long.", "That is {}, {}.")
        return rng.choice(forms).format(
            f"`{call.arguments['path']}`", _many(result["total_lines"], "line")
        )
    if "bytes_written" in result:
        return f"The file is written, {result['bytes_written']} bytes."
    if "diff" in result:
        return rng.choice(("The patch is in.", "The change was made as I meant it."))
    if "output" in result:
        return _observe_output(str(result["output"]), rng)
    return "The list is up to date."


def _observe_search(result: dict[str, Json], rng: random.Random) -> str:
    count = result["total_count"]
    if not count:
        return rng.choice(("The search found nothing.", "No match at all."))
    matches = _many(count, "match", "matches")
    return rng.choice(("The search found {}.", "That gives {}.", "So there: {}.")).format(matches)


def _observe_output(output: str, rng: random.Random) -> str:
    lines = output.splitlines()
    if not lines:
        return rng.choice(("It printed nothing.", "No output, and no complaint either."))
    if len(lines) == 1:
        return f"It says `{_short(lines[0])}`."
    forms = ("It printed {} lines, the last is `{}`.", "{} lines came back, ending in `{}`.")
    return rng.choice(forms).format(len(lines), _short(lines[-1].strip()))


def quote(result: Json, rng: random.Random) -> str:
    """A sentence that repeats one line of a result word for word, or nothing."""
    if not isinstance(result, dict) or problem(result):
        return ""
    if isinstance(matches := result.get("matches"), list):
        match = cast("dict[str, Json]", rng.choice(matches))
        line = _short(str(match["content"]).strip())
        return f"One of them is line {match['line']} of `{match['path']}`: `{line}`."
    if isinstance(content := result.get("content"), str):
        lines = [line for line in content.splitlines() if len(line.split("|", 1)[1]) > 12]
        if not lines:
            return ""
        number, line = rng.choice(lines).split("|", 1)
        return f"Line {number.strip()} reads `{_short(line.strip())}`."
    if isinstance(diff := result.get("diff"), str):
        marks = [line[0] for line in diff.splitlines() if line[:2] not in ("--", "++")]
        return f"{_many(marks.count('-'), 'line')} out, {_many(marks.count('+'), 'line')} in."
    lines = str(result.get("output", "")).splitlines()
    return f"It begins with `{_short(lines[0].strip())}`." if len(lines) > 1 else ""


def _many(count: Json, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _short(text: str) -> str:
    return text if len(text) <= LONG_LINE else f"{text[:LONG_LINE]} ..."
