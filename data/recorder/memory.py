"""What an agent keeps in mind of the results that it has seen."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from data.recorder.script import Call, Json
from data.recorder.thoughts import observe, quote
from data.recorder.tools import problem


@dataclass(slots=True)
class Memory:
    """`seen` and `detail` are sentences on the latest step, `trouble` is what failed in it.

    `output` is the latest text that a command printed, `mused` are the reflections already used.
    """

    seen: str = ""
    detail: str = ""
    trouble: str = ""
    output: str = ""
    mused: set[str] = field(default_factory=set)

    def notice(self, calls: tuple[Call, ...], answers: list[Json], rng: random.Random) -> None:
        """Takes in the results of a step; what failed is noticed before what worked."""
        pairs = list(zip(calls, answers, strict=True))
        for _, answer in pairs:
            if isinstance(answer, dict) and answer.get("output"):
                self.output = str(answer["output"]).rstrip()
        failed = [(call, answer) for call, answer in pairs if problem(answer)]
        call, answer = failed[0] if failed else pairs[-1]
        self.trouble = problem(answer) or ""
        self.seen = observe(call, answer, rng)
        self.detail = quote(answer, rng)

    def turn_to_user(self) -> None:
        """A new request: what came before is no longer worth a sentence."""
        self.seen = self.detail = ""
