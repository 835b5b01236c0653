"""Nothing of a trace drives a terminal: tables, replays, previews, errors, and an export's card."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from finetune.options import ExportOptions
from reports.text import visible
from tests.command import tracehouse
from tests.faults.poison import INVISIBLE, POISON, Poisoned
from tracehouse import preview, show
from tracehouse.paths import Home

pytestmark = pytest.mark.faults

ESCAPES = next(text for text in POISON if "\x1b]52" in text)
TURNED = next(text for text in POISON if "\u202e" in text)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.case(96, 97)
def test_the_tables_of_ingest_and_report_print_names_to_the_letter(poisoned: Poisoned) -> None:
    whole = re.sub(r"\s", "", poisoned.printed)
    assert not INVISIBLE & set(poisoned.printed)
    for shown in ("[ESC]]52;c;ZXZpbA==[BEL]", "[U+202E]evil", "[boldred]y[\\]:bomb:|z|"):
        assert shown in whole


@pytest.mark.case(96, 97)
def test_replays_and_previews_write_out_what_would_drive_a_terminal(
    poisoned: Poisoned, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(poisoned.home)
    for number, each in poisoned.ids().items():
        for is_full in (True, False):
            show.show(show.read(home, each, None, is_full=is_full), None, is_full=is_full)
            preview.show(preview.read(home, each, ExportOptions(), is_full=is_full))
            written = capsys.readouterr().out
            assert not INVISIBLE & set(written), number
            if int(number) % 50 < len(POISON):
                first = visible(POISON[int(number) % 50].split("\n")[0])
                assert written.count(first) > 5, number


@pytest.mark.case(96, 97)
def test_in_a_terminal_the_only_escapes_are_our_colours(poisoned: Poisoned) -> None:
    home = Home(poisoned.home)
    for each in poisoned.ids().values():
        file = io.StringIO()
        console = Console(file=file, force_terminal=True, highlight=False, soft_wrap=True)
        for line in show._lines(show.read(home, each, None, is_full=True), None, is_full=True):
            console.print(line)
        for line in preview._lines(preview.read(home, each, ExportOptions(), is_full=True)):
            console.print(line)
        assert "\x1b[" in file.getvalue()
        assert not INVISIBLE & set(_COLOUR.sub("", file.getvalue())), each


@pytest.mark.case(96, 97)
@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "{}"],
        ["show", "n0", "--turn", "{}"],
        ["show", "a", "{}"],
        ["finetune", "--preview", "{}"],
        ["finetune", "--preview", "n0", "--format", "{}"],
        ["ingest", "{}"],
        ["ingest", "x", "--format", "{}"],
        ["forget", "{}"],
        ["report", "--verify", "{}"],
        ["build", "--select", "{}"],
        ["{}"],
        ["show", "--{}"],
        ["show", "x", "--home", "/tmp/?{}"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_an_error_repeats_an_argument_and_neutralises_it(
    poisoned: Poisoned, arguments: list[str]
) -> None:
    done = tracehouse(*(each.format(ESCAPES + TURNED) for each in arguments), home=poisoned.home)
    assert done.returncode in (1, 2, 4)
    assert done.stderr
    assert not INVISIBLE & set(done.stdout + done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.case(96, 97)
def test_an_error_that_lists_conversations_neutralises_their_ids(poisoned: Poisoned) -> None:
    done = tracehouse("show", "n", home=poisoned.home)
    assert done.returncode == 2
    assert "conversations have an id with" in done.stderr
    assert not INVISIBLE & set(done.stderr)


@pytest.mark.case(96, 97)
def test_an_export_and_its_card_print_names_as_text(poisoned: Poisoned, tmp_path: Path) -> None:
    done = tracehouse("finetune", "--out", tmp_path / "out", home=poisoned.home)
    assert done.returncode == 0, done.stderr
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "javascript:" in card
    assert not INVISIBLE & set(done.stdout + done.stderr + card)
    assert not re.search(r"(?<!\\)<[a-z/]", card)
    assert "](javascript" not in card.replace("\\[x](javascript", "")
