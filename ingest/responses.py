"""Tool responses: what one tool answered → kind, lengths, top-level fields, head and tail.

The content is decoded one level deep: what stands inside is skipped, so that a response of
100 MB costs one pass and one copy.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from ingest.conversation import Response
from ingest.jsontext import canonical

HEAD, TAIL, KEPT, SHORT, MAX_KEYS = 2000, 1000, 1000, 200, 100
_KEPT_KEYS = ("error", "message", "content.error")
_FIRST_KEYS = ("error", "message", "success", "exit_code", "status", "content")
_PREFIX_LIMIT = 1_000_000
_UNTRUSTED, _UNTRUSTED_END = "<untrusted_tool_result", "\n</untrusted_tool_result>"
_KINDS = {
    b'"': "string",
    b"{": "object",
    b"[": "array",
    b"n": "null",
    b"t": "boolean",
    b"f": "boolean",
}

Raws = dict[str, msgspec.Raw]


class _Wrapper(msgspec.Struct):
    """{"tool_call_id": …, "name": …, "content": …} as the writer of the traces puts it."""

    tool_call_id: str | None = None
    name: str | None = None
    content: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_wrapper = msgspec.json.Decoder(_Wrapper).decode
_object = msgspec.json.Decoder(Raws).decode
_skim = msgspec.json.Decoder(msgspec.Raw).decode
_any = msgspec.json.Decoder().decode
_MALFORMED = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError)


def tagged_response(body: bytes) -> tuple[Response, str | None]:
    """The response that stands between the tags, and what was odd (`not_json`, `no_wrapper`)."""
    try:
        wrapper = _wrapper(body)
        content = wrapper.content
    except msgspec.ValidationError:  # JSON of another shape
        content = msgspec.UNSET
    except _MALFORMED:
        return _text_response(body, _valid_json(body)), "not_json"
    if content is msgspec.UNSET:
        return _raw_response(body), "no_wrapper"
    response = _raw_response(bytes(content))
    response.tool_call_id = wrapper.tool_call_id
    response.tool_name = wrapper.name
    return response, None


def text_response(content: bytes, tool_call_id: object, tool_name: object) -> Response:
    """The response of a format that keeps the content as text of its own.

    Text that is a JSON object or array counts as one, as the writer of tagged traces does.
    """
    response = _text_response(content, _valid_json(content))
    response.tool_call_id = tool_call_id if isinstance(tool_call_id, str) else None
    response.tool_name = tool_name if isinstance(tool_name, str) else None
    return response


def _raw_response(raw: bytes) -> Response:
    """The response whose content is JSON; a string is read as text."""
    if raw[:1] == b'"':
        text = _value(raw).encode()
        return _text_response(text, _valid_json(text))
    return _measured(_KINDS.get(raw[:1], "number"), raw)


def _text_response(text: bytes, is_json: bool) -> Response:
    """The response with this text, measured by its JSON where it is or holds some."""
    if is_json:
        return _measured(_KINDS[text.lstrip()[:1]], text)
    response = _measured("text", text)
    inner = _inner_json(text)
    if inner is not None:
        _read_fields(response, inner)
    return response


def _valid_json(text: bytes) -> bool:
    """Whether the text is a JSON object or array."""
    if text.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        _skim(text)
    except _MALFORMED:
        return False
    return True


def _inner_json(text: bytes) -> bytes | None:
    """The JSON object that a text begins with (a hint may follow) or that a notice wraps."""
    if (text[:1] != b"{" and not text.startswith(_UNTRUSTED.encode())) or len(text) > _PREFIX_LIMIT:
        return None
    body = text.decode()
    if body.startswith(_UNTRUSTED):
        start = body.find("\n{")
        body = body[start + 1 : body.rfind(_UNTRUSTED_END)] if start >= 0 else ""
    try:
        _, end = json.JSONDecoder().raw_decode(body)
    except (ValueError, RecursionError):
        return None
    return body[:end].encode()


def _measured(content_kind: str, text: bytes) -> Response:
    """A response with lengths, hash, head and tail of its content `text`."""
    if text.isascii():
        chars, head, tail = len(text), text[:HEAD], text[HEAD:][-TAIL:]
    else:
        whole = text.decode()
        chars, head, tail = len(whole), whole[:HEAD].encode(), whole[HEAD:][-TAIL:].encode()
    response = Response(content_kind, chars, hashlib.sha256(text).hexdigest(), head, tail or None)
    if content_kind == "object":
        _read_fields(response, text)
    return response


def _read_fields(response: Response, text: bytes) -> None:
    """Fills in what the top-level keys of the object `text` say."""
    try:
        raws = _object(text)
    except _MALFORMED:
        return
    values: dict[str, Any] = {}
    for key in raws if len(raws) <= MAX_KEYS else _few(raws):
        raw = bytes(raws[key])
        values[key] = _value(raw) if len(raw) <= SHORT else _short(key, raw)
    if len(raws) > len(values):
        values["$more"] = len(raws) - len(values)
    success, exit_code, status = (
        values.get("success"),
        values.get("exit_code"),
        values.get("status"),
    )
    response.reported_success = success if isinstance(success, bool) else None
    response.exit_code = exit_code if type(exit_code) is int else None
    response.status = status if isinstance(status, str) else None
    if values.get("error") is not None:
        response.error_text = _error_text(values["error"], bytes(raws["error"]))
    if "content" in raws and (inner := _content_error(bytes(raws["content"]))) is not None:
        values["content.error"] = _short("content.error", inner)
    response.fields = _canonical(values)


def _few(raws: Raws) -> list[str]:
    """The keys to keep of an object with very many: those that say how it went come first."""
    chosen = [key for key in _FIRST_KEYS if key in raws]
    return chosen + [key for key in raws if key not in _FIRST_KEYS][: MAX_KEYS - len(chosen)]


def _content_error(raw: bytes) -> bytes | None:
    """The raw `error` inside an object `content`, if both are there."""
    if raw[:1] != b"{":
        return None
    try:
        error = _object(raw).get("error")
    except _MALFORMED:
        return None
    return None if error is None else bytes(error)


def _short(key: str, raw: bytes) -> Any:
    """The value of `raw`, or {"$<kind>": characters} where it is long (and "$head", if kept)."""
    kept = key in _KEPT_KEYS
    limit = KEPT if kept else SHORT
    first = raw[:1]
    if first not in b'"{[' or len(raw) <= limit:
        return _value(raw)
    text: str = _value(raw) if first == b'"' else raw.decode()
    if first == b'"' and len(text) <= limit:
        return text
    marker: dict[str, Any] = {f"${_KINDS[first]}": len(text)}
    return marker | {"$head": text[:KEPT]} if kept else marker


def _value(raw: bytes) -> Any:
    """The decoded value: a lone surrogate as U+FFFD, a number beyond 64 bits as text."""
    try:
        value = _any(raw)
    except _MALFORMED:
        if raw[:1] != b'"':
            return raw.decode()
        loose: str = json.loads(raw)
        return loose.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def _canonical(values: dict[str, Any]) -> bytes:
    try:
        return canonical(values)
    except (OverflowError, UnicodeEncodeError):  # a large integer deep inside
        return canonical(json.loads(json.dumps(values), parse_int=str))


def _error_text(value: Any, raw: bytes) -> str:
    """The text of a non-null `error`; of an object or array its JSON."""
    if isinstance(value, dict) and "$string" in value:
        return str(value["$head"])
    return value[:KEPT] if isinstance(value, str) else raw.decode()[:KEPT]
