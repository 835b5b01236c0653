"""`tracehouse show`: one conversation as a person reads it, in the terminal and as a page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reports.replay.cut import pairs, shown
from reports.replay.model import Text
from reports.replay.page import replay_html
from reports.replay.store import stored
from reports.text import show_command
from tests.command import tracehouse
from tests.tiny import Outline
from tests.traces import record, write_lines

BAD = "\x1b[31mred\u202e<script>alert(1)</script>\x00"
SHORT = """\
small/c1
source: small
size: 4 turns, 2 steps, 1 call, 0 errors

turn 0 · user
    Task 1

turn 1 · assistant · step 0
    thought, 4 characters
        plan
    call ls
        n: 1
    response, turn 2 · 29 characters
        output:{space}
        error: null

turn 3 · assistant · step 1
    thought, 0 characters · empty
    Done.
""".replace("{space}", " ")


def hostile(number: int) -> dict[str, Any]:
    """A conversation with unseen characters and markup in every field that is shown."""
    call = {"name": BAD, "arguments": {BAD: BAD + "\n" + BAD}}
    answer = {"tool_call_id": BAD, "name": BAD, "content": {"error": BAD, BAD: BAD}}
    return record(
        number,
        task=BAD,
        category=BAD,
        subcategory=BAD,
        conversations=[
            {"from": "system", "value": BAD},
            {"from": "human", "value": BAD},
            {
                "from": "gpt",
                "value": f"<think>\n{BAD}\n</think>\n{BAD}\n"
                f"<tool_call>\n{json.dumps(call)}\n</tool_call>",
            },
            {"from": "tool", "value": f"<tool_response>\n{json.dumps(answer)}\n</tool_response>"},
            {"from": "gpt", "value": BAD},
        ],
    )


def long(number: int) -> dict[str, Any]:
    """A conversation whose answer has lines numbered to 2,000."""
    answer = "\n".join(f"line {i}" for i in range(2_000))
    turns = [{"from": "human", "value": "Count"}, {"from": "gpt", "value": answer}]
    return record(number, conversations=turns)


def endless(number: int) -> dict[str, Any]:
    """A conversation of more steps than a page holds."""
    turns = [{"from": "human" if i % 2 else "gpt", "value": f"turn {i}"} for i in range(1, 902)]
    return record(number, conversations=turns)


def failing(number: int) -> dict[str, Any]:
    """A call that fails, one that is never answered, and a response that no call asked for."""
    calls = [
        f'<tool_call>\n{{"name": "{n}", "arguments": {{}}}}\n</tool_call>' for n in ("run", "see")
    ]
    answer = {"tool_call_id": "", "name": "run", "content": {"error": "it broke: no such file"}}
    return record(
        number,
        conversations=[
            {"from": "human", "value": "Try"},
            {"from": "gpt", "value": "\n".join(calls)},
            {"from": "tool", "value": f"<tool_response>\n{json.dumps(answer)}\n</tool_response>"},
            {"from": "gpt", "value": "It broke."},
        ],
    )


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with six conversations; the pages are not made."""
    root = tmp_path_factory.mktemp("show")
    lines = [record(1), hostile(2), long(3), failing(4), record(41), endless(5)]
    source = write_lines(root / "small.jsonl", lines)
    for step in (["ingest", source], ["build"]):
        done = tracehouse(*step, home=root / "home")
        assert done.returncode == 0, done.stderr + done.stdout
    return root / "home"


