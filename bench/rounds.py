"""Runs the contestants in turns over one data set, and keeps what was measured."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.data import ROOT, Dataset
from bench.measure import Measured, measure
from tracehouse.errors import BuildFailed

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to do the work: a module of ours, and how many processes it may use."""

    name: str
    module: str
    workers: int | None = None

    def command(self, out: Path, source: Path) -> list[str]:
        """The command line that reads `source` and writes to `out`."""
        command = [sys.executable, "-m", f"bench.{self.module}", str(out), str(source)]
        return command + ([] if self.workers is None else ["--workers", str(self.workers)])


BASELINE = Contestant("baseline", "baseline")
FLOOR = {n: Contestant(f"floor-{n}", "floor", n) for n in (1, 2)}
TRACEHOUSE = {n: Contestant(f"tracehouse-{n}", "contestant", n) for n in (1, 2)}
CONTESTANTS = (BASELINE, FLOOR[1], FLOOR[2], TRACEHOUSE[1], TRACEHOUSE[2])


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant in one round. `found`: how many conversations, calls … it reports."""

    contestant: str
    round: int
    measured: Measured
    found: dict[str, int]
    out_bytes: int


@dataclass(frozen=True, slots=True)
class Series:
    """All runs over one data set."""

    data: Dataset
    runs: list[Run]

    def of(self, contestant: Contestant) -> list[Run]:
        """The runs of one contestant, by round."""
        return [run for run in self.runs if run.contestant == contestant.name]

    def median(self, contestant: Contestant, figure: str) -> float | None:
        """The median of a figure over the rounds; None where the contestant did not run."""
        values = [getattr(run.measured, figure) for run in self.of(contestant)]
        return median(values) if values else None

    def ratio(self, over: Contestant, under: Contestant, figure: str) -> float | None:
        """The median over the rounds of the ratio within a round: the two ran close together."""
        pairs = zip(self.of(over), self.of(under), strict=False)
        ratios = [getattr(a.measured, figure) / getattr(b.measured, figure) for a, b in pairs]
        return median(ratios) if ratios else None


def race(
    data: Dataset,
    contestants: Sequence[Contestant],
    rounds: int,
    scratch: Path,
    tell: Callable[[str], None],
) -> Series:
    """Runs a b c a b c …; what they write is removed again.

    Raises: BuildFailed where one fails, or does not find every conversation.
    """
    runs = []
    for number in range(1, rounds + 1):
        for contestant in contestants:
            tell(f"{data.conversations:,} conversations, round {number}: {contestant.name}")
            runs.append(_run(contestant, number, data, scratch))
    return Series(data, runs)


def _run(contestant: Contestant, number: int, data: Dataset, scratch: Path) -> Run:
    out = scratch / contestant.name
    shutil.rmtree(out, ignore_errors=True)
    settle(data.files)
    try:
        measured = measure(contestant.command(out, data.folder), environment(scratch))
        found = json.loads(measured.stdout)
        written = sum(path.stat().st_size for path in out.rglob("*.parquet"))
    finally:
        shutil.rmtree(out, ignore_errors=True)
    if found["conversations"] != data.conversations:
        raise BuildFailed(
            f"{contestant.name} found {found['conversations']:,} conversations in {data.folder}, "
            f"where there are {data.conversations:,}"
        )
    return Run(contestant.name, number, measured, found, written)


def environment(scratch: Path) -> dict[str, str]:
    """What all contestants see: our modules, no network, and no cache from an earlier run."""
    return {
        "PYTHONPATH": str(ROOT),
        "HF_HOME": str(scratch / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }


def settle(files: Sequence[Path]) -> None:
    """The same start for all: what others wrote is on disk, the input is in the page cache."""
    os.sync()
    for path in files:
        with path.open("rb", buffering=0) as file:
            while file.read(_CHUNK):
                pass
