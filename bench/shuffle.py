"""What a build on Spark moves between tasks: shuffled bytes and columns, by model, from its log."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.data import Dataset
from bench.measure import measure
from tracehouse.errors import BuildFailed

_PROGRAM = str(Path(sys.executable).with_name("tracehouse"))
_TARGET = re.compile(r"CreateDataSourceTableAsSelectCommand\nArguments: `\w+`\.`\w+`\.`(\w+)`")
_EXCHANGE = re.compile(
    r"^\(\d+\) (?:Exchange|BroadcastExchange)\nInput \[\d+\]: \[(.*)\]$", re.MULTILINE
)
_COLUMN = re.compile(r"(\w+)#\d+")


# Columns of more than a few words; `body` is the whole text.
TEXTS = {
    "arguments", "body", "body_head", "body_tail", "call_text", "closer", "error_text", "evidence",
    "excerpt", "extra", "fields", "opener", "response_text", "schema_issues", "task",
}  # fmt: skip


@dataclass(slots=True)
class Moved:
    """What making one table moved. `columns` are those that an exchange of its plan carries."""

    table: str
    shuffled_bytes: int = 0
    columns: set[str] = field(default_factory=set)


def moved(data: Dataset, master: str, scratch: Path, tell: Callable[[str], None]) -> list[Moved]:
    """Ingests here, builds on Spark, and reads Spark's event log: the tables, most moved first.

    Raises: BuildFailed where a step fails, or the log does not tell of any table.
    """
    home, log = scratch / "home", scratch / "events"
    shutil.rmtree(scratch, ignore_errors=True)
    log.mkdir(parents=True)
    try:
        tell("ingest")
        measure([_PROGRAM, "ingest", str(data.folder), "--home", str(home)])
        settings = {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": log.as_uri(),
            "spark.eventLog.rolling.enabled": "false",
            "spark.eventLog.compress": "false",
            "spark.sql.ui.explainMode": "formatted",
            # As at a size where only seeds are small enough to be sent to all tasks.
            "spark.sql.autoBroadcastJoinThreshold": "20kB",
        }
        confs = " ".join(f"--conf {key}={value}" for key, value in settings.items())
        command = [_PROGRAM, "build", "--home", str(home), "--engine", "spark", "--master", master]
        tell("build on Spark")
        measure(command, {"PYSPARK_SUBMIT_ARGS": f"{confs} pyspark-shell"})
        found = tables(_events(log))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not found:
        raise BuildFailed("Spark's event log tells of no table")
    return found


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(log.iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def tables(events: Iterable[dict[str, Any]]) -> list[Moved]:
    """What each statement that makes a table did: it runs in executions below its own."""
    targets: dict[int, str] = {}  # by execution
    roots: dict[int, int] = {}  # by execution
    plans: dict[int, str] = {}  # by execution; of one that adapts, the last
    executions: dict[int, int] = {}  # by stage
    tasks: list[tuple[int, int]] = []  # stage, bytes
    for event in events:
        match event["Event"].rpartition(".")[2]:
            case "SparkListenerSQLExecutionStart":
                execution = event["executionId"]
                plans[execution] = event["physicalPlanDescription"]
                roots[execution] = event.get("rootExecutionId", execution)
                if target := _TARGET.search(plans[execution]):
                    targets[execution] = target[1]
            case "SparkListenerSQLAdaptiveExecutionUpdate":
                plans[event["executionId"]] = event["physicalPlanDescription"]
            case "SparkListenerJobStart":
                execution = int(event["Properties"].get("spark.sql.execution.id", -1))
                executions |= dict.fromkeys(event["Stage IDs"], execution)
            case "SparkListenerTaskEnd" if metrics := event.get("Task Metrics"):
                written = metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                tasks.append((event["Stage ID"], written))
    found = {root: Moved(table) for root, table in targets.items()}
    for execution, plan in plans.items():
        if moved := found.get(roots[execution]):
            moved.columns.update(*map(_COLUMN.findall, _EXCHANGE.findall(plan)))
    for stage, written in tasks:
        execution = executions[stage]
        if moved := found.get(roots.get(execution, execution)):
            moved.shuffled_bytes += written
    return sorted(found.values(), key=lambda moved: (-moved.shuffled_bytes, moved.table))
