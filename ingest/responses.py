"""Tool responses: what one tool answered → kind, lengths, top-level fields, head and tail.

A small content is decoded whole, in one pass. Of a large one only the top level is, so that the
nested values of 100 MB never become Python objects.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import msgspec

from ingest.conversation import Response
from ingest.jsontext import canonical, characters

HEAD, TAIL, KEPT, SHORT, MAX_KEYS = 2000, 1000, 1000, 200, 100
_KEPT_KEYS = ("error", "message", "content.error")
_FIRST_KEYS = ("error", "message", "success", "exit_code", "status", "content")
_PREFIX_LIMIT = _WHOLE_LIMIT = 1_000_000
_UNTRUSTED, _UNTRUSTED_END = "<untrusted_tool_result", "\n</untrusted_tool_result>"
_KINDS = {
    b'"': "string",
    b"{": "object",
    b"[": "array",
    b"n": "null",
    b"t": "boolean",
    b"f": "boolean",
}
_NAMES: dict[type, str] = {str: "string", dict: "object", list: "array"}
_NESTED = {dict, list}
_BLANK = ord(" ")

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
# The wrapper up to its content as the writer lays it out, where nothing before it is escaped.
_head = re.compile(
    rb'\{"tool_call_id": "([^"\\\x00-\x1f]*)", "name": "([^"\\\x00-\x1f]*)", "content": (?! )'
).match


def tagged_response(body: bytes) -> tuple[Response, str | None]:
    """The response that stands between the tags, and what was odd (`not_json`, `no_wrapper`)."""
    head = _head(body)
    if head is None or body[-1:] != b"}" or body[-2] <= _BLANK:
        return _loose_response(body)
    raw = body[head.end() : -1]
    try:
        value = _any(raw)  # one JSON value: so the wrapper holds nothing else
    except _MALFORMED:
        return _loose_response(body)
    response = _json_response(raw, value)
    call_id, name = head.groups()
    response.tool_call_id, response.tool_name = call_id.decode(), name.decode()
    return response, None


def _loose_response(body: bytes) -> tuple[Response, str | None]:
    """The response of a wrapper that is laid out in another way, or of what is none."""
    try:
        _skim(body)  # all of it: the next decoder stops at the first key of another type
    except _MALFORMED:
        return text_response(body, None, None), "not_json"
    try:
        wrapper = _wrapper(body)
        content = wrapper.content
    except _MALFORMED:  # JSON of another shape
        content = msgspec.UNSET
    if content is msgspec.UNSET:
        return _json_response(body, _decoded(body)), "no_wrapper"
    raw = bytes(content)
    response = _json_response(raw, _decoded(raw))
    response.tool_call_id = wrapper.tool_call_id
    response.tool_name = wrapper.name
    return response, None


def text_response(content: bytes, tool_call_id: object, tool_name: object) -> Response:
    """The response of a format that keeps the content as text of its own.

    Text that is a JSON object or array counts as one, as the writer of tagged traces does.
    """
    response = _text_response(content)
    response.tool_call_id = tool_call_id if isinstance(tool_call_id, str) else None
    response.tool_name = tool_name if isinstance(tool_name, str) else None
    return response


def _json_response(raw: bytes, value: Any) -> Response:
    """The response whose content is the JSON text `raw` of `value`; a string is read as text."""
    if isinstance(value, str):
        return _text_response(value.encode())
    response = _measured(_KINDS.get(raw.lstrip()[:1], "number"), raw)
    if isinstance(value, dict):
        _read_fields(response, raw, value)
    return response


def _text_response(text: bytes) -> Response:
    """The response with this text, measured by its JSON where it is or holds some."""
    if text.lstrip()[:1] in (b"{", b"["):
        try:
            _skim(text)
        except _MALFORMED:
            pass
        else:
            return _json_response(text, _decoded(text))
    response = _measured("text", text)
    inner = _inner_json(text)
    value = None if inner is None else _decoded(inner)
    if inner is not None and isinstance(value, dict):  # JSON to Python need not be JSON to us: NaN
        _read_fields(response, inner, value)
    return response


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
    chars = characters(text)
    if len(text) > 8 * (HEAD + TAIL):  # of 100 MB only the ends are decoded
        head = text[: 4 * HEAD].decode(errors="ignore")[:HEAD]
        tail = text[-4 * TAIL :].decode(errors="ignore")[-TAIL:]
    else:
        whole = text.decode()
        head, tail = whole[:HEAD], whole[HEAD:][-TAIL:]
    digest = hashlib.sha256(text).hexdigest()
    return Response(content_kind, chars, digest, head.encode(), tail.encode() or None)


def _read_fields(response: Response, text: bytes, value: dict[str, Any]) -> None:
    """Fills in what the top-level keys of the object `value`, whose JSON is `text`, say."""
    keys = value if len(value) <= MAX_KEYS else _few(value)
    raws = _object(text) if not _NESTED.isdisjoint(map(type, value.values())) else {}
    fields = {key: _short(key, value[key], raws) for key in keys}
    if len(value) > len(fields):
        fields["$more"] = len(value) - len(fields)
    success, exit_code, status = (
        fields.get("success"),
        fields.get("exit_code"),
        fields.get("status"),
    )
    response.reported_success = success if isinstance(success, bool) else None
    response.exit_code = exit_code if type(exit_code) is int else None
    response.status = status if isinstance(status, str) else None
    if value.get("error") is not None:
        response.error_text = _error_text(value["error"], raws)
    content = value.get("content")
    if type(content) is dict and content.get("error") is not None:
        inner = _object(bytes(raws["content"]))
        fields["content.error"] = _short(
            "content.error", content["error"], {"content.error": inner["error"]}
        )
    response.fields = _canonical(fields)


def _few(value: dict[str, Any]) -> list[str]:
    """The keys to keep of an object with very many: those that say how it went come first."""
    chosen = [key for key in _FIRST_KEYS if key in value]
    return chosen + [key for key in value if key not in _FIRST_KEYS][: MAX_KEYS - len(chosen)]


def _short(key: str, value: Any, raws: Raws) -> Any:
    """The value, or {"$<kind>": characters} where it is long (and "$head", if kept)."""
    kind = type(value)
    if kind is str:
        if len(value) <= SHORT:
            return value
        chars, text = len(value), value
    elif kind is dict or kind is list:
        raw = bytes(raws[key])
        if len(raw) <= SHORT:
            return value
        text = raw.decode()
        chars = len(text)
    else:
        return str(value) if kind is int and not -(2**63) <= value < 2**63 else value
    is_kept = key in _KEPT_KEYS
    if is_kept and chars <= KEPT:
        return value
    marker: dict[str, Any] = {f"${_NAMES[kind]}": chars}
    return marker | {"$head": text[:KEPT]} if is_kept else marker


def _decoded(raw: bytes) -> Any:
    """The value of JSON, as far as it is asked for; None where it cannot be read.

    Of a large object, and of one with something in it that the strict decoder refuses (see
    `_value`), that is the top level.
    """
    if len(raw) <= _WHOLE_LIMIT:
        try:
            return _any(raw)
        except _MALFORMED:
            pass
    first = raw.lstrip()[:1]
    try:
        if first == b"{":
            return {key: _shallow(bytes(inner)) for key, inner in _object(raw).items()}
        return _value(raw) if first == b'"' else None
    except _MALFORMED:
        return None


def _shallow(raw: bytes) -> Any:
    """The value; of a long array or object only its kind, and an object's `error`."""
    first = raw[:1]
    if first not in (b"{", b"[") or len(raw) <= SHORT:
        return _value(raw)
    if first == b"[":
        return []
    error = _object(raw).get("error")
    return {} if error is None else {"error": _value(bytes(error))}


def _value(raw: bytes) -> Any:
    """The decoded value: a lone surrogate as U+FFFD, a number out of range as text."""
    try:
        return _any(raw)
    except _MALFORMED:
        if raw[:1] != b'"':
            return raw.decode()
        loose: str = json.loads(raw)
        return loose.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _canonical(values: dict[str, Any]) -> bytes:
    try:
        return canonical(values)
    except (OverflowError, UnicodeEncodeError):  # a large integer deep inside
        return canonical(json.loads(json.dumps(values), parse_int=str))


def _error_text(value: Any, raws: Raws) -> str:
    """The first characters of a non-null `error`; of an object or array its JSON."""
    if isinstance(value, str):
        return value[:KEPT]
    if type(value) in _NESTED:
        return bytes(raws["error"]).decode()[:KEPT]
    return canonical(value).decode()
