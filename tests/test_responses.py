"""What a tool answered: kinds, fields, lengths, and the error as it was reported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.conversation import Response
from ingest.responses import _loose_response, tagged_response, text_response


def answer(content: Any, **dumps: Any) -> Response:
    """The response with this content, wrapped as the writer of the traces wraps it."""
    wrapper = {"tool_call_id": "call_1", "name": "terminal", "content": content}
    response, issue = tagged_response(json.dumps(wrapper, **dumps).encode())
    assert issue is None
    return response


def fields(response: Response) -> dict[str, Any]:
    assert response.fields is not None
    read: dict[str, Any] = json.loads(response.fields)
    return read


def test_a_result_of_the_terminal() -> None:
    found = answer({"output": "x" * 300, "exit_code": 127, "error": None})
    assert (found.tool_call_id, found.tool_name, found.content_kind) == (
        "call_1",
        "terminal",
        "object",
    )
    assert (found.exit_code, found.error_text, found.reported_success) == (127, None, None)
    assert fields(found) == {"output": {"$string": 300}, "exit_code": 127, "error": None}


def test_an_empty_error_is_an_error_and_null_is_none() -> None:
    assert answer({"error": ""}).error_text == ""
    assert answer({"error": None}).error_text is None
    assert answer({}).error_text is None
    assert answer({"error": {"code": 5}}).error_text == '{"code": 5}'


def test_long_errors_keep_their_head_and_length() -> None:
    found = answer({"error": "e" * 5000, "message": ["m" * 2000], "other": ["o" * 500]})
    assert found.error_text == "e" * 1000
    read = fields(found)
    assert read["error"] == {"$string": 5000, "$head": "e" * 1000}
    assert read["message"]["$array"] == 2004
    assert read["other"] == {"$array": 504}


def test_the_error_inside_content_is_kept() -> None:
    found = answer({"content": {"error": "no such page", "body": "b" * 500}})
    assert fields(found)["content.error"] == "no such page"


@pytest.mark.parametrize(
    ("content", "kind"),
    [("text", "text"), ([1], "array"), (5, "number"), (True, "boolean"), (None, "null"),
     ('{"a": 1}', "object"), ("[1]", "array"), ('{"a": 1', "text"), ("", "text")],
)  # fmt: skip
def test_kinds(content: Any, kind: str) -> None:
    assert answer(content).content_kind == kind


def test_only_real_flags_count() -> None:
    found = answer({"success": "false", "exit_code": "1", "status": "s" * 201})
    assert (found.reported_success, found.exit_code, found.status) == (None, None, None)
    assert answer({"exit_code": True}).exit_code is None
    assert answer({"exit_code": 2**64}).exit_code is None


def test_json_with_a_hint_behind_it_is_text_whose_fields_are_read() -> None:
    found = answer('{"total_count": 3}\n\n[Hint: Results truncated.]')
    assert found.content_kind == "text"
    assert fields(found) == {"total_count": 3}


def test_json_in_a_notice_of_untrusted_text_is_read() -> None:
    found = answer(
        '<untrusted_tool_result source="web">\nCareful.\n\n{"error": "HTTP 404"}\n'
        "</untrusted_tool_result>"
    )
    assert (found.content_kind, found.error_text) == ("text", "HTTP 404")


def test_what_is_no_json_is_text_and_says_so() -> None:
    response, issue = tagged_response(b"Traceback: x")
    assert (response.content_kind, issue) == ("text", "not_json")
    response, issue = tagged_response(b'{"result": 3}')
    assert (response.content_kind, issue) == ("object", "no_wrapper")


def test_head_and_tail_do_not_overlap() -> None:
    found = text_response(b"h" * 2000 + b"m" * 500 + b"t" * 1000, None, None)
    assert (found.body_head, found.body_tail) == (b"h" * 2000, b"t" * 1000)
    found = text_response(b"h" * 2000, None, None)
    assert (found.body_head, found.body_tail) == (b"h" * 2000, None)


def test_very_many_keys_are_counted_and_those_that_matter_stay() -> None:
    found = answer({f"k{i}": i for i in range(500)} | {"error": "late"})
    read = fields(found)
    assert read["$more"] == 401
    assert read["error"] == "late"


TEXT = st.text(st.sampled_from('ab"\\/\n\t\x01é\N{GRINNING FACE}\u2028'), max_size=600)


@given(TEXT, st.booleans())
def test_lengths_are_in_characters(text: str, ensure_ascii: bool) -> None:
    found = answer({"output": text}, ensure_ascii=ensure_ascii)
    read = fields(found)["output"]
    assert read == (text if len(text) <= 200 else {"$string": len(text)})
    plain = text_response(text.encode(), None, None)
    assert plain.content_chars == len(text)
    assert plain.body_head.decode() == text[:2000]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
              st.text(max_size=250)),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["error", "content", "message", "success", "exit_code", "x"]), inner),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.booleans())
def test_the_short_way_reads_what_the_long_way_reads(content: Any, is_ascii: bool) -> None:
    """The wrapper as the writer lays it out is not decoded; one with more space is."""
    wrapper = {"tool_call_id": "call_1", "name": "terminal", "content": content}
    body = json.dumps(wrapper, ensure_ascii=is_ascii).encode("utf-8", "replace")
    assert tagged_response(body) == _loose_response(body)


@pytest.mark.parametrize(
    "body", ['"hello" world', "123 files", "[oops", "true story", '{"name": 1} x']
)
def test_text_that_only_begins_like_json_is_text(body: str) -> None:
    response, issue = tagged_response(body.encode())
    assert (response.content_kind, issue) == ("text", "not_json")
