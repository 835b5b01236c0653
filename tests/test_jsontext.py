"""JSON with limits: what is refused, what is flagged, and the one canonical form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.jsontext import BadJson, Parser, _plain_object, canonical


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        ('{"b": 1.0, "a": []}', {"a": [], "b": 1.0}, ()),
        ('{"a": 1, "a": 2}', {"a": 2}, ("duplicate_key",)),
        ('{"a": 9223372036854775807}', {"a": 9223372036854775807}, ()),
        ('{"a": 9223372036854775808}', {"a": "9223372036854775808"}, ("big_integer",)),
        ("1" * 5000, "1" * 5000, ("big_integer",)),
        (r'"\ud800"', "\N{REPLACEMENT CHARACTER}", ("lone_surrogate",)),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}", ()),
        ("[" * 200 + "]" * 200, None, ()),
    ],
)
def test_accepted(text: str, value: Any, flags: tuple[str, ...]) -> None:
    parsed, raised = Parser().parse(text.encode())
    assert raised == flags
    assert value is None or parsed == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{'a': 1}", "bad_json"),
        ('{"a": 1,}', "bad_json"),
        ("", "bad_json"),
        ("[NaN]", "non_finite"),
        ("[-Infinity]", "non_finite"),
        ("[1e400]", "non_finite"),
        ("[" * 201 + "]" * 201, "too_deep"),
        ("[" * 100_000 + "]" * 100_000, "too_deep"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(BadJson) as caught:
        Parser().parse(text.encode())
    assert caught.value.reason == reason


def test_flags_do_not_stay_from_one_text_to_the_next() -> None:
    parser = Parser()
    parser.parse(b'{"a": 1, "a": 2}')
    assert parser.parse(b'{"a": 1}')[1] == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_canonical_text_is_the_same_for_equal_values(value: Any) -> None:
    parsed, _ = Parser().parse(json.dumps(value).encode())
    assert parsed == value
    assert canonical(parsed) == canonical(value)
    assert json.loads(canonical(value)) == value


SPACE = st.sampled_from(["", " ", "\n", "\t"])
KEYS = st.sampled_from(['"a"', '"b"', '"b\\""', '"\\":"', '"name"'])
SCALARS = st.sampled_from(
    [
        "1",
        "-0",
        "1.5",
        "1e400",
        "9223372036854775808",
        "true",
        "null",
        '"x"',
        '"\\": 1"',
        '"\\ud800"',
        "[1]",
    ]
)


def an_object(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of objects, some with doubled keys and with space at odd places."""
    pair = st.tuples(KEYS, SPACE, values).map(lambda p: f"{p[0]}{p[1]}: {p[2]}")
    return st.lists(pair, max_size=4).map(lambda pairs: "{" + ", ".join(pairs) + "}")


@given(an_object(st.one_of(SCALARS, an_object(SCALARS))))
def test_the_short_way_for_plain_objects_gives_the_same_value(text: str) -> None:
    short = _plain_object(text.encode())
    if short is None:
        return
    doubled = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled.append(len(found) != len(dict(found)))
        return dict(found)

    assert json.loads(text, object_pairs_hook=pairs) == short
    assert not any(doubled)


def test_the_short_way_is_taken_for_a_usual_call() -> None:
    call = {"name": "terminal", "arguments": {"command": "ls -la | grep '\"'", "timeout": 30}}
    assert _plain_object(json.dumps(call).encode()) == call
