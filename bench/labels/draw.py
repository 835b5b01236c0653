"""Which tool uses are labelled: all with a strong sign, of the others a draw in hash order.

Each row carries its stratum and the probability that it was drawn with, so that rates can be
weighted back to all distinct tool uses.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.labels.population import ToolUse
from bench.labels.signs import strong_signs, weak_signs

SUSPECT, WEAK, REST = "suspect", "suspect_weak", "rest"
TOTAL, SUSPECTS = 560, 330
# A small source is worth reading whole, and where errors are likely twice as much of it.
AT_LEAST = {WEAK: 20, REST: 10}
ARGUMENTS, HEAD, TAIL = 1_500, 2_500, 1_200


@dataclass(frozen=True, slots=True)
class Drawn:
    """One distinct tool use of the sample; `probability` is that of its stratum and source."""

    use: ToolUse
    stratum: str
    signs: tuple[str, ...]
    probability: float
    occurrences: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    use: ToolUse
    stratum: str
    signs: tuple[str, ...]
    occurrences: int


def draw(uses: Iterable[ToolUse], total: int = TOTAL, suspects: int = SUSPECTS) -> list[Drawn]:
    """The sample of these uses, in hash order.

    A use that occurs several times counts once and stands where it is met first; any of its
    occurrences can make it a suspect. Both sizes give way to strong signs and to `AT_LEAST`.
    """
    by_stratum: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in _distinct(uses):
        by_stratum[candidate.stratum].append(candidate)
    drawn = [
        Drawn(one.use, SUSPECT, one.signs, 1.0, one.occurrences) for one in by_stratum[SUSPECT]
    ]
    drawn += _drawn(by_stratum[WEAK], suspects - len(drawn), AT_LEAST[WEAK])
    drawn += _drawn(by_stratum[REST], total - len(drawn), AT_LEAST[REST])
    return sorted(drawn, key=lambda row: row.use.key)


def _distinct(uses: Iterable[ToolUse]) -> list[_Candidate]:
    """One candidate for each key, in hash order."""
    groups: dict[str, list[ToolUse]] = defaultdict(list)
    for use in uses:
        groups[use.key].append(use)
    return [_candidate(groups[key]) for key in sorted(groups)]


def _candidate(same: Sequence[ToolUse]) -> _Candidate:
    strong = sorted({sign for use in same for sign in strong_signs(use)})
    weak = weak_signs(same[0])  # they depend on the text alone
    stratum = SUSPECT if strong else WEAK if weak else REST
    return _Candidate(same[0], stratum, (*strong, *weak), len(same))


def _drawn(candidates: Sequence[_Candidate], size: int, at_least: int) -> list[Drawn]:
    """So many of the candidates (in hash order: the first of each source are a random draw)."""
    by_source: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_source[candidate.use.source].append(candidate)
    sizes = shares({source: len(those) for source, those in by_source.items()}, size, at_least)
    return [
        Drawn(one.use, one.stratum, one.signs, sizes[source] / len(those), one.occurrences)
        for source, those in by_source.items()
        for one in those[: sizes[source]]
    ]


def shares(counts: Mapping[str, int], size: int, at_least: int) -> dict[str, int]:
    """How many to take of each source: `at_least` or all there are, the rest in proportion.

    The sum is `size` where that can be; more where the minima ask for more.
    """
    taken = {source: min(count, at_least) for source, count in counts.items()}
    left = {source: count - taken[source] for source, count in counts.items()}
    more = max(0, min(size - sum(taken.values()), sum(left.values())))
    if more == 0:
        return taken
    exact = {source: more * count / sum(left.values()) for source, count in left.items()}
    added = {source: int(part) for source, part in exact.items()}
    # Largest remainders get what rounding down left over; ties go by name.
    by_remainder = sorted(counts, key=lambda source: (added[source] - exact[source], source))
    for source in by_remainder[: more - sum(added.values())]:
        added[source] += 1
    return {source: taken[source] + added[source] for source in counts}


def as_row(drawn: Drawn) -> dict[str, Any]:
    """What a labeller is shown, as JSON; the key stands for the whole texts, whatever is cut.

    Units: characters.
    """
    use = drawn.use
    text = use.response or ""
    return {
        "key": use.key,
        "source": use.source,
        "conversation_id": use.conversation_id,
        "turn_index": use.turn_index,
        "block_index": use.block_index,
        "call_turn_index": use.call_turn_index,
        "call_block_index": use.call_block_index,
        "tool_name": use.tool_name,
        "arguments": use.arguments[:ARGUMENTS],
        "arguments_chars": len(use.arguments),
        "response": _cut(text),
        "response_chars": len(text),
        "exit_code": use.exit_code,
        "status": use.status,
        "native_is_error": use.native_is_error,
        "has_call": use.call_turn_index is not None,
        "has_response": use.response is not None,
        "signs": drawn.signs,
        "occurrences": drawn.occurrences,
        "stratum": drawn.stratum,
        "probability": round(drawn.probability, 6),
    }


def _cut(text: str) -> str:
    left_out = len(text) - HEAD - TAIL
    if left_out <= 0:
        return text
    return f"{text[:HEAD]}\n[… {left_out} characters left out …]\n{text[-TAIL:]}"


def tally(uses: Iterable[ToolUse], drawn: Iterable[Drawn]) -> list[tuple[str, str, int, int]]:
    """(source, stratum, drawn, of how many distinct ones), in the order of both names."""
    there = Counter((one.use.source, one.stratum) for one in _distinct(uses))
    taken = Counter((row.use.source, row.stratum) for row in drawn)
    return [
        (source, stratum, taken[source, stratum], there[source, stratum])
        for source, stratum in sorted(there)
    ]
