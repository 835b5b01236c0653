"""What an export is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["trl", "pairs", "sharegpt", "tokens"]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Every option that changes rows. `system` None: strip where tools are given, else keep."""

    format: Format = "trl"
    think: Literal["field", "inline"] = "field"
    reasoning: Literal["all", "exchange", "none"] = "all"
    missing_reasoning: Literal["mask", "drop", "keep"] = "mask"
    system: Literal["keep", "strip", "replace"] | None = None
    system_text: str = ""
    mask_failing: bool = False
    per: Literal["exchange", "turn"] = "exchange"
    reasoning_token: str = ""
    call_token: str = ""
    tokenizer: Path | None = None
    max_tokens: int | None = None
    splits: tuple[str, ...] = SPLITS

    @property
    def system_rule(self) -> Literal["keep", "strip", "replace"]:
        """What becomes of the system turn; tagged text has no other place for the tools."""
        return self.system or ("strip" if self.format in ("trl", "tokens") else "keep")
