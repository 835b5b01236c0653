"""Rules for secrets: each finds what it is for, and lets pass what only looks like it."""

from __future__ import annotations

import random
import re
import string
import time
import tomllib
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from ingest.secret_rules import TABLE, read_rules
from ingest.secrets import entropy, scanner, shown
from tests.given_back import SHARED, needs_shared
from tracehouse.errors import UsageError

EXAMPLES = tomllib.loads(Path(__file__).with_name("secrets.toml").read_text(encoding="utf-8"))
RULES = {rule.id: rule for rule in read_rules()}
_HEX = "0123456789abcdef"
_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "hex": _HEX,
    "digits": string.digits,
    "b64": string.ascii_letters + string.digits + "+/",
    "b64u": string.ascii_letters + string.digits + "-_",
    "b32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_MADE_UP = re.compile(r"\{(\w+):(\d+)\}|\{(uuid|at|local)\}")


def made(example: str) -> tuple[str, list[str]]:
    """The example with what is in braces made up, and what was."""
    source = random.Random(example)
    found: list[str] = []

    def make(match: re.Match[str]) -> str:
        kind, size, word = match.groups()
        if word:
            hexes = ["".join(source.choices(_HEX, k=n)) for n in (8, 4, 4, 4, 12)]
            text = {"uuid": "-".join(hexes), "at": "@", "local": "jd"}[word]
        elif kind == "same":
            text = "a" * int(size)
        else:
            text = "".join(source.choices(_ALPHABETS[kind], k=int(size)))
        found.append(text)
        return text

    return _MADE_UP.sub(make, example), found


def cases(kind: str) -> list[tuple[str, str]]:
    return [(rule, example) for rule, given in EXAMPLES.items() for example in given[kind]]


@pytest.mark.case(113)
@pytest.mark.counted("secrets caught, of the rules' examples")
@pytest.mark.parametrize(("rule", "example"), cases("yes"))
def test_what_a_rule_is_for_is_found_and_gone(rule: str, example: str) -> None:
    text, secrets = made(example)
    scan = scanner(is_personal=RULES[rule].kind == "personal")
    assert [hit.rule.id for hit in scan.hits(text.encode())] == [rule]
    left = scan.value_without(text)
    assert f"[{RULES[rule].kind}: {rule}]" in left
    assert not [secret for secret in secrets if secret in left]


@pytest.mark.case(116)
@pytest.mark.counted("look-alikes of secrets let pass")
@pytest.mark.parametrize(("rule", "example"), cases("no"))
def test_what_only_looks_like_a_secret_stays(rule: str, example: str) -> None:
    text, _ = made(example)
    is_personal = RULES[rule].kind == "personal"
    assert scanner(is_personal=is_personal).value_without(text) == text


def test_each_rule_has_its_examples_and_the_page_counts_them_right() -> None:
    counts = Counter(rule.kind for rule in RULES.values())
    page = (TABLE.parents[1] / "docs/secrets.md").read_text(encoding="utf-8")
    assert f"{counts['secret']} rules" in page
    assert counts["secret"] >= 60
    assert set(EXAMPLES) == set(RULES)
    assert all(len(given["yes"]) >= 2 and len(given["no"]) >= 3 for given in EXAMPLES.values())


@needs_shared
@pytest.mark.case(116)
def test_real_traces_hold_no_secret(record_property: Callable[[str, object], None]) -> None:
    """Those of ../shared/data, which were published; what is found there is a false hit."""
    found: list[str] = []
    size = 0
    for path in sorted(path for path in SHARED.rglob("*") if path.is_file()):
        with zipfile.ZipFile(path) if zipfile.is_zipfile(path) else nullcontext() as packed:
            texts = (
                [packed.read(name) for name in packed.namelist()] if packed else [path.read_bytes()]
            )
        size += sum(map(len, texts))
        found += [f"{path.name}: {hit.rule.id}" for text in texts for hit in scanner().hits(text)]
    record_property(
        "count",
        f"false hits of secrets in ../shared/data: {len(found) / (size / 1e6):.2f} per MB "
        f"({len(found)} in {size / 1e6:.1f} MB)",
    )
    assert found == []


