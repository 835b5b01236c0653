"""Which call a response answers."""

from __future__ import annotations

import pytest

from ingest.conversation import Block, Call, Response, Turn
from ingest.pairing import pair


def turn(role: str, *blocks: Block) -> Turn:
    return Turn(role, role, list(blocks), 0, "", True)


def call(name: str | None, call_id: str | None = None) -> Block:
    return Block("tool_call", b"", call=Call(call_id, name))


def response(name: str | None, call_id: str | None = None) -> Block:
    answer = Response("text", 0, "", b"", None, tool_call_id=call_id, tool_name=name)
    return Block("tool_response", b"", response=answer)


def pairs(*turns: Turn) -> dict[tuple[int, int], tuple[tuple[int, int] | None, str]]:
    """Place of each response → place of its call, and how it was found."""
    places = [
        (turn_index, block_index)
        for turn_index, each in enumerate(turns)
        for block_index, block in enumerate(each.blocks)
        if block.response is not None
    ]
    return {
        place: ((p.call.turn_index, p.call.block_index) if p.call else None, p.paired_by)
        for place, p in zip(places, pair(turns), strict=True)
    }


def step(calls: str, responses: str) -> list[int | None]:
    """Index of the call of each response; a letter is a tool, `-` one without a name."""
    turns = (
        turn("assistant", *(call(None if name == "-" else name) for name in calls)),
        turn("tool", *(response(None if name == "-" else name) for name in responses)),
    )
    return [found[0][1] if found[0] else None for found in pairs(*turns).values()]


@pytest.mark.case(34, 36)
@pytest.mark.parametrize(
    ("calls", "responses", "expected"),
    [
        ("ab", "ab", [0, 1]),
        ("ab", "ba", [0, 1]),  # as many: by ordinal, for the names come from the ordinal
        ("abc", "ac", [0, 2]),  # one is missing: by name, so that c does not shift to b
        ("aab", "ab", [0, 2]),
        ("ab", "-", [0]),
        ("ab", "-b", [0, 1][:2]),
        ("abc", "-c", [0, 2]),
        ("a", "ab", [0, None]),
        ("", "a", [None]),
        ("abab", "bb", [1, 3]),
        ("bca", "aa", [0, 2]),  # no response is left over while a call is without one
        ("ab", "xab", [None, 0, 1]),
        ("b-a", "aa", [1, 2]),  # a call whose name is not known may be its call
    ],
)
def test_within_a_step(calls: str, responses: str, expected: list[int | None]) -> None:
    assert step(calls, responses) == expected


def test_by_id_where_ids_are_unique_and_complete_even_out_of_order() -> None:
    found = pairs(
        turn("assistant", call("a", "1"), call("b", "2")),
        turn("tool", response("b", "2")),
        turn("tool", response("a", "1")),
    )
    assert found == {(1, 0): ((0, 1), "id"), (2, 0): ((0, 0), "id")}


@pytest.mark.case(35)
def test_an_id_used_twice_makes_all_pairs_ordinal() -> None:
    found = pairs(
        turn("assistant", call("a", "x")),
        turn("tool", response("a", "x")),
        turn("assistant", call("a", "x")),
        turn("tool", response("a", "x")),
    )
    assert found == {(1, 0): ((0, 0), "ordinal"), (3, 0): ((2, 0), "ordinal")}


@pytest.mark.case(33)
def test_a_response_without_any_call_is_an_orphan() -> None:
    assert pairs(turn("tool", response("a", "1"))) == {(0, 0): (None, "none")}


def test_several_tool_turns_belong_to_one_step() -> None:
    found = pair(
        [turn("assistant", call("a"), call("b")), turn("tool", response("a")),
         turn("tool", response("b"))]
    )  # fmt: skip
    assert [p.response_index for p in found] == [0, 1]
    assert [p.call.block_index for p in found if p.call] == [0, 1]


def test_thousands_of_calls_in_one_step_stay_quick() -> None:
    found = pair(
        [turn("assistant", *(call("a") for _ in range(20_000))),
         turn("tool", *(response("a") for _ in range(19_999)))]
    )  # fmt: skip
    assert len(found) == 19_999