def printed(home: Path, *arguments: object) -> str:
    done = tracehouse("show", *arguments, home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(home: Path, conversation_id: str, *, is_full: bool = False) -> Outline:
    with stored(home / "parquet", home / "warehouse.duckdb") as store:
        conversation = store.read(conversation_id, is_full=is_full)
    return Outline(replay_html(conversation, is_full=is_full).decode())


def test_a_small_conversation_reads_as_it_went(small_home: Path) -> None:
    assert printed(small_home, "small/c1") == SHORT


def test_a_unique_end_of_an_id_is_enough(small_home: Path) -> None:
    assert printed(small_home, "l/c1") == SHORT
    assert printed(small_home, "/c41").startswith("small/c41\n")


def test_an_id_of_several_names_them_and_one_of_none_the_nearest(small_home: Path) -> None:
    several = tracehouse("show", "mall/c", home=small_home)
    assert several.returncode == 2
    assert "6 conversations have an id with “mall/c”" in several.stderr
    assert "small/c4\n  small/c41" in several.stderr
    none = tracehouse("show", "small/c9", home=small_home)
    assert none.returncode == 2
    assert "no conversation has an id with “small/c9”" in none.stderr
    assert "small/c1" in none.stderr


def test_without_a_warehouse_or_its_parquet_the_message_says_so(
    tmp_path: Path, small_home: Path
) -> None:
    nothing = tracehouse("show", "x", home=tmp_path / "none")
    assert nothing.returncode == 2
    assert "there is no warehouse" in nothing.stderr
    home = tmp_path / "home"
    (home / "warehouse").mkdir(parents=True)
    shutil.copy(small_home / "warehouse.duckdb", home / "warehouse.duckdb")
    without = tracehouse("show", "small/c1", home=home)
    assert without.returncode == 2
    assert "the Parquet that the warehouse was built from is not in" in without.stderr


def test_a_turn_shows_its_step_and_says_what_it_leaves_out(small_home: Path) -> None:
    text = printed(small_home, "small/c1", "--turn", 2)
    assert "turn 1 · assistant" in text
    assert "Task 1" not in text
    assert "2 other turns left out" in text
    missing = tracehouse("show", "small/c1", "--turn", 4, home=small_home)
    assert missing.returncode == 2
    assert "there is no turn 4" in missing.stderr


def test_what_is_cut_is_counted_and_full_cuts_nothing(small_home: Path) -> None:
    whole = "\n".join(f"line {i}" for i in range(2_000))
    lines = [line.strip() for line in printed(small_home, "small/c3").splitlines()]
    (cut,) = [i for i, line in enumerate(lines) if "left out" in line]
    first = lines.index("line 0")
    kept = len("\n".join(lines[first:cut])) + len("\n".join(lines[cut + 1 :]))
    assert lines[cut] == f"… {len(whole) - kept:,} characters left out: --full …"
    full = [line.strip() for line in printed(small_home, "small/c3", "--full").splitlines()]
    assert "\n".join(full[full.index("line 0") :]) == whole


def test_errors_and_gaps_are_marked(small_home: Path) -> None:
    text = printed(small_home, "small/c4")
    assert "(environment)" in text or "(agent)" in text
    assert "it broke: no such file" in text
    assert "∅ unanswered: no response stands in the data" in text
    outline = page(small_home, "small/c4")
    assert outline.inside("q")[0] in "it broke: no such file"
    assert "response err" in outline.values("class")
    assert "∅ unanswered" in outline.inside("span")


@pytest.mark.case(5, 96, 97)
def test_nothing_in_a_trace_drives_the_terminal(small_home: Path) -> None:
    text = printed(small_home, "small/c2", "--full")
    assert not set(text) & set("\x1b\u202e\x00")
    # system, user, thought, text, answer; tool, argument's name and value; error and its name
    assert text.count("[ESC][31mred[U+202E]<script>alert(1)</script>[NUL]") >= 12


@pytest.mark.case(91, 105)
def test_nothing_in_a_trace_becomes_markup(small_home: Path) -> None:
    outline = page(small_home, "small/c2")
    assert sum(tag.startswith("<script") for tag in outline.tags) == 1
    whole = "".join(text for _, text in outline.texts) + "".join(outline.values("title"))
    assert not set(whole) & set("\x1b\u202e\x00")
    assert "".join(text for _, text in outline.texts).count("<script>alert(1)</script>") > 12


@pytest.mark.case(103)
def test_each_turn_has_one_anchor_and_each_link_a_target(small_home: Path) -> None:
    for each, turns in (("small/c1", 4), ("small/c2", 5), ("small/c4", 4)):
        outline = page(small_home, each)
        ids = outline.values("id")
        assert sorted(i for i in ids if i.startswith("turn-")) == [
            f"turn-{number}" for number in range(turns)
        ]
        links = [href for href in outline.values("href") if href.startswith("#")]
        assert {link[1:] for link in links} <= set(ids)


def test_a_page_is_written_whole_and_the_same_again(small_home: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    for path in (first, second):
        assert f"wrote {path}" in printed(small_home, "small/c3", "--html", path)
    assert first.read_bytes() == second.read_bytes()
    assert "line 1000\n" not in first.read_text()
    printed(small_home, "small/c3", "--full", "--html", first)
    assert "line 1000\n" in first.read_text()


def test_a_page_of_a_long_conversation_holds_the_turn_that_is_asked_for(
    small_home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.html"
    assert f"{path}#turn-890" in printed(small_home, "small/c5", "--turn", 890, "--html", path)
    anchors = Outline(path.read_text(encoding="utf-8")).values("id")
    assert "turn-890" in anchors
    assert "turn-0" not in anchors


def test_the_reports_link_their_examples_to_the_turn(demo_home: Path) -> None:
    site = demo_home / "site"
    hrefs = [
        (report, href)
        for report in site.glob("*.html")
        for href in Outline(report.read_text(encoding="utf-8")).values("href")
        if href.startswith("replay/")
    ]
    assert hrefs
    for _, href in hrefs:
        file, _, anchor = href.partition("#")
        assert anchor in Outline((site / file).read_text(encoding="utf-8")).values("id")
    linked = {href.partition("#")[0] for _, href in hrefs}
    assert linked == {f"replay/{path.name}" for path in (site / "replay").iterdir()}


def test_a_very_long_text_is_bounded_by_its_ends() -> None:
    text = Text("a" * 1_000, "z" * 450, 100_000_000)
    cut = shown(text, is_full=False)
    assert len(cut.head) + len(cut.tail) + cut.left_out == 100_000_000
    assert len(cut.head) <= 1_000 and len(cut.tail) <= 450


def test_only_objects_are_laid_out_and_many_names_are_counted() -> None:
    assert pairs(Text.whole("[1]")) == []
    assert pairs(Text.whole('{"a": [1, 2.5, null]}'))[0].value.head == "[1, 2.5, null]"
    many = Text.whole(json.dumps({str(i): i for i in range(50)}))
    assert pairs(many)[-1].value.head == "10 more names are left out: --full"
    assert len(pairs(many, is_full=True)) == 50


def test_the_line_that_shows_a_conversation_is_safe_to_paste() -> None:
    assert show_command("a b'c", 3) == """tracehouse show 'a b'"'"'c' --turn 3"""
    assert show_command("-x", 3) == "tracehouse show --turn 3 -- -x"
