"""Agreement of two readers; precision, recall and F1 of a definition, each with its interval."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

_Z = 1.959963984540054  # two-sided, 95 %
_LEAST_GROUPS = 10  # with fewer nothing is known of how much they differ


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two readers: `kappa` is null where both gave one and the same answer to everything."""

    rows: int
    agreed: int
    kappa: float | None

    @property
    def share(self) -> float:
        return self.agreed / self.rows


def agreement(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """Cohen's kappa: agreement beyond what the readers' own shares would give by chance.

    Source: Cohen, Educational and Psychological Measurement 20 (1960) 37.
    Raises: ValueError without rows.
    """
    if not pairs:
        raise ValueError("no row has two readers")
    first, second = (Counter(answers) for answers in zip(*pairs, strict=True))
    agreed = sum(a == b for a, b in pairs)
    by_chance = sum(count * second[answer] for answer, count in first.items()) / len(pairs) ** 2
    kappa = None if by_chance == 1 else (agreed / len(pairs) - by_chance) / (1 - by_chance)
    return Agreement(len(pairs), agreed, kappa)


@dataclass(frozen=True, slots=True)
class Case:
    """A tool use as one definition sees it. Units: `weight` is that of a row in all sums."""

    is_error: bool
    is_called_error: bool
    weight: float
    group: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval, in 0..1; all null without a case.

    `groups`: how many the interval is clustered by; 0 is Wilson's interval, which takes rows as
    independent.
    """

    value: float | None
    low: float | None
    high: float | None
    groups: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a definition finds errors. `hits`, `false_alarms` and `misses` count rows."""

    hits: int
    false_alarms: int
    misses: int
    precision: Share
    recall: Share
    f1: Share


def scores(cases: Iterable[Case]) -> Scores:
    """What comes of a definition over these cases.

    F1 is 2J / (1 + J) of the share J of hits among hits, false alarms and misses; so are the ends
    of its interval, since that rises with J.
    """
    of_note = [case for case in cases if case.is_error or case.is_called_error]
    hits = sum(case.is_error and case.is_called_error for case in of_note)
    false_alarms = sum(not case.is_error for case in of_note)
    overlap = _share(of_note)
    return Scores(
        hits,
        false_alarms,
        len(of_note) - hits - false_alarms,
        _share([case for case in of_note if case.is_called_error]),
        _share([case for case in of_note if case.is_error]),
        Share(_f1(overlap.value), _f1(overlap.low), _f1(overlap.high), overlap.groups),
    )


def _f1(overlap: float | None) -> float | None:
    return None if overlap is None else 2 * overlap / (1 + overlap)


def _share(cases: Sequence[Case]) -> Share:
    """The share of hits among these cases."""
    return share(
        [(case.is_error and case.is_called_error, case.weight, case.group) for case in cases]
    )


def share(rows: Sequence[tuple[bool, float, str]]) -> Share:
    """The weighted share of the true ones among rows of (is it, weight, group).

    From 10 groups on the interval is clustered by them, as `wilson_low_clustered` of
    reports/macros/01_shares.sql does it; else Wilson's. Weights make n rows worth (Σw)² / Σw².
    """
    if not rows:
        return Share(None, None, None, 0)
    total = sum(weight for _, weight, _ in rows)
    value = sum(weight for is_it, weight, _ in rows if is_it) / total
    worth = total**2 / sum(weight**2 for _, weight, _ in rows)
    groups = len({group for _, _, group in rows})
    if groups < _LEAST_GROUPS:
        return Share(value, *_wilson(value, worth, _Z), 0)
    # Where all agree nothing shows how alike a group is: each counts as one case then.
    worth = min(groups, worth) if value in (0, 1) else _clustered(rows, value, total, worth)
    return Share(value, *_wilson(value, worth, _Z * (1 + 1.21 / (groups - 1))), groups)


def _clustered(
    rows: Sequence[tuple[bool, float, str]], value: float, total: float, at_most: float
) -> float:
    """How many independent cases these are worth: p(1 − p) / variance of the share."""
    residues: dict[str, float] = defaultdict(float)
    for is_it, weight, group in rows:
        residues[group] += weight * (is_it - value)
    count = len(residues)
    squares = math.fsum(residue**2 for residue in residues.values())
    variance = count / (count - 1) * squares / total**2
    return at_most if variance == 0 else min(at_most, value * (1 - value) / variance)


def _wilson(value: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's interval (JASA 22 (1927) 209); exact at 0 and 1, where rounding leaves dust."""
    middle = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(value * (1 - value) / n + z**2 / (4 * n**2))
    return (0.0 if value == 0 else middle - half), (1.0 if value == 1 else middle + half)
