"""The table of rules, `secrets.toml`: read, and refused where it is not what it should be."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tracehouse.errors import UsageError

TABLE = Path(__file__).with_name("secrets.toml")
_KINDS = ("secret", "personal")
_KEYS: dict[str, type | tuple[type, ...]] = {
    "id": str, "about": str, "keywords": list, "pattern": str, "before": str, "unless": str,
    "entropy": (int, float), "mixed": int, "inside": bool, "kind": str,
}  # fmt: skip
# Between a name and its value: the rest of the name, what closes it, a sign, what opens the value.
_IS = (
    r"[\w.-]{0,30}\\{0,3}[\"'`\]]{0,2}[ \t]{0,4}(?:=>|:=|={1,2}|:|,)[ \t]{0,4}"
    r"(?:[bfr]?\\{0,3}[\"'`])?"
)

Find = Callable[..., re.Match[bytes] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `match` begins at a keyword, `before` ends there; see `secrets.toml`."""

    id: str
    about: str
    keywords: tuple[bytes, ...]
    match: Find
    finditer: Callable[[bytes], Iterator[re.Match[bytes]]]
    before: Find | None
    unless: Find | None
    entropy: float
    mixed: int
    is_inside: bool
    kind: str


def read_rules(table: Path = TABLE) -> list[Rule]:
    """All rules, in the order of the table.

    Raises: UsageError where a rule is not usable: a table with a slip must not mean no rules.
    """
    try:
        found = tomllib.loads(table.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the rules for secrets, {table}, cannot be read: {error}") from None
    given = found.get("rule")
    if set(found) != {"rule"} or not isinstance(given, list) or not given:
        raise UsageError(f"the rules for secrets, {table}, have to be a list of [[rule]]")
    rules: list[Rule] = []
    for number, one in enumerate(given, 1):
        place = f"{table}, rule {number}" + (f" ({one['id']})" if "id" in one else "")
        rules.append(_rule(one, place))
    ids = [rule.id for rule in rules]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise UsageError(f"{table}: two rules have the id {twice}")
    return rules


@cache
def table_digest() -> str:
    """What changes with the table: files are then read again, for their findings."""
    return hashlib.sha256(TABLE.read_bytes()).hexdigest()[:8]


def _rule(given: dict[str, Any], place: str) -> Rule:
    for key, value in given.items():
        if key not in _KEYS:
            raise UsageError(f"{place}: there is no `{key}`; there are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise UsageError(f"{place}: `{key}` has the wrong type")
    if missing := next((k for k in ("id", "about", "pattern") if not given.get(k)), None):
        raise UsageError(f"{place}: `{missing}` is missing")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", given["id"]):
        raise UsageError(f"{place}: an id has lower case letters, digits and - only")
    if given.get("kind", "secret") not in _KINDS:
        raise UsageError(f"{place}: `kind` is one of {', '.join(_KINDS)}")
    keywords = given.get("keywords", [])
    if not all(isinstance(k, str) and k and k == k.lower() for k in keywords):
        raise UsageError(f"{place}: keywords are texts in lower case")
    pattern = _compiled(given["pattern"].replace("<is>", _IS), place)
    if pattern.match(b""):
        raise UsageError(f"{place}: the pattern matches nothing at all")
    before = _compiled(f"(?:{given['before']})\\Z", place) if "before" in given else None
    unless = _compiled(given["unless"], place) if "unless" in given else None
    return Rule(
        id=given["id"],
        about=given["about"],
        keywords=tuple(k.encode() for k in keywords),
        match=pattern.match,
        finditer=pattern.finditer,
        before=before.search if before else None,
        unless=unless.fullmatch if unless else None,
        entropy=float(given.get("entropy", 0)),
        mixed=given.get("mixed", 0),
        is_inside=given.get("inside", False),
        kind=given.get("kind", "secret"),
    )


def _compiled(pattern: str, place: str) -> re.Pattern[bytes]:
    """The pattern over bytes.

    Raises: UsageError where it is none, or could run on without an end.
    """
    try:
        compiled = re.compile(pattern.encode())
    except re.error as error:
        raise UsageError(f"{place}: the pattern is none: {error}") from None
    if re.search(r"(?<!\\)[*+](?![^\[]*\])|\{\d*,\}", re.sub(r"\\.|\}\+", "", pattern)):
        raise UsageError(f"{place}: the pattern has a repeat without a bound: write {{0,200}}")
    return compiled
