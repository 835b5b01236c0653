"""Plans parts, and writes them: here, or in worker processes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from ingest import schema
from ingest.flatten import Origin
from ingest.generations import INGEST_VERSION
from ingest.inputs import InputFile
from ingest.part import PartPlan, PartResult, write_part
from ingest.records import Slice
from ingest.secrets import scanner
from tracehouse.children import die_with_parent
from tracehouse.errors import StorageError

PART_BYTES = 128_000_000
_WORTH_PROCESSES = 2 * PART_BYTES  # starting processes costs about a second of CPU


def plan(files: Sequence[tuple[InputFile, list[Slice], str]], redact: str = "") -> list[PartPlan]:
    """Groups the slices of all files, in order, into parts of about 128 MB.

    Many small files share a part, a large one is spread over several. `str`: the options of the
    file that change its rows; they go into the part's name, as do the hashes of its files.
    `redact`, of all of them, is among them.
    """
    plans: list[PartPlan] = []
    group: list[tuple[InputFile, Slice, str]] = []
    weight = 0
    for file, ranges, options in files:
        for part in ranges:
            if group and weight + part.weight > PART_BYTES:
                plans.append(_part(group, redact))
                group, weight = [], 0
            group.append((file, part, options))
            weight += part.weight
    if group:
        plans.append(_part(group, redact))
    return plans


def _part(group: list[tuple[InputFile, Slice, str]], redact: str) -> PartPlan:
    facts = [
        (f.file_id, f.sha256, part.start, part.stop, part.limit, options, f.format)
        for f, part, options in group
    ]
    key = repr((schema.SCHEMA_VERSION, INGEST_VERSION, facts))
    return PartPlan(
        hashlib.sha256(key.encode()).hexdigest()[:16],
        tuple(part for _, part, _ in group),
        {f.file_id: _origin(f, redact) for f, _, _ in group},
        {f.file_id: f.format for f, _, _ in group},
        redact,
    )


def _origin(file: InputFile, redact: str) -> Origin:
    """What the rows of a file say of it; names are shown everywhere, and hold no secret."""
    without = scanner(is_personal=redact == "personal").value_without
    source, dataset, path = map(without, (file.source, file.dataset, file.path))
    return Origin(file.file_id, source, dataset, path, file.model)


def worker_count(plans: Sequence[PartPlan], wanted: int | None) -> int:
    """How many workers: as told; else one for small inputs, and one per core for large ones."""
    if wanted is None:
        wanted = 1
        if sum(p.weight for p in plans) >= _WORTH_PROCESSES:
            wanted = len(os.sched_getaffinity(0))
    return max(1, min(wanted, len(plans)))


def results(
    plans: Sequence[PartPlan], folder: Path, rejects: Path, workers: int
) -> Iterator[tuple[PartPlan, PartResult]]:
    """Writes all parts; yields each when it is done, in any order.

    Raises: StorageError where a worker process was killed.
    """
    if workers == 1:
        for part in plans:
            yield part, write_part(part, folder, rejects)
        return
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=die_with_parent, initargs=(os.getpid(),)
    )
    try:
        # The heaviest first, so that no worker is left alone with a large part at the end.
        order = sorted(plans, key=lambda part: -part.weight)
        running = {pool.submit(write_part, part, folder, rejects): part for part in order}
        for future in as_completed(running):
            yield running[future], future.result()
    except BrokenProcessPool:
        raise StorageError(
            "a worker process was killed, most likely for lack of memory: try --workers 1"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)
