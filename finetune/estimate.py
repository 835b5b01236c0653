"""Tokens without a tokenizer: an estimate from characters, by the kind of text.

The rates stand in the seed `token_rates`, so that SQL and export say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from finetune.budget import Run
from finetune.passages import Passage

UNIT = 1_000  # sizes are thousandths of a token: whole numbers, so that sums are exact
Rates = Mapping[str, int]  # kind → tokens of 1,000 characters


def runs(passages: Sequence[Passage], rates: Rates) -> list[Run]:
    """The sizes of the passages by the rates.

    Units: thousandths of a token.
    """
    return [Run(p.kind, len(p.text) * rates[p.kind], not p.masked, p.ends_turn) for p in passages]
