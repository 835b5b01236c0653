"""Tool calls: the JSON of a call → name, arguments in canonical form, and what was odd."""

from __future__ import annotations

import hashlib
from typing import Any

from ingest.conversation import Call
from ingest.jsontext import BadJson, Parser, canonical, kind


def tagged_call(body: bytes, parser: Parser) -> Call:
    """The call whose JSON stands between the tags: {"name": …, "arguments": …}."""
    try:
        value, flags = parser.parse(body)
    except BadJson as error:
        return Call(issue=error.reason, is_malformed=True)
    if not isinstance(value, dict):
        return Call(issue=f"not_an_object_but_{kind(value)}", is_malformed=True)
    name = value.get("name")
    call_id = value.get("id", value.get("tool_call_id"))
    call = _with_arguments(value.get("arguments"), "arguments" in value, flags, parser)
    call.tool_call_id = call_id if isinstance(call_id, str) else None
    if isinstance(name, str) and name:
        call.tool_name = name
        return call
    call.issue, call.is_malformed = "no_name", True
    return call


def structured_call(name: object, call_id: object, arguments: object, parser: Parser) -> Call:
    """The call of a format that keeps name, id and arguments apart (arguments: text or object)."""
    if isinstance(arguments, bytes):
        try:
            value, flags = parser.parse(arguments)
        except BadJson as error:
            call = Call(issue=error.reason, is_malformed=True)
        else:
            call = _with_arguments(value, True, flags, parser)
    else:
        call = _with_arguments(arguments, arguments is not None, (), parser)
    call.tool_call_id = call_id if isinstance(call_id, str) else None
    call.tool_name = name if isinstance(name, str) and name else None
    if call.tool_name is None:
        call.issue, call.is_malformed = call.issue or "no_name", True
    return call


def _with_arguments(arguments: Any, is_given: bool, flags: tuple[str, ...], parser: Parser) -> Call:
    """A call with its arguments; JSON inside a string is decoded once, and never twice."""
    if not is_given:
        return Call(issue=", ".join(flags) or None)
    written_as = kind(arguments)
    if isinstance(arguments, str):
        try:
            inner, inner_flags = parser.parse(arguments.encode())
        except BadJson:
            inner, inner_flags = arguments, ()
        if isinstance(inner, dict):
            arguments, flags = inner, (*flags, *inner_flags)
    return Call(
        arguments=canonical(arguments),
        value=arguments,
        arguments_kind=written_as,
        issue=", ".join(flags) or None,
    )


def sha256(text: bytes | None) -> str | None:
    """Hex digest, or None of None."""
    return None if text is None else hashlib.sha256(text).hexdigest()
