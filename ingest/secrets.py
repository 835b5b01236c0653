"""Secrets in text: where they are, and the text without them.

A keyword says where a secret may begin, and only there the pattern of its rule is tried: the
keywords of all rules are found in one pass over the bytes. Patterns are bounded and begin at their
keyword, so that time grows with the text and no faster, whatever stands in it.

Source: the model of gitleaks (keywords, pattern, entropy); the rules are our own, `secrets.toml`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from ingest.secret_rules import Rule, read_rules

T = TypeVar("T")

_CHUNK = 1 << 20  # of text that is looked at in one go: a hit costs 100 bytes until it is judged
_BEFORE = 80  # bytes before a keyword that can belong to a secret
# What may stand before a keyword that begins one: no letter or digit, unless it ends an escape
# (\n of JSON, %3D of an address, the colour of a terminal).
_edge = re.compile(
    rb"(?:\A|[^0-9A-Za-z_]|\\[nrtbfv0]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\[[0-9;]{0,8}[mK])\Z"
).search
_EDGE = 12
_NAMED = 10_000  # bytes of a value that may be a secret for the name it has
_mixed = re.compile(rb"[A-Za-z][0-9]|[0-9][A-Za-z]").findall
# Values that are none: what documentation writes in their place.
_placeholder = re.compile(
    rb"(?i:example|sample|placeholder|change[_-]?me|your[_-]|my[_-]|dummy|fake|redacted|insert|"
    rb"replace|abcdefgh|qwerty|deadbeef|lorem|s3cret|p[a4]ssw[o0]rd|foobar|test[_-]?(?:key|token))|"
    rb"[xX]{4}|\*{3}|\.{3}|0{8}|12345678|01234567|98765432|\$\{|\{\{|<[a-z_ -]+>|%\(|"
    rb"(?:[0-9A-Fa-f]{2}:){5}"
).search
_ESCAPE = b"\\u00"  # and the code of a letter, digit or sign that tokens are made of
_escaped = re.compile(
    rb"(?<!\\)\\u00(2[bdefBDEF]|3[0-9adAD]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])"
)
_uuid = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that holds a secret: [start, end) in bytes, and the rule that found it."""

    rule: Rule
    start: int
    end: int


def mark(rule: Rule) -> bytes:
    """What stands in the place of a secret, wherever it is shown."""
    return f"[{rule.kind}: {rule.id}]".encode()


class Scanner:
    """Finds what some rules describe. Rules without keywords are looked for in the whole text."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        self.rules = tuple(rules)
        by_keyword: dict[bytes, list[Rule]] = {_ESCAPE: []}
        for rule in rules:
            for keyword in rule.keywords:
                by_keyword.setdefault(keyword, []).append(rule)
        self._of_keyword = list(by_keyword.values())
        self._find = BytesAhoCorasick(
            list(by_keyword), implementation=Implementation.DFA
        ).find_matches_as_indexes
        self._longest = max(map(len, by_keyword))
        self._everywhere = [rule for rule in rules if not rule.keywords]

    def hits(self, data: bytes) -> list[Hit]:
        """The places in UTF-8 text, in their order; none overlaps another."""
        return self.scan(data)[0]

    def scan(self, data: bytes) -> tuple[list[Hit], bool]:
        """The hits, and whether `plain` would change the text: a secret may hide in escapes."""
        found = [hit for rule in self._everywhere for hit in _all(rule, data)]
        reached: dict[str, int] = {}
        is_escaped = False
        for number, start in self._candidates(data):
            if not number:
                is_escaped = is_escaped or _escaped.match(data, start) is not None
            for rule in self._of_keyword[number]:
                if start >= reached.get(rule.id, 0) and (hit := _hit(rule, data, start)):
                    found.append(hit)
                    reached[rule.id] = hit.end
        return self._apart(found) if len(found) > 1 else found, is_escaped

    def _candidates(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Keyword and place of all keywords."""
        for at in range(0, len(data), _CHUNK):
            chunk = data[at : at + _CHUNK + self._longest - 1].lower()
            for number, start, _ in self._find(chunk, overlapping=True):
                if start < _CHUNK:
                    yield number, at + start

    def _apart(self, found: list[Hit]) -> list[Hit]:
        """Places that overlap as one, named by the rule that stands first in the table."""
        rank = {rule.id: position for position, rule in enumerate(self.rules)}
        apart: list[Hit] = []
        for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
            last = apart[-1] if apart else None
            if last is None or hit.start >= last.end:
                apart.append(hit)
                continue
            first = min(last, hit, key=lambda one: rank[one.rule.id])
            apart[-1] = Hit(first.rule, last.start, max(last.end, hit.end))
        return apart

    def value_without(self, value: T) -> T:
        """The value with a mark in the place of each secret, also of those that are spelt in escapes
        of JSON. Shape: a text, bytes of one, or a decoded record, whose texts at any depth are meant,
        keys among them.
        """
        return cast("T", self._without(value))

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            data = value.encode("utf-8", "surrogatepass")
            without = self._plain_without(data)
            if without is data:
                return value
            del data  # of 100 MB, another copy is much
            return without.decode("utf-8", "surrogatepass")
        if isinstance(value, bytes):
            return self._plain_without(value)
        if isinstance(value, dict):
            found: dict[Any, Any] = {}
            for key, item in value.items():
                name = self._without(key)
                if name != key:
                    name = _free(name, (found, value))
                found[name] = self._named_without(key, item)
            return found
        if isinstance(value, list):
            return [self._without(item) for item in value]
        return value

    def _plain_without(self, given: bytes) -> bytes:
        """The text without secrets, also without those that are spelt in escapes of JSON."""
        data = given
        hits, is_escaped = self.scan(data)
        if is_escaped:
            data = plain(data)
            hits = self.hits(data)
        return replaced(data, hits) if hits else given

    def _named_without(self, name: Any, value: Any) -> Any:
        """The value of a key: what is a secret only beside its name is one here too."""
        value = self._without(value)
        if not isinstance(name, str) or not isinstance(value, str) or len(value) > _NAMED:
            return value
        head = f'"{name}":"'.encode("utf-8", "surrogatepass")
        data = head + value.encode("utf-8", "surrogatepass") + b'"'
        hits = [
            Hit(hit.rule, max(hit.start, len(head)), min(hit.end, len(data) - 1))
            for hit in self.hits(data)
            if hit.end > len(head)
        ]
        return replaced(data, hits)[len(head) : -1].decode("utf-8", "surrogatepass")


