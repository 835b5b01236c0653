"""The closing answer of an exchange: what was done, and honestly what was not."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from data.recorder import phrases
from data.recorder.script import Stage
from data.recorder.thoughts import fill

SHOWN_LINES = 15
End = Literal["answer", "give_up", "unconfirmed", "out_of_steps"]


@dataclass(slots=True)
class Work:
    """How far an exchange has come.

    `did` holds goals; `missed` holds stages that were left out and why; `goal` and `trouble` say
    where the work ended unless that is an `answer`.
    """

    did: list[str] = field(default_factory=list)
    missed: list[tuple[Stage, str]] = field(default_factory=list)
    end: End = "answer"
    goal: str = ""
    trouble: str = ""


def closing_text(
    work: Work, done: tuple[str, ...], output: str, summary_rate: float, rng: random.Random
) -> str:
    """The answer without a question; `output` is the latest that a command printed."""
    trouble = work.trouble or phrases.NO_RESULT
    if work.end == "out_of_steps":
        return fill(phrases.OUT_OF_STEPS, goal=work.goal)
    if work.end == "unconfirmed":
        return fill(rng.choice(phrases.UNCONFIRMED), goal=work.goal, trouble=trouble)
    if work.end == "give_up":
        return fill(rng.choice(phrases.STUCK), goal=work.goal, trouble=trouble)
    parts = [_with_output(rng.choice(done), output), *missed_parts(work, rng)]
    if len(work.did) > 1 and rng.random() < summary_rate:
        head = rng.choice(phrases.SUMMARY)
        parts.append("\n".join([head, *(f"- {goal}" for goal in work.did)]))
    return "\n\n".join(parts)


def question_text(work: Work, question: str, rng: random.Random) -> str:
    """An answer that ends with a question to the user."""
    if work.end == "give_up":
        return f"{closing_text(work, (), '', 0, rng)}\n\n{question}"
    return "\n\n".join([*missed_parts(work, rng), question])


def missed_parts(work: Work, rng: random.Random) -> list[str]:
    return [
        fill(
            rng.choice(phrases.MISSED),
            goal=stage.goal,
            trouble=trouble or phrases.NO_RESULT,
        )
        for stage, trouble in work.missed
    ]


def _with_output(text: str, output: str) -> str:
    lines = output.splitlines() or [phrases.NO_RESULT]
    return fill(text, last=lines[-1].strip(), out="\n".join(lines[:SHOWN_LINES]))
