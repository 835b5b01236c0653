"""What each duty of ingest costs: the same work with one duty left out, beside all of it.

In one process and without workers, so that the difference is the duty's; in turns (a b c a b c …).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bench.data import Dataset
from ingest.conversation import Turn
from ingest.pairing import Pair
from ingest.part import TableFile
from ingest.run import IngestOptions, ingest


class _Digest:
    """Stands in for a hash: costs nothing."""

    def hexdigest(self) -> str:
        """A text of the usual length."""
        return "0" * 64


class _Hashlib:
    """Stands in for the module hashlib."""

    @staticmethod
    def sha256(_text: bytes = b"") -> _Digest:
        """A digest that looks at nothing."""
        return _Digest()


class _Equal:
    """Equal to everything."""

    __hash__ = None  # type: ignore[assignment]  # nothing is to be found by it

    def __eq__(self, _other: object) -> bool:
        return True


def _unpaired(turns: list[Turn]) -> list[Pair]:
    """A pair for each response that looks for no call."""
    responses = [b for turn in turns for b in turn.blocks if b.response and not b.call]
    return [Pair(0, None, "none")] * len(responses)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a mere copy would not do; `left_out` maps what does it to what does not."""

    name: str
    left_out: dict[str, object]


DUTIES = (
    Duty("hash of each turn", {"ingest.formats.parts.hashlib": _Hashlib}),
    Duty("hash of each response", {"ingest.responses.hashlib": _Hashlib}),
    Duty("fields of each response", {"ingest.responses._read_fields": lambda *_: None}),
    Duty("lossless check", {"ingest.formats.parts.joined": lambda _blocks: _Equal()}),
    Duty("calls against their schema", {"ingest.flatten.check": lambda *_: (None, None)}),
    Duty("calls paired with responses", {"ingest.flatten.pair": _unpaired}),
    Duty("UTF-8 check", {"ingest.parquet_rows._valid": lambda batch: (batch, False)}),
    Duty(
        "hash and fsync of what is written",
        {"ingest.part.written": lambda path, rows: TableFile(rows, path.stat().st_size, "")},
    ),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one duty takes. Units: CPU seconds, and as a share of all of ingest."""

    name: str
    seconds: float
    share: float


def costs(
    data: Dataset, rounds: int, scratch: Path, tell: Callable[[str], None]
) -> tuple[float, list[Cost]]:
    """CPU seconds of a whole ingest, and what each duty takes of it.

    Of each the least of all rounds counts: what others do on the machine only ever adds.
    """
    whole: list[float] = []
    without: dict[str, list[float]] = {duty.name: [] for duty in DUTIES}
    _ingest(data, scratch)  # what is imported and cached at the first run is no duty's cost
    for number in range(1, rounds + 1):
        tell(f"round {number}: all duties")
        whole.append(_ingest(data, scratch))
        for duty in DUTIES:
            tell(f"round {number}: without {duty.name}")
            with _without(duty):
                without[duty.name].append(_ingest(data, scratch))
    total = min(whole)
    saved = {name: total - min(each) for name, each in without.items()}
    found = [Cost(name, seconds, seconds / total) for name, seconds in saved.items()]
    return total, sorted(found, key=lambda cost: -cost.seconds)


@contextmanager
def _without(duty: Duty) -> Iterator[None]:
    with ExitStack() as stack:
        for target, replacement in duty.left_out.items():
            stack.enter_context(patch(target, replacement))
        yield


def _ingest(data: Dataset, scratch: Path) -> float:
    """CPU seconds of one ingest into an empty home."""
    home = scratch / "duties"
    shutil.rmtree(home, ignore_errors=True)
    started = time.process_time()
    ingest([str(data.folder)], home, IngestOptions(workers=1))
    took = time.process_time() - started
    shutil.rmtree(home)
    return took
