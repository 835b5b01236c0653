"""Whatever stands in a trace or a report, it is shown as text and never becomes markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.tiny import BARS, DOTS, Outline, Site, report, section

HOSTILE = [
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!-- <svg/onload=alert(1)>",
    "]]></svg></title></code></pre></td>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "&lt;b&gt;&#x3c;b&#62; javascript:alert(1)",
]


def everywhere(root: Path, text: str) -> Outline:
    """The report page and the index in which every text is `text`."""
    root.mkdir()
    site = Site(root, text)
    head = f"-- unit: {text}\n-- note: {text}\n-- columns: label=A {text}"
    more = (
        "-- part: marks\nselect 0.2 as at, text as label from texts;\n"
        "-- part: examples\nselect text as conversation_id, 3 as turn_index, text as why from texts;"
    )
    answer = "select text as lead, text as rest from texts;"
    files = {
        "01_dots.sql": section(DOTS, answer, "dots", head, more).replace("A title", text).replace("A question?", text),
        "02_table.sql": section("select text as t, text as text from texts;", answer, "table"),
        "03_bars.sql": section(BARS.replace("'a'", "text")[:-1] + " from texts;", answer),
        "04_fails.sql": section("select error(text) from texts;", answer),
        "05_empty.sql": section(f"{BARS[:-1]} where false;", head=f"-- empty: {text}"),
        "headline.sql": "-- part: rows\nselect text as label, text, text as interval, text as n_text, '' as section from texts;",
    }  # fmt: skip
    quoted = json.dumps(text)  # a TOML string, too
    toml = f"title = {quoted}\nsummary = {quoted}\ntag = {quoted}\norder = 1\n"
    report(site.folder, files, toml=toml)
    assert len(site.render().pages[1].failed) == 1
    return Outline(site.page() + site.page("index"))


@pytest.mark.case(91, 92, 95, 99, 100)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(tmp_path: Path, text: str) -> None:
    """A page full of hostile texts has the tags and attributes of one full of plain texts."""
    hostile = everywhere(tmp_path / "hostile", text)
    plain = everywhere(tmp_path / "plain", re.sub(r"[^ ]", "x", text))
    assert hostile.tags == plain.tags
    shown = "".join(each for _, each in hostile.texts)
    assert shown.count(text) > 20  # and each is there to be read


@pytest.mark.case(5, 12, 96, 97)
def test_unseen_characters_are_boxes_with_their_name(tmp_path: Path) -> None:
    page = everywhere(tmp_path / "a", "a\x1b[31mb\u202ec\u200bd\x00e\ue000f")
    boxes = [text for tag, text in page.texts if tag == "span"]
    assert {"ESC", "U+202E", "ZWSP", "NUL", "U+E000"} <= set(boxes)
    assert "U+202E right-to-left override" in page.values("title")
    whole = "".join(text for _, text in page.texts) + "".join(v for _, _, v in page.attributes)
    assert not set(whole) & set("\x1b\u202e\u200b\x00\ue000")
