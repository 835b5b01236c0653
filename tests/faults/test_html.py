"""Hostile content and names, cases 91 to 105: a poisoned home's pages have no markup of the poison.

Every text and every name of the traces is hostile; so are the file's and the source's.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.command import tracehouse
from tests.tiny import Outline
from tests.traces import record, write_lines

pytestmark = pytest.mark.faults

POISON = {
    91: "</script><!--<script>alert(1)//-->]]>",
    92: "\"><img src=x onerror='alert(1)' onload=alert(1)>",
    93: "javascript:alert(1) data:text/html,<script>alert(1)</script>",
    94: "</style><style>*{background:url(//evil)}</style>expression(alert(1))",
    95: "{{ 7 * 7 }}{% include '/etc/passwd' %}{# #}",
    96: "\x1b]0;title\x07\x1b]8;;http://evil\x07link\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m",
    97: "\u202eevil\u202c\u2066x\u2069\u061c",
    98: "Z" + "\u0301\u0316" * 500,
    99: "<svg/onload=alert(1)><math><mtext></mtext></math>$$\\href{javascript:alert(1)}{x}$$",
    100: "</td></table><h1>Secrets: 0</h1><table><td>",
    101: "W" * 100_000,
    102: '<meta http-equiv=refresh content="0;url=//evil"><base href="//evil/">',
    103: '<a id=turn-0 name=getElementById><form id=body><input name=location></form>',
}  # fmt: skip
INVISIBLE = set("\x1b\x07\x9b\u202e\u202c\u2066\u2069\u061c")
SHAPES = {
    "href": r"#[\w~-]*|[\w-]+\.html(#[\w-]+)?|(\.\./)?(replay/)?[\w-]+\.html(#[\w-]+)?|data:text/csv.*"
}


def poisoned(number: int, text: str) -> dict[str, Any]:
    """A conversation in which each text and each name is hostile, and one call fails."""
    name = text[:300]
    call = {"name": name, "arguments": {name: text}}
    failed = {
        "tool_call_id": name,
        "name": name,
        "content": {"error": f"not found: {text}", name: text},
    }
    tools = [
        {
            "name": name,
            "description": text,
            "parameters": {"type": "object", "properties": {name: {}}},
        }
    ]
    return record(
        number,
        id=f"{number}{name}", task=text, category=name, subcategory=name, model=name,
        tools=json.dumps(tools), **{name: text},
        conversations=[
            {"from": "system", "value": text},
            {"from": "human", "value": text},
            {"from": "gpt", "value": f"<think>\n{text}\n</think>\n{text}\n<tool_call>\n{json.dumps(call)}\n</tool_call>"},
            {"from": "tool", "value": f"<tool_response>\n{json.dumps(failed)}\n</tool_response>"},
            {"from": name, "value": text},
            {"from": "gpt", "value": text},
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All steps over hostile traces, in a hostile file."""
    root = tmp_path_factory.mktemp("poison")
    records = [poisoned(number, text) for number, text in POISON.items()]
    bad = [f"no json {text}" for text in POISON.values() if "\n" not in text]
    path = write_lines(root / "<img src=x onerror=alert(1)>\u202e.jsonl", [*records, *bad])
    done = tracehouse("run", path, "--max-rejects", 1, home=root / "home")
    assert done.returncode == 0, done.stderr
    assert not INVISIBLE & set(done.stdout + done.stderr)
    return root / "home"


def pages(site: Path) -> dict[str, str]:
    found = {
        p.relative_to(site).as_posix(): p.read_text(encoding="utf-8") for p in site.rglob("*.html")
    }
    assert len(found) > 10
    return found


@pytest.fixture(scope="module")
def outlines(home: Path) -> dict[str, Outline]:
    return {name: Outline(text) for name, text in pages(home / "site").items()}


@pytest.mark.case(91, 92, 99, 100, 102, 105)
def test_no_element_and_no_attribute_is_foreign(
    outlines: dict[str, Outline], demo_home: Path
) -> None:
    """What the pages of the sample have, and nothing else."""
    known: set[str] = set()
    for text in pages(demo_home / "site").values():
        known |= {re.sub(r"\s+", " ", tag) for tag in Outline(text).tags}
    elements = {re.split(r"[ />]", tag.lstrip("</"))[0] for tag in known}
    attributes = {
        name for tag in known if not tag.startswith("<!") for name in tag.strip("</>").split()[1:]
    }
    for name, outline in outlines.items():
        for tag in outline.tags:
            assert not tag.startswith("<!--"), (name, tag)
            element, *names = tag.strip("</>").split()
            assert element in elements, (name, tag)
            assert set(names) <= attributes, (name, tag)
            assert not any(each.startswith("on") for each in names), (name, tag)


@pytest.mark.case(91, 94)
def test_one_script_and_no_style_of_the_poison(home: Path) -> None:
    for name, text in pages(home / "site").items():
        assert len(re.findall(r"<script[ >]", text)) <= 1, name
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert policy and "unsafe" not in policy[1]
        assert "base-uri &#39;none&#39;" in policy[1] or "base-uri 'none'" in policy[1]
        for style in re.findall(r"<style.*?</style>", text, re.DOTALL):
            assert "evil" not in style and "expression(" not in style
        assert "evil" not in "".join(re.findall(r'style="[^"]*"', text))


@pytest.mark.case(93)
def test_no_address_of_the_poison_is_a_link(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        for element, attribute, value in outline.attributes:
            if attribute in ("href", "src", "action", "xlink:href", "srcset", "formaction"):
                is_icon = element == "link" and value.startswith(("data:image/svg", "data:,"))
                assert is_icon or re.fullmatch(SHAPES["href"], value, re.DOTALL), (
                    name,
                    value[:200],
                )


@pytest.mark.case(95)
def test_template_marks_are_shown_and_not_run(home: Path) -> None:
    whole = "".join(pages(home / "site").values())
    assert "{{ 7 * 7 }}" in whole
    assert "root:" not in whole


@pytest.mark.case(5, 12, 96, 97)
def test_what_is_not_seen_is_written_out(outlines: dict[str, Outline], home: Path) -> None:
    for name, outline in outlines.items():
        whole = "".join(t for _, t in outline.texts) + "".join(v for _, _, v in outline.attributes)
        assert not INVISIBLE & set(whole), name
    for number in (96, 97):
        shown = tracehouse("show", f"{number}{POISON[number][:10]}", "--full", home=home)
        assert shown.returncode == 0, shown.stderr
        assert not INVISIBLE & set(shown.stdout)
        assert "[ESC]" in shown.stdout or "[U+202E]" in shown.stdout


@pytest.mark.case(98, 101)
def test_very_long_words_are_cut_or_broken(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        for within, text in outline.texts:
            if name.startswith("replay/") or within in ("script", "style"):
                continue
            longest = max(map(len, text.split()), default=0)
            assert longest < 6_000, (name, within, text[:60])


@pytest.mark.case(103)
def test_ids_are_of_our_own_making(outlines: dict[str, Outline]) -> None:
    for name, outline in outlines.items():
        ids = outline.values("id")
        assert len(ids) == len(set(ids)), name
        assert all(re.fullmatch(r"[A-Za-z][\w-]{0,60}", each) for each in ids), name
        assert not {"body", "getElementById", "location"} & {*ids, *outline.values("name")}


@pytest.mark.case(108)
def test_pages_are_named_by_us(home: Path) -> None:
    names = [path.name for path in (home / "site" / "replay").iterdir()]
    assert names
    assert all(re.fullmatch(r"[\w-]{8,80}\.html", name) for name in names)
