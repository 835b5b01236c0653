"""Writes parts as Spark tasks: the function that a worker process runs here, one task for each part.

The folders must be ones that driver and tasks share. A task may run twice (it is tried again, or
Spark sets a second one on a slow one): so each attempt writes to a folder of its own, and the
driver takes one attempt of each part. It commits, as it does for processes; what an attempt that
was not taken writes, even later, is nowhere where anyone looks.
"""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa

from ingest.flatten import ROW_TABLES
from ingest.part import PartPlan, PartResult, write_part
from tracehouse.errors import StorageError
from tracehouse.spark import first_line, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_RESULT = pa.schema({"position": pa.int64(), "attempt": pa.string(), "result": pa.binary()})
_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception): (.+)$", re.MULTILINE)
_RESULT_DDL = "position bigint, attempt string, result binary"


def results(
    plans: Sequence[PartPlan], folder: Path, rejects: Path, master: str, scratch: Path
) -> Iterator[tuple[PartPlan, PartResult]]:
    """Writes all parts; yields them once all are done.

    Raises: UsageError where there is no Spark at `master`; StorageError where a task failed as
    often as Spark tries.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    if not plans:
        return
    attempts = folder.with_name(f".new-{uuid4().hex}")  # of a name that a later ingest clears away
    spark = session(master, scratch)
    try:
        table = pa.table(
            {
                "position": pa.array(range(len(plans)), pa.int32()),
                "plan": pa.array([pickle.dumps(part) for part in plans], pa.binary()),
            }
        )
        frame: DataFrame = spark.createDataFrame(table)
        tasks = frame.repartitionById(len(plans), "position")
        done = tasks.mapInArrow(_Task(attempts.resolve(), rejects.resolve()), _RESULT_DDL).toArrow()
    except (PySparkException, Py4JError, AssertionError) as error:  # the last where a cause is null
        raise StorageError(f"Spark could not write the parts: {_reason(error)}") from None
    else:
        taken = {row["position"]: row for row in done.to_pylist()}
        for position, part in enumerate(plans):
            for table_name in ROW_TABLES:
                (folder / table_name).mkdir(exist_ok=True)
                file = Path(table_name, f"{part.name}.parquet")
                (attempts / taken[position]["attempt"] / file).replace(folder / file)
    finally:
        with suppress(Exception):  # an end that fails must not hide why it came
            spark.stop()
        shutil.rmtree(attempts, ignore_errors=True)
    for position, part in enumerate(plans):
        yield part, pickle.loads(taken[position]["result"])  # noqa: S301 (our own task wrote it)


@dataclass(frozen=True, slots=True)
class _Task:
    """Writes the parts of one task; called in a Spark worker, which needs our wheel only."""

    attempts: Path
    rejects: Path

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                part: PartPlan = pickle.loads(row["plan"])  # noqa: S301 (our own driver wrote it)
                attempt = uuid4().hex
                result = write_part(part, self.attempts / attempt, self.rejects)
                found = [[row["position"]], [attempt], [pickle.dumps(result)]]
                arrays = [pa.array(v, f.type) for v, f in zip(found, _RESULT, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=_RESULT)


def _reason(error: Exception) -> str:
    """The last error of the chain, without the traces of Java and Python around it."""
    found = _ERROR_LINE.findall(str(error))
    return found[-1] if found else first_line(error)
