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


def pair(turns: Sequence[Turn]) -> list[Pair]:
    """The pair of each response, in the order of the responses.

    By id where the ids are unique and complete in the conversation; else within the step, in order.
    Where there are more calls than responses, those are passed over without which the tool names
    fit best: by ordinal alone, one missing response would shift all that follow.
    """
    steps = _steps(turns)
    calls = [place for step_calls, _ in steps for place in step_calls]
    responses = [place for _, step_responses in steps for place in step_responses]
    by_id = _unique_ids(calls, responses)
    pairs: list[Pair] = []
    if not responses:
        return pairs
    for step_calls, step_responses in steps:
        if by_id is not None:
            found = [by_id.get(_response_id(place)) for place in step_responses]
        else:
            found = _aligned(step_calls, step_responses)
        way = "ordinal" if by_id is None else "id"
        pairs += [Pair(i, call, way if call else "none") for i, call in enumerate(found)]
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
    """Calls by id, where each has one, none occurs twice, and responses name calls; else None."""
    if not calls:
        return None
    by_id: dict[str | None, Place] = {}
    for place in calls:
        call_id = place.block.call.tool_call_id if place.block.call else None
        if not call_id or call_id in by_id:
            return None
        by_id[call_id] = place
    ids = [_response_id(place) for place in responses]
    is_sound = len(set(ids)) == len(ids) and by_id.keys() >= set(ids)
    return by_id if is_sound else None


def _aligned(calls: list[Place], responses: list[Place]) -> list[Place | None]:
    """The call of each response, in order of both; as many pairs as there can be."""
    few = min(len(calls), len(responses))
    if len(calls) == len(responses) or len(calls) * len(responses) > MAX_ALIGNED:
        return [*calls[:few], *[None] * (len(responses) - few)]
    names = [c.block.call.tool_name if c.block.call else None for c in calls]
    wanted = [r.block.response.tool_name if r.block.response else None for r in responses]
    if len(calls) > len(responses):
        return [calls[i] for i in _chosen(names, wanted)]
    found: list[Place | None] = [None] * len(responses)
    for call, j in zip(calls, _chosen(wanted, names), strict=True):
        found[j] = call
    return found


def _chosen(many: list[str | None], few: list[str | None]) -> list[int]:
    """A position in `many` for each of `few`, rising, so that names fit best; early ones first."""
    spare = len(many) - len(few)
    # best[j][k]: how well few[j:] can fit, where k of `many` have been passed over before.
    best = [[0] * (spare + 1) for _ in range(len(few) + 1)]
    for j in range(len(few) - 1, -1, -1):
        most = -1
        for k in range(spare, -1, -1):
            most = max(most, _likeness(many[j + k], few[j]) + best[j + 1][k])
            best[j][k] = most
    chosen: list[int] = []
    k = 0
    for j, name in enumerate(few):
        while _likeness(many[j + k], name) + best[j + 1][k] < best[j][k]:
            k += 1
        chosen.append(j + k)
    return chosen


def _likeness(name: str | None, other: str | None) -> int:
    """2 for equal names, 1 where one is not known, 0 for two that differ."""
    if name is None or other is None:
        return 1
    return 2 if name == other else 0
