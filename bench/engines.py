"""The same ingest and build on this machine alone and on Spark, measured in turns."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.data import Dataset
from bench.measure import Measured, measure
from bench.rounds import settle

LIMIT = 2.5  # times the ingest by as many processes, start-up apart
CORES = 2
_PROGRAM = str(Path(sys.executable).with_name("tracehouse"))
_ENGINES = {
    "local": ["--engine", "local"],
    "spark": ["--engine", "spark", "--master", f"local[{CORES}]"],
}


@dataclass(frozen=True, slots=True)
class Engines:
    """All rounds, by step and engine; `start` is an ingest on Spark of next to nothing."""

    data: Dataset
    runs: dict[str, list[Measured]] = field(default_factory=dict)

    def median(self, run: str, figure: str) -> float:
        """The median of a figure over the rounds."""
        values: list[float] = [getattr(measured, figure) for measured in self.runs[run]]
        return median(values)

    def ingest_ratio(self) -> float:
        """Spark / local in wall time, the start of Spark taken off; median over the rounds."""
        rounds = zip(
            self.runs["ingest spark"], self.runs["start spark"], self.runs["ingest local"],
            strict=True,
        )  # fmt: skip
        return median(
            (spark.wall_s - start.wall_s) / local.wall_s for spark, start, local in rounds
        )


def compare(
    data: Dataset, tiny: Dataset, rounds: int, scratch: Path, tell: Callable[[str], None]
) -> Engines:
    """Ingests here, ingests on Spark, builds here, builds on Spark …; what they write is removed.

    Raises: BuildFailed where a step fails.
    """
    found = Engines(data)
    for number in range(1, rounds + 1):
        for run, source in (("ingest local", data), ("ingest spark", data), ("start spark", tiny)):
            step, engine = run.split()
            tell(f"round {number}: {run}")
            home = scratch / run.replace(" ", "-")
            shutil.rmtree(home, ignore_errors=True)
            settle(source.files)
            command = [_PROGRAM, "ingest", str(source.folder), "--home", str(home)]
            command += _ENGINES[engine]
            if engine == "local":
                command += ["--workers", str(CORES)]
            found.runs.setdefault(run, []).append(measure(command))
            if step == "start":
                continue
            tell(f"round {number}: build {engine}")
            command = [_PROGRAM, "build", "--home", str(home), *_ENGINES[engine]]
            found.runs.setdefault(f"build {engine}", []).append(measure(command))
            shutil.rmtree(home, ignore_errors=True)
    return found
