"""Records conversations and writes them as a data set in the Hermes row schema."""

from __future__ import annotations

import random
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.recorder.agent import AGENTS, STEADY, SWIFT, Agent
from data.recorder.offer import tools_json
from data.recorder.play import play
from data.recorder.script import Json, Task
from data.recorder.toolbox import Toolbox
from data.recorder.tools import Tools
from data.recorder.workspace import build

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("conversations", pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))),
        ("tools", pa.string()),
        ("category", pa.string()),
        ("subcategory", pa.string()),
        ("task", pa.string()),
    ]
)
# How often the two agents play one task, drawn per task: four to six conversations a prompt.
TRIALS = ((2, 2), (3, 2), (2, 3), (2, 2), (3, 3), (1, 3), (2, 2), (3, 1), (2, 3))
NAMESPACE = uuid.UUID("6f0c5d0e-8a53-5d0b-9a3c-2f6f3f1a7e55")
Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Run:
    """One conversation to be recorded; everything in it follows from these four."""

    seed: int
    task: Task
    agent: Agent
    trial: int

    @property
    def key(self) -> str:
        return f"{self.seed}/{self.agent.name}/{self.task.key}/{self.trial}"

    @property
    def id(self) -> str:
        return str(uuid.uuid5(NAMESPACE, self.key))


def runs(tasks: Iterable[Task], seed: int) -> list[Run]:
    """All runs, in an order drawn from the seed (so that no file is sorted by category).

    What is recorded of a task does not depend on which other tasks are recorded.
    """
    planned = []
    for task in tasks:
        drawn = random.Random(f"{seed}/{task.key}").choice(TRIALS)
        for agent, trials in zip((SWIFT, STEADY), drawn, strict=True):
            planned += [Run(seed, task, agent, trial) for trial in range(trials)]
    random.Random(seed).shuffle(planned)
    return planned


def record(run: Run, box: Toolbox) -> Row:
    """Plays one run in a new workspace. Shape: one row of SCHEMA."""
    with tempfile.TemporaryDirectory(prefix="record-") as folder:
        tools = Tools(build(run.task.world, Path(folder), box), run.task.toolset)
        turns = play(run.task, run.agent, tools, run.key)
    return {
        "id": run.id,
        "conversations": [{"from": turn.source, "value": turn.value} for turn in turns],
        "tools": tools_json(run.task.toolset),
        "category": run.task.category,
        "subcategory": run.task.subcategory,
        "task": run.task.prompt,
    }


def record_all(planned: Iterable[Run]) -> Iterator[tuple[str, Row]]:
    """Name of the config and row, for each run in order."""
    with tempfile.TemporaryDirectory(prefix="toolbox-") as folder:
        box = Toolbox.make(Path(folder))
        for run in planned:
            yield run.agent.name, record(run, box)


def duplicate(row: Row) -> Row:
    """The same conversation under another id, as happens in data sets that were merged."""
    return row | {"id": str(uuid.uuid5(NAMESPACE, f"copy of {row['id']}"))}


def write(rows: list[Row], path: Path) -> None:
    """Writes one config, atomically; equal rows give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, part, compression="zstd", compression_level=19)
    part.replace(path)


def by_config(rows: Iterable[tuple[str, Row]]) -> dict[str, list[Row]]:
    """Rows of each config; the last one of the first config stands there twice."""
    found: dict[str, list[Row]] = {agent.name: [] for agent in AGENTS}
    for name, row in rows:
        found[name].append(row)
    first = found[AGENTS[0].name]
    return found | {AGENTS[0].name: [*first, *(duplicate(row) for row in first[-1:])]}
