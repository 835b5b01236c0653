"""What was promised of ingest, and whether it is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.rounds import BASELINE, FLOOR, TRACEHOUSE, Series

SMALL, LARGE = 2000, 14701  # conversations; the promises are about the larger


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: a figure of a series, and the most (`is_most`) or least that it may be."""

    name: str
    unit: str
    limit: float
    is_most: bool
    figure: Callable[[Series], float | None]

    def is_met(self, value: float) -> bool:
        """Whether the figure is on the good side of its limit."""
        return value <= self.limit if self.is_most else value >= self.limit

    @property
    def text(self) -> str:
        """The limit as a person reads it."""
        return f"{'≤' if self.is_most else '≥'} {self.limit:g}{self.unit}"


TARGETS = (
    Target(
        "CPU: baseline / tracehouse-2", "×", 4, False,
        lambda series: series.ratio(BASELINE, TRACEHOUSE[2], "cpu_s"),
    ),
    Target(
        "wall: baseline / tracehouse-2", "×", 6, False,
        lambda series: series.ratio(BASELINE, TRACEHOUSE[2], "wall_s"),
    ),
    Target(
        "CPU: tracehouse-1 / floor-1", "×", 2.5, True,
        lambda series: series.ratio(TRACEHOUSE[1], FLOOR[1], "cpu_s"),
    ),
    Target(
        "CPU: tracehouse-2 / floor-2", "×", 2.5, True,
        lambda series: series.ratio(TRACEHOUSE[2], FLOOR[2], "cpu_s"),
    ),
    Target(
        "peak memory of tracehouse-1", " MiB", 300, True,
        lambda series: series.median(TRACEHOUSE[1], "peak_mib"),
    ),
    Target(
        "peak memory of tracehouse-2", " MiB", 700, True,
        lambda series: series.median(TRACEHOUSE[2], "peak_mib"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Growth:
    """Peak memory at the larger size over that at the smaller, which may be at most 1.1."""

    name: str
    value: float
    limit: float = 1.1

    @property
    def is_met(self) -> bool:
        """Whether memory stays where it is as the data grow."""
        return self.value <= self.limit


def growth(series: Sequence[Series]) -> list[Growth]:
    """How much more memory tracehouse needs at the larger size, where both sizes ran."""
    sizes = {one.data.conversations: one for one in series}
    if SMALL not in sizes or LARGE not in sizes:
        return []
    found = []
    for contestant in TRACEHOUSE.values():
        small, large = (sizes[n].median(contestant, "peak_mib") for n in (SMALL, LARGE))
        if small and large:
            name = f"peak memory of {contestant.name}: {LARGE:,} / {SMALL:,}"
            found.append(Growth(name, large / small))
    return found
