"""What is left to learn when rows are cut to a length: the cost of a short context."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

IGNORED = -100  # the label of a token that is read, not learnt
LIMITS = (2_048, 4_096, 8_192, 16_384, 32_768)
Rule = Literal["head", "tail", "whole turns"]
RULES: tuple[Rule, ...] = ("head", "tail", "whole turns")


@dataclass(slots=True)
class Kept:
    """What one limit and rule leave."""

    trained_tokens: int = 0
    empty_rows: int = 0


@dataclass(slots=True)
class Budget:
    """Sums over rows for each limit and rule; `longer_rows` counts what a limit cuts at all."""

    rows: int = 0
    trained_tokens: int = 0
    longer_rows: dict[int, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))
    kept: dict[tuple[int, Rule], Kept] = field(
        default_factory=lambda: {(limit, rule): Kept() for limit in LIMITS for rule in RULES}
    )

    def add(self, labels: Sequence[int], turn_ends: Sequence[int]) -> None:
        """Counts a row; `turn_ends` are the positions after each assistant turn, in order."""
        sums = [0, *accumulate(int(label != IGNORED) for label in labels)]
        self.rows += 1
        self.trained_tokens += sums[-1]
        for limit in LIMITS:
            self.longer_rows[limit] += len(labels) > limit
            for rule in RULES:
                start, end = _window(len(labels), limit, rule, turn_ends)
                trained = sums[end] - sums[start]
                self.kept[limit, rule].trained_tokens += trained
                self.kept[limit, rule].empty_rows += trained == 0

    def share(self, limit: int, rule: Rule) -> float:
        """The share of trained tokens that is left, in 0..1."""
        return self.kept[limit, rule].trained_tokens / max(1, self.trained_tokens)


def _window(size: int, limit: int, rule: Rule, turn_ends: Sequence[int]) -> tuple[int, int]:
    """First and last + 1 of the tokens that a rule keeps of a row."""
    if size <= limit:
        return 0, size
    if rule == "head":
        return 0, limit
    if rule == "tail":
        return size - limit, size
    whole = bisect_right(turn_ends, limit)
    return 0, turn_ends[whole - 1] if whole else 0
