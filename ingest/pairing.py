"""Which call does a response answer?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ingest.conversation import Block, Turn

MAX_ALIGNED = 10_000  # calls × responses of a step; beyond that, by ordinal alone


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a block is, and its position among the responses of its step."""

    turn_index: int
    block_index: int
    block: Block


class Pair(msgspec.Struct, frozen=True, gc=False):
    """A response's call and how it was found: id, ordinal or none."""

    response_index: int
    call: Place | None
    paired_by: str


def pair(turns: Sequence[Turn]) -> dict[tuple[int, int], Pair]:
    """The pair of each response, by (turn_index, block_index) of the response.

    By id where the ids are unique and complete in the conversation; else within the step, by tool
    name in order first, then by what is left in order: by ordinal alone, one missing response
    would shift all that follow.
    """
    steps = _steps(turns)
    calls = [place for step_calls, _ in steps for place in step_calls]
    responses = [place for _, step_responses in steps for place in step_responses]
    by_id = _unique_ids(calls, responses)
    pairs: dict[tuple[int, int], Pair] = {}
    if not responses:
        return pairs
    for step_calls, step_responses in steps:
        if by_id is not None:
            found = [by_id.get(_response_id(place)) for place in step_responses]
        else:
            found = _aligned(step_calls, step_responses)
        way = "ordinal" if by_id is None else "id"
        for index, (place, call) in enumerate(zip(step_responses, found, strict=True)):
            key = (place.turn_index, place.block_index)
            pairs[key] = Pair(index, call, way if call else "none")
    return pairs


def _steps(turns: Sequence[Turn]) -> list[tuple[list[Place], list[Place]]]:
    """Calls and responses of each step: an assistant turn and what answers it before the next.

    Responses before any assistant turn form a step without calls.
    """
    steps: list[tuple[list[Place], list[Place]]] = [([], [])]
    for turn_index, turn in enumerate(turns):
        if turn.role == "assistant":
            steps.append(([], []))
        for block_index, block in enumerate(turn.blocks):
            if block.call is not None:
                steps[-1][0].append(Place(turn_index, block_index, block))
            elif block.response is not None:
                steps[-1][1].append(Place(turn_index, block_index, block))
    return steps


def _response_id(place: Place) -> str | None:
    return place.block.response.tool_call_id if place.block.response else None


def _unique_ids(calls: list[Place], responses: list[Place]) -> dict[str | None, Place] | None:
    """Calls by id, where every call and response has one and none occurs twice; else None."""
    if not calls:
        return None
    by_id: dict[str | None, Place] = {}
    for place in calls:
        call_id = place.block.call.tool_call_id if place.block.call else None
        if not call_id or call_id in by_id:
            return None
        by_id[call_id] = place
    ids = [_response_id(place) for place in responses]
    if len(set(ids)) != len(ids) or not all(ids):
        return None
    return by_id


def _aligned(calls: list[Place], responses: list[Place]) -> list[Place | None]:
    """The call of each response, in order of both."""
    few = min(len(calls), len(responses))
    if len(calls) == len(responses):
        return list(calls)
    if len(calls) * len(responses) > MAX_ALIGNED:
        return [*calls[:few], *[None] * (len(responses) - few)]
    by_name = _common_subsequence(
        [c.block.call.tool_name if c.block.call else None for c in calls],
        [r.block.response.tool_name if r.block.response else None for r in responses],
    )
    return _filled(calls, by_name, len(responses))


def _common_subsequence(names: list[str | None], wanted: list[str | None]) -> dict[int, int]:
    """Positions in `wanted` → positions in `names` of a longest common subsequence, early first."""
    table = [[0] * (len(wanted) + 1) for _ in range(len(names) + 1)]
    for i in range(len(names) - 1, -1, -1):
        for j in range(len(wanted) - 1, -1, -1):
            same = names[i] is not None and names[i] == wanted[j]
            skip = max(table[i + 1][j], table[i][j + 1])
            table[i][j] = max(skip, table[i + 1][j + 1] + 1) if same else skip
    found: dict[int, int] = {}
    i = j = 0
    while i < len(names) and j < len(wanted):
        same = names[i] is not None and names[i] == wanted[j]
        if same and table[i][j] == table[i + 1][j + 1] + 1:
            found[j] = i
            i, j = i + 1, j + 1
            continue
        if table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _filled(calls: list[Place], by_name: dict[int, int], count: int) -> list[Place | None]:
    """By name where found; any other response takes the first free call in its gap, if any."""
    found: list[Place | None] = []
    free = 0
    for j in range(count):
        if j in by_name:
            found.append(calls[by_name[j]])
            free = by_name[j] + 1
            continue
        later = [i for k, i in by_name.items() if k > j]
        limit = min(later) if later else len(calls)
        found.append(calls[free] if free < limit else None)
        free += free < limit
    return found
