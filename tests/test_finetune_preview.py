"""What of a conversation is trained, as it is shown before an export."""

from __future__ import annotations

import re

import pytest

from finetune.options import ExportOptions
from finetune.preview import Piece, Preview, previewer
from reports.masks import mask_html
from tests.finetune_home import made
from tests.test_finetune import TALK
from tests.traces import write_lines
from tracehouse.errors import UsageError
from tracehouse.paths import Home
from tracehouse.preview import read, show

_HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("preview")
    long = {"from": "human", "value": _HOSTILE + "x" * 5_000}
    hostile = {"id": "bad", "conversations": [long, *TALK["conversations"][2:]]}
    dropped = "update finetune_selection set is_kept = false, drop_reasons = 'too_long open_error' "
    change = dropped + "where conversation_id = 't/bad'"
    return made(folder / "home", write_lines(folder / "t.jsonl", [TALK, hostile]), change=change)


def _pieces(preview: Preview) -> list[Piece]:
    return [piece for row in preview.rows for piece in row.pieces]


def test_each_piece_says_whether_it_is_trained_and_why_not(home: Home) -> None:
    preview = read(home, "talk", ExportOptions(), is_full=False)
    told = [(p.place, p.name, p.is_trained, p.why) for p in _pieces(preview)]
    other = "not written by the model"
    assert told == [
        ("turn 0", "system", False, other),
        ("", "tools", False, other),
        ("turn 1", "user", False, other),
        ("turn 2", "thought", True, ""),
        ("turn 2", "answer", True, ""),
        ("turn 2", "call ls", True, ""),
        ("turn 2", "call pwd", True, ""),
        ("turn 3", "response ls", False, other),
        ("turn 3", "response pwd", False, other),
        ("turn 4", "answer", False, "its reasoning was not captured"),
        ("turn 5", "user", False, other),
        ("turn 6", "thought", True, ""),
        ("turn 6", "answer", True, ""),
    ]
    row = preview.rows[0]
    assert row.trained_tokens == sum(p.tokens for p in row.pieces if p.is_trained) > 0


def test_options_decide_on_rows_and_masks(home: Home) -> None:
    pairs = read(
        home, "talk", ExportOptions(format="pairs", missing_reasoning="keep"), is_full=True
    )
    assert len(pairs.rows) == 2
    first, second = ([p.name for p in row.pieces if p.is_trained] for row in pairs.rows)
    assert first == ["thought", "answer", "call ls", "call pwd", "answer"]
    assert second == ["thought", "answer"]
    assert "part of the prompt" in {p.why for p in pairs.rows[1].pieces}


def test_a_conversation_that_is_dropped_says_so_and_what_is_in_no_row(home: Home) -> None:
    preview = read(home, "bad", ExportOptions(missing_reasoning="drop"), is_full=False)
    assert ("selection", "dropped: too long open error") in preview.facts
    assert preview.left_out == "a turn without captured reasoning"
    assert not preview.rows


def test_long_texts_are_cut_with_their_size_unless_all_is_asked_for(home: Home) -> None:
    short, full = (
        next(
            p for p in _pieces(read(home, "bad", ExportOptions(), is_full=full)) if p.name == "user"
        )
        for full in (False, True)
    )
    assert short.chars == full.chars == len(_HOSTILE) + 5_000
    assert short.text.left_out > 3_000
    assert len(full.text.head) == full.chars


def test_the_page_shows_text_as_text(home: Home) -> None:
    page = mask_html(read(home, "bad", ExportOptions(), is_full=False)).decode("utf-8")
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert ">ESC</span>" in page
    assert page.count('<li class="trained">') == 6
    assert re.search(r"… [\d,]+ characters left out", page)


def test_the_terminal_shows_text_as_text(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    show(read(home, "bad", ExportOptions(), is_full=False))
    written = capsys.readouterr().out
    assert "\x1b" not in written
    assert "[ESC][2J" in written
    assert "trained turn 1 · call pwd" in written
    assert "masked  turn 0 · user" in written


def test_an_unknown_conversation_is_named(home: Home) -> None:
    parquet = home.built_from.resolve()
    with (
        previewer(parquet, home.warehouse.resolve(), ExportOptions()) as found,
        pytest.raises(UsageError, match="no conversation has an id"),
    ):
        found.preview("nowhere", {})