@cache
def scanner(*, is_personal: bool = False) -> Scanner:
    """The scanner for secrets; with `is_personal`, for personal data too.

    Raises: UsageError where the table of rules is not usable.
    """
    return Scanner([rule for rule in read_rules() if is_personal or rule.kind == "secret"])


def shown(value: T) -> T:
    """A text as every page, terminal, file of rows and message of ours shows it.

    Of another value, its texts at any depth.
    """
    if not isinstance(value, str | bytes | dict | list):
        return value
    return scanner().value_without(value)


def _free(name: str, taken: Sequence[dict[Any, Any]]) -> str:
    """The name, with a number where another key has it."""
    number, free = 1, name
    while any(free in names for names in taken):
        number += 1
        free = f"{name} {number}"
    return free


def plain(data: bytes) -> bytes:
    """JSON text in which letters, digits and the signs of tokens are not spelt as \\u00.. ."""
    return _escaped.sub(lambda escape: bytes([int(escape[1], 16)]), data)


def replaced(data: bytes, hits: Sequence[Hit]) -> bytes:
    """`data` with a mark in the place of each hit."""
    pieces: list[bytes] = []
    done = 0
    for hit in hits:
        pieces += (data[done : hit.start], mark(hit.rule))
        done = hit.end
    return b"".join([*pieces, data[done:]])


def _hit(rule: Rule, data: bytes, start: int) -> Hit | None:
    """The secret of this rule whose keyword begins at `start`, if there is one."""
    match = rule.match(data, start)
    if match is None:
        return None
    begin = start
    if rule.before is not None:
        before = rule.before(data, max(0, start - _BEFORE), start)
        if before is None:
            return None
        begin = before.start()
    if not rule.is_inside and not _edge(data, max(0, begin - _EDGE), begin):
        return None
    return _judged(rule, data, match, begin)


def _all(rule: Rule, data: bytes) -> Iterator[Hit]:
    for match in rule.finditer(data):
        if hit := _judged(rule, data, match, match.start()):
            yield hit


def _judged(rule: Rule, data: bytes, match: re.Match[bytes], begin: int) -> Hit | None:
    """What the pattern matched, unless it is a placeholder or not random enough."""
    group = match.lastindex or 0
    start, end = (match.start(group), match.end(group)) if group else (begin, match.end())
    value = data[start:end]
    if rule.entropy and entropy(value) < rule.entropy:
        return None
    if rule.mixed and (len(_mixed(value)) < rule.mixed or _uuid(value)):
        return None
    if (rule.kind == "secret" and _placeholder(value)) or (rule.unless and rule.unless(value)):
        return None
    return Hit(rule, start, end)


def entropy(value: bytes) -> float:
    """Shannon entropy in bits for each byte: 0 for one byte again and again."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values())
