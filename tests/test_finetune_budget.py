"""What cutting rows to a length costs."""

from __future__ import annotations

import pytest

from finetune.budget import IGNORED, Budget, Rule


def _budget() -> Budget:
    """Of one row: 2,000 tokens of prompt, a turn of 100, 1,000 of an answer, a turn of 50."""
    labels = [IGNORED] * 2_000 + [1] * 100 + [IGNORED] * 1_000 + [1] * 50
    budget = Budget()
    budget.add(labels, [2_100, 3_150])
    return budget


@pytest.mark.parametrize(
    ("rule", "trained", "empty"), [("head", 48, 0), ("tail", 50 + 100, 0), ("whole turns", 0, 1)]
)
def test_a_row_that_is_too_long(rule: Rule, trained: int, empty: int) -> None:
    kept = _budget().kept[2_048, rule]
    assert (kept.trained_tokens, kept.empty_rows) == (trained, empty)


def test_a_row_that_fits_is_whole_by_every_rule() -> None:
    budget = _budget()
    assert budget.longer_rows == {2_048: 1, 4_096: 0, 8_192: 0, 16_384: 0, 32_768: 0}
    assert budget.share(4_096, "whole turns") == budget.share(4_096, "tail") == 1


def test_whole_turns_end_with_the_last_that_fits() -> None:
    budget = Budget()
    budget.add([1] * 2_000 + [IGNORED] * 40 + [1] * 500, [2_000, 2_540])
    assert budget.kept[2_048, "whole turns"].trained_tokens == 2_000
    assert budget.kept[2_048, "head"].trained_tokens == 2_008
