"""What is left to learn when rows are cut to a length: the cost of a short context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

IGNORED = -100  # the label of a token that is read, not learnt
LIMITS = (2_048, 4_096, 8_192, 16_384, 32_768)
Kind = Literal["system", "tools", "user", "think", "answer", "call", "response"]
KINDS: tuple[Kind, ...] = ("system", "tools", "user", "think", "answer", "call", "response")
Rule = Literal["head", "tail", "whole turns"]
RULES: tuple[Rule, ...] = ("head", "tail", "whole turns")


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens of one kind that stand together. `ends_turn`: the last of an assistant turn."""

    kind: Kind
    size: int
    is_trained: bool = False
    ends_turn: bool = False


@dataclass(slots=True)
class Kept:
    """What is left of all rows: tokens of each kind, those to learn, and rows without any of them."""

    tokens: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    trained: int = 0
    empty_rows: int = 0

    def add(self, tokens: Mapping[Kind, int], trained: int) -> None:
        """Counts what is left of a row."""
        for kind, size in tokens.items():
            self.tokens[kind] += size
        self.trained += trained
        self.empty_rows += trained == 0


@dataclass(slots=True)
class Budget:
    """Sums over rows, whole and for each limit and rule; `longer_rows` counts what a limit cuts at all.

    Units: sizes in tokens times `unit`; limits in tokens.
    """

    unit: int = 1
    rows: int = 0
    whole: Kept = field(default_factory=Kept)
    longer_rows: dict[int, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))
    kept: dict[tuple[int, Rule], Kept] = field(
        default_factory=lambda: {(limit, rule): Kept() for limit in LIMITS for rule in RULES}
    )

    def add(self, runs: Sequence[Run]) -> None:
        """Counts a row, given as its runs in their order."""
        size = sum(run.size for run in runs)
        tokens, trained = _within(runs, 0, size)
        self.rows += 1
        self.whole.add(tokens, trained)
        for limit in LIMITS:
            most = limit * self.unit
            self.longer_rows[limit] += size > most
            for rule in RULES:
                left = (tokens, trained)
                if size > most:
                    left = _within(runs, *_window(runs, size, most, rule))
                self.kept[limit, rule].add(*left)

    def share(self, limit: int, rule: Rule) -> float:
        """The share of the tokens to learn that is left, in 0..1."""
        return self.kept[limit, rule].trained / max(1, self.whole.trained)

    def count(self, size: int) -> int:
        """A sum as tokens."""
        return round(size / self.unit)


def table(budget: Budget) -> list[dict[str, object]]:
    """The budget as rows of plain values: the rows whole first, then each limit and rule.

    Shape: limit and rule (null: whole), rows, longer_rows, rows_without, tokens, trained_tokens,
    trained_share, tokens_by_kind.
    """
    rows = [_line(budget, budget.whole, None, None, 0)]
    return rows + [
        _line(budget, kept, limit, rule, budget.longer_rows[limit])
        for (limit, rule), kept in budget.kept.items()
    ]


def _line(
    budget: Budget, kept: Kept, limit: int | None, rule: Rule | None, longer: int
) -> dict[str, object]:
    return {
        "limit": limit,
        "rule": rule,
        "rows": budget.rows,
        "longer_rows": longer,
        "rows_without": kept.empty_rows,
        "tokens": budget.count(sum(kept.tokens.values())),
        "trained_tokens": budget.count(kept.trained),
        "trained_share": round(kept.trained / max(1, budget.whole.trained), 6),
        "tokens_by_kind": {kind: budget.count(size) for kind, size in kept.tokens.items()},
    }


def _window(runs: Sequence[Run], size: int, most: int, rule: Rule) -> tuple[int, int]:
    """First and last + 1 of what a rule keeps of a row that is too long."""
    if rule == "head":
        return 0, most
    if rule == "tail":
        return size - most, size
    at = end = 0
    for run in runs:
        at += run.size
        if at > most:
            break
        if run.ends_turn:
            end = at
    return 0, end


def _within(runs: Sequence[Run], start: int, end: int) -> tuple[dict[Kind, int], int]:
    """What stands between two places: the size of each kind, and of what is trained."""
    tokens: dict[Kind, int] = {}
    trained = at = 0
    for run in runs:
        size = min(at + run.size, end) - max(at, start)
        at += run.size
        if size > 0:
            tokens[run.kind] = tokens.get(run.kind, 0) + size
            trained += size if run.is_trained else 0
    return tokens, trained
