"""What error rules have to be, so that they can be tried on any text by either engine."""

from __future__ import annotations

import csv
import re
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.conftest import ROOT

with (ROOT / "seeds/error_rules.csv").open(encoding="utf-8", newline="") as file:
    RULES = list(csv.DictReader(file))
MANY = 120  # how often a bounded repeat may repeat
REPEATS = (kinds.MAX_REPEAT, kinds.MIN_REPEAT)
ALLOWED = {
    kinds.ANY, kinds.AT, kinds.BRANCH, kinds.IN, kinds.LITERAL, kinds.NOT_LITERAL,
    kinds.SUBPATTERN, *REPEATS,
}  # fmt: skip
NAMED_BY_THE_ISSUE = {
    "malformed_call", "unknown_tool", "invalid_arguments", "unanswered", "command_not_found",
    "nonzero_exit", "timeout", "not_found", "permission", "syntax_error", "import_error",
    "test_failure", "exception", "patch_mismatch", "network", "http_error", "rate_limit",
    "element_not_found", "blocked", "tool_unavailable", "truncated", "skipped", "cancelled",
    "partial_failure",
}  # fmt: skip


def complaints(pattern: str) -> list[str]:
    """Why a pattern may be slow, or mean different things to RE2 and to Java."""
    # Python wants flags at the beginning of all; a group of its own is as good.
    scoped = re.sub(r"\(\?([a-z]+)\)", r"(?:)", pattern)
    found = [
        f"{name} means other characters to each engine"
        for name in (r"\d", r"\w", r"\s", r"\b", r"\D", r"\W", r"\S", r"\B")
        if name in scoped.replace(r"\\", "")
    ]
    if re.search(r"\[[^]\\]*\[", scoped):
        found.append("Java reads [ inside of [] as another set")
    return found + walk(parser.parse(scoped), inside=False)


def walk(parsed: Any, inside: bool) -> list[str]:
    """`inside` is true inside of a repeat without a bound."""
    found: list[str] = []
    for kind, what in parsed:
        if kind not in ALLOWED:
            found.append(f"{kind} is not linear")
        elif kind in REPEATS:
            _, most, body = what
            endless = most is kinds.MAXREPEAT
            if endless and inside:
                found.append("a repeat without a bound inside of another")
            if not endless and most > MANY:
                found.append(f"a repeat of up to {most}")
            found += walk(body, inside or endless)
        elif kind is kinds.SUBPATTERN:
            found += walk(what[-1], inside)
        elif kind is kinds.BRANCH:
            for branch in what[1]:
                found += walk(branch, inside)
    return found


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule_id"] for rule in RULES])
def test_a_pattern_is_linear_and_means_the_same_to_both_engines(rule: dict[str, str]) -> None:
    assert complaints(rule["pattern"]) == []


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "((a*)b)*", "a{1,500}", r"(a)\1", "(?=a)", r"\d", "[a[b]", "a(?<!b)"]
)
def test_others_are_found(pattern: str) -> None:
    assert complaints(pattern) != []


def test_every_kind_of_failure_that_is_asked_for_has_a_rule() -> None:
    assert {rule["class"] for rule in RULES if rule["verdict"] == "error"} >= NAMED_BY_THE_ISSUE


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule_id"] for rule in RULES])
def test_lists_of_a_rule_hold_names_that_there_are(rule: dict[str, str]) -> None:
    """What is misspelt would be without any effect."""
    with (ROOT / "seeds/tool_kinds.csv").open(encoding="utf-8", newline="") as kinds_file:
        known = {row["tool_kind"] for row in csv.DictReader(kinds_file)} | {"other"}
    assert set(rule["tool_kinds"].split()) <= known
    assert set(rule["voids"].split()) <= {one["place"] for one in RULES}
    assert (rule["voids"] == "") == (rule["verdict"] == "error")
    assert rule["verdict"] == "error" or rule["is_sufficient"] == "false"


def test_a_class_has_one_side() -> None:
    pairs = {(rule["class"], rule["side"]) for rule in RULES if rule["class"]}
    assert len(pairs) == len({name for name, _ in pairs})


COUNTED_GAP = re.compile(r"\[\^[^]]*\]\{\d*,\d\d")


def test_what_is_tried_on_whole_texts_has_no_long_gap_of_counted_characters() -> None:
    """Tried together, such gaps make it ten times slower: words are counted instead."""
    tried = [rule for rule in RULES if rule["place"] in ("line", "body")]
    assert [r["rule_id"] for r in tried if COUNTED_GAP.search(r["pattern"])] == []
    assert COUNTED_GAP.search(r"^[^\n]{0,20}(command|process)")
