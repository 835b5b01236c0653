"""The labels as they are kept: seeds/error_labels.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

SEED = Path(__file__).resolve().parents[2] / "seeds" / "error_labels.csv"


@dataclass(frozen=True, slots=True)
class Label:
    """What was read: models call the columns the same; what is not there is null."""

    key: str
    source: str
    conversation_id: str
    turn_index: int
    block_index: int
    tool_name: str
    verdict: str
    side: str | None
    class_: str | None
    excerpt: str | None
    stratum: str
    probability: float
    first_verdict: str
    second_verdict: str | None
    second_class: str | None

    @property
    def is_error(self) -> bool:
        return self.verdict == "error"


def labels(path: Path = SEED) -> list[Label]:
    """All labels, in the order of the file, which is that of the keys."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_label(row) for row in csv.DictReader(file)]


def _label(row: dict[str, str]) -> Label:
    return Label(
        key=row["key"],
        source=row["source"],
        conversation_id=row["conversation_id"],
        turn_index=int(row["turn_index"]),
        block_index=int(row["block_index"]),
        tool_name=row["tool_name"],
        verdict=row["verdict"],
        side=row["side"] or None,
        class_=row["class"] or None,
        excerpt=row["excerpt"] or None,
        stratum=row["stratum"],
        probability=float(row["probability"]),
        first_verdict=row["first_verdict"],
        second_verdict=row["second_verdict"] or None,
        second_class=row["second_class"] or None,
    )
