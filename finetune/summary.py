"""What an export wrote, and what it left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetune.budget import Budget
from finetune.options import ExportOptions

_NO_REASONING = (
    "no selected conversation has captured reasoning, so no turn is trained: "
    "--missing-reasoning keep trains turns without it"
)
_NO_THOUGHT = (
    "the rule little_reasoning drops what has no thought: without it, set the variable "
    "finetune_min_thoughts to 0 (docs/finetune.md) and give --missing-reasoning keep"
)


@dataclass(slots=True)
class SplitSummary:
    """What stands in the file of one split; tokens are an estimate where the summary's are."""

    conversations: int = 0
    rows: int = 0
    messages: int = 0
    trained: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    bytes: int = 0


@dataclass(slots=True)
class ExportSummary:
    """What an export wrote, and what it left out and why."""

    folder: Path
    options: ExportOptions
    build: dict[str, Any]
    dropped: dict[str, int]  # by the rules of the selection
    settings: Mapping[str, str]  # the variables of these rules
    splits: dict[str, SplitSummary] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)  # within what is exported
    answers: int = 0  # assistant turns of what is selected
    reasoned: int = 0  # those of which the reasoning was captured
    sources: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    budget: Budget = field(default_factory=Budget)  # of all rows, before --max-tokens
    rates: Mapping[str, int] = field(default_factory=dict)  # what tokens are estimated by
    seconds: float = 0.0

    @property
    def is_estimate(self) -> bool:
        """Tokens are estimated from characters, for no tokenizer is there to count them."""
        return self.options.tokenizer is None

    @property
    def hints(self) -> list[str]:
        """What a person would want to know of how the options meet the data."""
        options = self.options
        is_asked = options.reasoning != "none" and options.missing_reasoning != "keep"
        if is_asked and self.answers and not self.reasoned:
            return [_NO_REASONING]
        return []

    @property
    def by_estimate(self) -> str:
        """What stands behind a limit of tokens."""
        return " by an estimate" if self.is_estimate else ""


def nothing(summary: ExportSummary) -> str:
    """Why no row is left, and the way out where there is a known one."""
    lost = summary.dropped | dict(summary.left_out)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
    hints = summary.hints
    if not summary.answers and summary.dropped.get("little_reasoning"):
        hints = [_NO_THOUGHT]
    said = "".join(f"\n{hint}" for hint in hints)
    return f"no row is left to export ({reasons or 'no conversation is selected'}){said}"
