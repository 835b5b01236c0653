"""JSON from traces, parsed once and with limits, and written in one canonical form.

Python's decoder and DuckDB's disagree on duplicate keys, NaN, large integers and depth. Here is
the only place where such text is decoded, so that everything after it sees one reading.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

MAX_DEPTH = 200
_CONTINUATION = bytes(range(0x80, 0xC0))  # bytes of a character after its first
_INT64 = range(-(2**63), 2**63)
_spaced_colon = re.compile(rb'"\s+:').search
_strict = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted", enc_hook=str).encode


class BadJson(ValueError):
    """The text is not JSON that we accept; `reason` is a code, `detail` says where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Parser:
    """Decodes JSON text; not safe to share between threads, as it keeps the flags of a parse.

    Limits: depth 200, unless told otherwise; integers beyond 64 bits become text (`big_integer`); NaN, Infinity and
    floats that overflow are refused; of duplicate keys the last wins (`duplicate_key`); a lone
    surrogate becomes U+FFFD (`lone_surrogate`).
    """

    def __init__(self, max_depth: int = MAX_DEPTH) -> None:
        self._max_depth = max_depth
        self._flags: set[str] = set()
        self._decode = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_int=self._int,
            parse_float=self._float,
            parse_constant=self._constant,
        ).decode

    def parse(self, raw: bytes) -> tuple[Any, tuple[str, ...]]:
        """The value of `raw` (valid UTF-8) and the flags raised, in alphabetical order.

        Raises: BadJson (bad_json, non_finite, too_deep).
        """
        value = _plain_object(raw)
        if value is not None:
            return value, ()
        self._flags.clear()
        try:
            value = self._decode(raw.decode("utf-8"))
        except RecursionError:
            raise self._too_deep() from None
        except json.JSONDecodeError as error:
            raise BadJson("bad_json", f"{error.msg} at character {error.pos}") from None
        most = self._max_depth
        if raw.count(b"[") + raw.count(b"{") > most and _depth(value) > most:
            raise self._too_deep()
        if b"\\u" in raw and _has_surrogate(value):
            self._flags.add("lone_surrogate")
            value = _without_surrogates(value)
        return value, tuple(sorted(self._flags))

    def _too_deep(self) -> BadJson:
        return BadJson("too_deep", f"nested deeper than {self._max_depth}")

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._flags.add("duplicate_key")
        return value

    def _int(self, digits: str) -> int | str:
        if len(digits) < 19:
            return int(digits)
        if len(digits) <= 20 and (value := int(digits)) in _INT64:
            return value
        self._flags.add("big_integer")
        return digits

    @staticmethod
    def _float(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            raise BadJson("non_finite", f"the number {digits[:40]} overflows")
        return value

    @staticmethod
    def _constant(name: str) -> float:
        raise BadJson("non_finite", f"{name} is not JSON")


def canonical(value: Any) -> bytes:
    """`value` as compact JSON with sorted keys; equal values give equal bytes.

    What JSON does not know (a time of a Parquet column) is written as text.
    """
    return _encode(value)


def _plain_object(raw: bytes) -> dict[str, Any] | None:
    """The value of `raw` where it is an object without anything that a flag would be raised for.

    That is nearly every tool call, decoded here in a fifth of the time. A key is followed by a
    colon, so that there are at least as many of these in `raw` as keys were written: if there are
    just as many as keys were kept, none was doubled. Where texts hold more, those are counted that
    follow a quotation mark, unless space stands between. Objects with deeper values go the long way.
    """
    try:
        value = _strict(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    if type(value) is not dict:
        return None
    keys = len(value)
    for item in value.values():
        if type(item) is dict:
            keys += len(item)
            if not all(map(_is_plain, item.values())):
                return None
        elif not _is_plain(item):
            return None
    if raw.count(b":") == keys or (raw.count(b'":') == keys and _spaced_colon(raw) is None):
        return value
    return None


def _is_plain(value: Any) -> bool:
    """Whether a value stays as it is: neither nested nor a number out of range."""
    kind = type(value)
    return kind is str or kind is bool or value is None or (kind is int and value in _INT64)


def as_text(value: bytes) -> tuple[bytes, bool]:
    """The value as UTF-8, and whether bytes that are none had to be replaced."""
    if value.isascii():
        return value, False
    try:
        value.decode()
    except UnicodeDecodeError:
        return value.decode(errors="replace").encode(), True
    return value, False


def is_begun(text: Any) -> bool:
    """Whether the text is JSON up to its end, and goes on."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except RecursionError:
        pass
    return False


def characters(text: bytes) -> int:
    """Code points of UTF-8; decoding would take four bytes for each as soon as one needs them."""
    return len(text) if text.isascii() else len(text.translate(None, _CONTINUATION))


def kind(value: Any) -> str:
    """The JSON kind of a parsed value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "number", float: "number"}
    return names[type(value)]


def _depth(value: Any) -> int:
    """Depth of nesting, without recursion."""
    depth, level = 0, [value]
    while level := [v for v in level if isinstance(v, (dict, list))]:
        depth += 1
        level = [child for v in level for child in (v.values() if isinstance(v, dict) else v)]
    return depth


def _has_surrogate(value: Any) -> bool:
    try:
        canonical(value)
    except UnicodeEncodeError:
        return True
    return False


def _without_surrogates(value: Any) -> Any:
    """`value` with each lone surrogate as U+FFFD; depth is already known to be limited."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(v) for v in value]
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return value
