"""Hostile content and names, cases 91 to 105: no page has markup of the poison.

Every text and every name of the traces is hostile; so are files, folders and a source.
"""

from __future__ import annotations

import base64
import csv
import difflib
import hashlib
import html
import io
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from tests.faults.poison import INVISIBLE, POISON, Poisoned, seen
from tests.faults.structure import Structure
from tests.tiny import Outline

pytestmark = pytest.mark.faults

_LINK = r"#[\w~-]*|(\.\./|replay/)?[\w-]+\.html(#[\w-]+)?|data:text/csv;.*"
_ICON = ("data:,", "data:image/svg+xml,%3Csvg ")


@pytest.fixture(scope="module")
def pages(poisoned: Poisoned) -> dict[str, str]:
    return poisoned.pages() | poisoned.more_pages()


@pytest.fixture(scope="module")
def outlines(pages: dict[str, str]) -> dict[str, Outline]:
    return {name: Outline(text) for name, text in pages.items()}


@pytest.mark.case(91, 92, 93, 94, 99, 100, 102, 103, 105)
def test_each_page_has_the_structure_that_plain_texts_give_it(
    pages: dict[str, str], plain: Poisoned, record_property: Callable[[str, object], None]
) -> None:
    """Elements, attributes, links, ids, policy, script and style, one by one in their order."""
    twins = plain.pages() | plain.more_pages()
    # Which conversations are examples depends on hashes of their ids, too.
    both = sorted(pages.keys() & twins.keys())
    assert {
        name for name in pages.keys() ^ twins.keys() if not name.startswith("replay of ")
    } == set()
    assert len(both) > 110
    found: list[str] = []
    for name in both:
        lines = (Structure(each).lines for each in (twins[name], pages[name]))
        different = difflib.unified_diff(*lines, "plain", name, lineterm="", n=0)
        found += [
            f"{name}: {line}" for line in different if not line.startswith(("---", "+++", "@@"))
        ]
    counted = f"poison structure differences: {len(found)} in {len(both)} pages"
    record_property("count", counted)
    assert found == []


@pytest.mark.case(91, 92, 93, 94, 99, 100, 102, 103)
def test_a_text_that_became_markup_would_be_found(pages: dict[str, str]) -> None:
    """The check itself: with one text of a page let through, its structure is another."""
    page = pages["show of 00"]
    first = html.escape(POISON[0], quote=False)
    whole = Structure(page).lines
    assert first in page
    for text in POISON:
        if re.search(r"<[!/a-z]", text):
            assert Structure(page.replace(first, text, 1)).lines != whole, text


@pytest.mark.case(91, 94)
def test_the_policy_allows_one_script_and_one_style_by_their_hashes(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        scripts, styles = (
            re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("script", "style")
        )
        assert len(scripts) == len(styles) == 1, name
        (policy,) = (
            value
            for tag, attribute, value in Outline(page).attributes
            if tag == "meta" and attribute == "content" and "default-src" in value
        )
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src '{_hash(styles[0])}'",
            f"script-src '{_hash(scripts[0])}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ], name


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.case(91, 92, 105)
def test_what_is_hostile_is_there_to_be_read(outlines: dict[str, Outline]) -> None:
    """Without it on the pages the other tests would prove nothing."""
    for number, text in enumerate(POISON):
        for kind in ("show", "mask"):
            shown = _read(outlines[f"{kind} of {number:02}"])
            assert shown.count(_squeezed(text)) > 3, (kind, text)
    for name, least in (("tools.html", 20), ("errors.html", 20), ("quality.html", 3)):
        whole = _read(outlines[name])
        there = [text for text in POISON if _squeezed(text)[:20] in whole]
        assert len(there) >= least, (name, len(there))


def _read(outline: Outline) -> str:
    box = re.compile(r"[A-Z]{2,4}\d?|U\+[0-9A-F]{4,5}")
    return _squeezed("".join(text for _, text in outline.texts if not box.fullmatch(text)))


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", seen(text))


@pytest.mark.case(93)
def test_no_address_of_the_poison_is_a_link(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for link in Structure(page).links:
            is_ours = link.startswith(_ICON) or re.fullmatch(_LINK, link, re.DOTALL)
            assert is_ours, (name, link[:200])


@pytest.mark.case(95)
def test_template_marks_are_shown_and_not_run(pages: dict[str, str]) -> None:
    whole = "".join(pages.values())
    assert "{{ 7 * 7 }}" in whole
    assert "root:" not in whole


@pytest.mark.case(5, 12, 96, 97)
def test_what_is_not_seen_is_written_out(
    pages: dict[str, str], outlines: dict[str, Outline]
) -> None:
    for name, page in pages.items():
        assert not INVISIBLE & set(page), name
        values = "".join(value for _, _, value in outlines[name].attributes)
        assert not INVISIBLE & set(values), name


@pytest.mark.case(98, 101)
def test_very_long_words_are_cut_or_broken(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        for within, text in outline.texts:
            if not name.endswith(".html") or within in ("script", "style"):
                continue
            longest = max(map(len, text.split()), default=0)
            assert longest < 6_000, (name, within, text[:60])


@pytest.mark.case(103)
def test_ids_are_of_our_own_making(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        ids = outline.values("id")
        assert len(ids) == len(set(ids)), name
        assert all(re.fullmatch(r"[A-Za-z][\w-]{0,60}", each) for each in ids), name
        assert not {"getElementById", "location"} & {*ids, *outline.values("name")}


@pytest.mark.case(110)
def test_no_cell_of_a_csv_is_a_formula(pages: dict[str, str]) -> None:
    cells = [
        cell
        for page in pages.values()
        for link in Structure(page).links
        if link.startswith("data:text/csv")
        for row in csv.reader(io.StringIO(unquote(link.partition(",")[2]), newline=""))
        for cell in row
    ]
    texts = [cell for cell in cells if not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
    assert any(text.startswith("'=HYPERLINK") for text in texts)
    assert [text for text in texts if re.match(r"\s*[=+@-]", text)] == []


@pytest.mark.case(108)
def test_pages_are_named_by_us(poisoned: Poisoned) -> None:
    names = [path.name for path in (poisoned.home / "site" / "replay").iterdir()]
    assert names
    assert all(re.fullmatch(r"[\w-]{8,80}\.html", name) for name in names)
