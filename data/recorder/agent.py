"""The two agents: the same tasks and tools, different habits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Habit = Literal["fix", "look", "repeat", "drop"]
Quirk = Literal["none", "malformed", "unknown_tool", "cut_before_results", "cut_after_results"]


@dataclass(frozen=True, slots=True)
class Agent:
    """Chances (0..1) and ranges that decide how a script is played."""

    name: str
    captures: float  # the thought of a step is recorded
    sentences: tuple[int, int]  # of a thought: usual number, largest number
    parallel: float  # calls that do not depend on each other are made at once
    peeks: float  # looks at the place beside its first call
    slips: float  # makes a mistake where one lies near; scaled by the task's trouble
    habits: Mapping[Habit, float]  # after a mistake
    persistence: float  # tries another way when one has failed
    thorough: float  # does what is optional
    says: float  # writes a visible sentence before its calls
    asks: float  # ends with a question where there is one to ask
    quirks: Mapping[Quirk, float]  # at most one in a conversation
    runs_ids: bool  # ids of calls run through the conversation (else they begin anew in each turn)
    indent: str  # before thoughts and visible text

    def habit(self, rng: random.Random, allowed: tuple[Habit, ...]) -> Habit:
        weights = [self.habits[name] for name in allowed]
        return rng.choices(allowed, weights)[0]

    def quirk(self, rng: random.Random) -> Quirk:
        return rng.choices(list(self.quirks), list(self.quirks.values()))[0]

    def thought_length(self, rng: random.Random) -> int:
        """Number of sentences: at least one, seldom many."""
        usual, most = self.sentences
        return min(most, 1 + int(rng.expovariate(1 / usual)))


SWIFT = Agent(
    name="swift",
    captures=0.58,
    sentences=(1, 5),
    parallel=0.85,
    peeks=0.30,
    slips=0.46,
    habits={"fix": 0.50, "look": 0.12, "repeat": 0.18, "drop": 0.20},
    persistence=0.45,
    thorough=0.35,
    says=0.20,
    asks=0.45,
    quirks={
        "none": 0.82,
        "malformed": 0.07,
        "unknown_tool": 0.06,
        "cut_before_results": 0.03,
        "cut_after_results": 0.02,
    },
    runs_ids=True,
    indent=" ",
)
STEADY = Agent(
    name="steady",
    captures=0.94,
    sentences=(5, 12),
    parallel=0.50,
    peeks=0.25,
    slips=0.30,
    habits={"fix": 0.36, "look": 0.48, "repeat": 0.06, "drop": 0.10},
    persistence=0.80,
    thorough=0.85,
    says=0.55,
    asks=0.60,
    quirks={
        "none": 0.88,
        "malformed": 0.05,
        "unknown_tool": 0.03,
        "cut_before_results": 0.02,
        "cut_after_results": 0.02,
    },
    runs_ids=False,
    indent="",
)
AGENTS = (SWIFT, STEADY)