@pytest.mark.parametrize(
    "text", ["sk-xxxx", "YOUR_API_KEY", "AKIAIOSFODNN7EXAMPLE", "${TOKEN}", "a" * 40]
)
@pytest.mark.parametrize("frame", ["{}", 'api_key = "{}"', "TOKEN={}", "Authorization: Bearer {}"])
def test_a_placeholder_is_no_secret_wherever_it_stands(text: str, frame: str) -> None:
    shown_as = frame.replace("{}", text)
    assert shown(shown_as) == shown_as


def test_a_text_without_its_secrets_holds_none() -> None:
    texts = [made(example)[0] for rule, example in cases("yes") if RULES[rule].kind == "secret"]
    once = shown("\n".join(texts))
    assert shown(once) == once


def test_secrets_are_found_beside_each_other_and_past_a_chunk() -> None:
    token, _ = made("ghp_{alnum:36}")
    text = ("x " * 600_000 + f"{token} {token}\n" + "y " * 600_000).encode()
    hits = scanner().hits(text)
    assert [text[hit.start : hit.end].decode() for hit in hits] == [token, token]


def test_keys_and_values_of_a_record_lose_their_secrets_at_any_depth() -> None:
    token, _ = made("ghp_{alnum:36}")
    record = {"a": [{token: token.encode(), "n": 1, "none": None}]}
    mark = "[secret: github-token]"
    assert scanner().value_without(record) == {"a": [{mark: mark.encode(), "n": 1, "none": None}]}


def test_two_keys_that_are_secrets_stay_two() -> None:
    one, other = (made("ghp_{alnum:36}")[0].replace("_", f"_{n}")[:40] for n in "ab")
    assert one != other
    found = scanner().value_without({one: 1, other: 2, "[secret: github-token] 2": 3})
    assert list(found.values()) == [1, 2, 3]


def test_of_two_rules_the_first_names_a_place() -> None:
    text, _ = made("api_key = 'ghp_{alnum:36}'")
    assert shown(text) == "api_key = '[secret: github-token]'"


def test_text_that_is_no_unicode_comes_back_as_it_was() -> None:
    token, _ = made("ghp_{alnum:36}")
    assert shown(f"\ud800 {token} ü") == "\ud800 [secret: github-token] ü"


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN RSA PRIVATE KEY-----\n", "password=", "://a:b", "eyJ" + "a" * 50 + ".",
        "api_key = ", "machine a login ", "sk-", "1" * 60 + "@", "phone +1 23 45 ", "/home/a",
    ],
)  # fmt: skip
def test_hostile_text_takes_no_longer_for_its_size(piece: str) -> None:
    scan = scanner(is_personal=True)

    def seconds(size: int) -> float:
        data = (piece * (size // len(piece))).encode()
        started = time.process_time()
        scan.hits(data)
        return time.process_time() - started

    seconds(10_000)
    small, large = seconds(50_000), seconds(800_000)
    # Linear is 16 times, quadratic 256; of next to nothing only the clock would be measured.
    assert large < max(16 * small * 4, 0.3)


def test_entropy_is_that_of_shannon() -> None:
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2
    assert entropy(bytes(range(256))) == 8


@pytest.mark.case(89)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("", "has to be|have to be"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npatern = 'x'\n", "there is no `patern`"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\n", "`pattern` is missing"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = '('\n", "the pattern is none"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a.*b'\n", "without a bound"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a{3,}'\n", "without a bound"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a?'\n", "matches nothing"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a'\nentropy = 'b'\n", "wrong type"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a'\nkeywords = ['A']\n", "lower case"),
        ("[[rule]]\nid = 'x'\nabout = 'x'\npattern = 'a'\n" * 2, "two rules have the id x"),
        ("rule = 1 = 2", "cannot be read"),
    ],
)
def test_a_table_with_a_slip_is_refused_and_never_means_no_rules(
    tmp_path: Path, change: str, says: str
) -> None:
    table = tmp_path / "secrets.toml"
    table.write_text(change, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        read_rules(table)
