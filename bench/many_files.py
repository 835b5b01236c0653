"""Many small files beside one file of the same bytes: ingest and build, measured in pairs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure import Measured, measure
from bench.rounds import Contestant, environment, settle
from tracehouse.errors import BuildFailed

BUILD_LIMIT = 1.5  # times the build over one file
_INGEST = Contestant("tracehouse-1", "contestant", 1)
_PROGRAM = Path(sys.executable).with_name("tracehouse")


@dataclass(frozen=True, slots=True)
class Pair:
    """The same records as many files and as one. Units: `bytes` of either."""

    many: Path
    one: Path
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Run:
    """One layout in one round; `parts`: Parquet files that its turns lie in."""

    round: int
    ingest: Measured
    build: Measured
    parts: int
    calls: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rounds of both layouts."""

    pair: Pair
    many: list[Run]
    one: list[Run]

    def median(self, layout: str, step: str, figure: str) -> float:
        """The median of a figure of `ingest` or `build` over the rounds of a layout."""
        runs: list[Run] = getattr(self, layout)
        return median(_figure(run, step, figure) for run in runs)

    def ratio(self, step: str, figure: str) -> float:
        """The median over the rounds of many / one within a round."""
        return median(
            _figure(many, step, figure) / _figure(one, step, figure)
            for many, one in zip(self.many, self.one, strict=True)
        )


def _figure(run: Run, step: str, figure: str) -> float:
    value: float = getattr(getattr(run, step), figure)
    return value


def pair(cache: Path, files: int, seed: int) -> Pair:
    """The inputs, made where they are not there: short conversations, one in each small file."""
    folder = cache / f"files-{files}-{seed}"
    one = folder / "one" / "all.jsonl"
    if not one.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, one, files, seed)
    return Pair(folder / "many", one.parent, files, one.stat().st_size)


def _make(folder: Path, one: Path, files: int, seed: int) -> None:
    from bench.synth.dataset import Options, conversation
    from bench.synth.prompts import dumps
    from bench.synth.shape import Config

    short = Config("short", 1, tool_turns=1.5, parallel=0.2, extra_calls=1)
    options = Options(folder, conversations=files, seed=seed)
    (folder / "many").mkdir(parents=True)
    one.parent.mkdir()
    temporary = one.with_suffix(".new")  # the whole is named last: where it is, all are
    with temporary.open("w", encoding="utf-8") as whole:
        for index in range(files):
            row, _ = conversation(index, short, options)
            # The system prompt is ten times as long as the rest of such a conversation.
            row |= {"conversations": row["conversations"][1:], "tools": None}
            line = dumps(row) + "\n"
            (folder / "many" / f"{index:06d}.jsonl").write_text(line, encoding="utf-8")
            whole.write(line)
    temporary.replace(one)


def compare(inputs: Pair, rounds: int, scratch: Path, tell: Callable[[str], None]) -> Comparison:
    """Ingests and builds many, one, many, one …; what they write is removed again.

    Raises: BuildFailed where a step fails, or the two do not give the same number of rows.
    """
    found = Comparison(inputs, [], [])
    for number in range(1, rounds + 1):
        for source, runs in ((inputs.many, found.many), (inputs.one, found.one)):
            tell(f"round {number}: {source.name}")
            runs.append(_run(source, number, inputs.files, scratch / source.name))
        if found.many[-1].calls != found.one[-1].calls:
            raise BuildFailed(f"{inputs.many} and {inputs.one} do not give the same calls")
    return found


def _run(source: Path, number: int, conversations: int, home: Path) -> Run:
    shutil.rmtree(home, ignore_errors=True)
    settle(sorted(source.iterdir()))
    try:
        ingest = measure(_INGEST.command(home, source), environment(home))
        build = measure([str(_PROGRAM), "build", "--home", str(home)])
        parts = len(list((home / "parquet" / "turns").iterdir()))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    counts = json.loads(ingest.stdout)
    if counts["conversations"] != conversations:
        raise BuildFailed(f"{source}: {counts['conversations']} conversations of {conversations}")
    return Run(number, ingest, build, parts, counts["calls"])
