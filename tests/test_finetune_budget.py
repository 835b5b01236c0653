"""What cutting rows to a length costs, and tokens by an estimate."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from finetune.budget import LIMITS, Budget, Rule, Run, table
from tests.finetune_home import exported, made
from tests.traces import record, write_lines
from tracehouse.exported import show_export
from tracehouse.paths import Home


def _budget(unit: int = 1) -> Budget:
    """Of one row: 2,000 tokens of prompt, a turn of 100, 1,000 of an answer, a turn of 50."""
    budget = Budget(unit)
    budget.add(
        [
            Run("tools", 1_500 * unit),
            Run("user", 500 * unit),
            Run("think", 60 * unit, True),
            Run("call", 40 * unit, True, True),
            Run("response", 1_000 * unit),
            Run("answer", 50 * unit, True, True),
        ]
    )
    return budget


@pytest.mark.parametrize(
    ("rule", "trained", "empty"), [("head", 48, 0), ("tail", 50 + 100, 0), ("whole turns", 0, 1)]
)
def test_a_row_that_is_too_long(rule: Rule, trained: int, empty: int) -> None:
    kept = _budget().kept[2_048, rule]
    assert (kept.trained, kept.empty_rows) == (trained, empty)


def test_what_a_cut_leaves_is_told_by_kind() -> None:
    kept = _budget().kept
    head = {"tools": 1_500, "user": 500, "think": 48}
    assert {k: n for k, n in kept[2_048, "head"].tokens.items() if n} == head
    tail = {"tools": 398, "user": 500, "think": 60, "call": 40, "response": 1_000, "answer": 50}
    assert {k: n for k, n in kept[2_048, "tail"].tokens.items() if n} == tail
    assert sum(kept[2_048, "whole turns"].tokens.values()) == 0


def test_a_row_that_fits_is_whole_by_every_rule() -> None:
    budget = _budget()
    assert budget.longer_rows == {2_048: 1, 4_096: 0, 8_192: 0, 16_384: 0, 32_768: 0}
    assert budget.share(4_096, "whole turns") == budget.share(4_096, "tail") == 1


def test_whole_turns_end_with_the_last_that_fits() -> None:
    budget = Budget()
    turns = [Run("answer", 2_000, True, True), Run("user", 40), Run("answer", 500, True, True)]
    budget.add(turns)
    assert budget.kept[2_048, "whole turns"].trained == 2_000
    assert budget.kept[2_048, "head"].trained == 2_008


def test_an_estimate_in_thousandths_says_the_same_in_tokens() -> None:
    assert table(_budget(1_000)) == table(_budget())


def test_the_table_is_whole_at_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary, _ = exported(_home(tmp_path))
    for limit in summary.budget.longer_rows:
        summary.budget.longer_rows[limit] = 999_999
    for kept in summary.budget.kept.values():
        kept.empty_rows = 9_999
    written = StringIO()
    monkeypatch.setattr("tracehouse.exported.out", Console(file=written, width=80))
    show_export(summary)
    table = written.getvalue().partition("by what a cut keeps")[2].splitlines()[1:7]
    assert table[0].split() == [
        "cut", "to", "rows", "cut", "≈head", "none", "≈tail", "none", "≈whole", "turns", "none",
    ]  # fmt: skip
    assert [line.split()[0] for line in table[1:]] == [f"{limit:,}" for limit in LIMITS]
    assert all(line.count("9,999") == 4 for line in table[1:])


def _home(tmp_path: Path) -> Home:
    records = [record(number) for number in range(9)]
    for each in records[::2]:
        each["conversations"][0]["value"] *= 20
    return made(tmp_path / "home", write_lines(tmp_path / "t.jsonl", records))


def test_rows_longer_than_the_estimate_allows_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    home = _home(tmp_path)
    whole, rows = exported(home)
    tokens = sum(split.tokens for split in whole.splits.values())
    assert tokens > 0
    some, fewer = exported(home, max_tokens=tokens // len(rows))
    assert some.left_out["longer than --max-tokens by an estimate"] == len(rows) - len(fewer) > 0
    assert [row for row in rows if row in fewer] == fewer
    assert "chosen by an estimate" in (home.root / "out/sft_config.yaml").read_text("utf-8")
    # The budget is that of all rows: it is what a limit is chosen by.
    assert table(some.budget) == table(whole.budget)


def test_the_estimate_is_characters_times_the_rate_of_their_kind(tmp_path: Path) -> None:
    home = _home(tmp_path)
    summary, rows = exported(home)
    chars = sum(len(m["content"]) for row in rows for m in row["messages"] if m["role"] == "user")
    assert chars > 0
    expected = chars * summary.rates["user"]
    assert summary.budget.whole.tokens["user"] == expected
    facts = json.loads((home.root / "out/export.json").read_text("utf-8"))["tokens"]
    assert facts["by"] == "estimate"
    assert facts["budget"][0]["tokens_by_kind"]["user"] == round(expected / 1_000)
    assert len(facts["budget"]) == 1 + 5 * 3
    card = (home.root / "out/README.md").read_text("utf-8")
    assert "Tokens are an estimate" in card
    assert "| 32,768 |" in card
