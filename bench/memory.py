"""Builds under a limit of memory, over data that are far larger: time, peak, and how they grow."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data import dataset
from bench.measure import Measured, measure
from bench.targets import LARGE

_PROGRAM = str(Path(sys.executable).with_name("tracehouse"))


@dataclass(frozen=True, slots=True)
class Size:
    """One build. Units: bytes of the tables that it reads and of the warehouse that it writes."""

    conversations: int
    parquet_bytes: int
    warehouse_bytes: int
    build: Measured


def grow(
    multiples: Sequence[int], limit: str, cache: Path, scratch: Path, tell: Callable[[str], None]
) -> list[Size]:
    """Builds over 14,701 conversations times each multiple, each time with other seeds.

    Raises: BuildFailed where a step fails.
    """
    return [
        _build(multiple, limit, cache, scratch / f"x{multiple}", tell) for multiple in multiples
    ]


def exponent(one: Size, other: Size) -> float:
    """b of: CPU time grows as size to the power of b. 1 is linear."""
    return math.log(other.build.cpu_s / one.build.cpu_s) / math.log(
        other.conversations / one.conversations
    )


def _build(multiple: int, limit: str, cache: Path, home: Path, tell: Callable[[str], None]) -> Size:
    shutil.rmtree(home, ignore_errors=True)
    source = home / "input"
    for seed in range(1, multiple + 1):
        tell(f"{multiple} × {LARGE:,}: data of seed {seed}")
        data = dataset(cache, LARGE, seed)
        for file in data.files:
            place = source / f"seed-{seed}" / file.relative_to(data.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, place)
    try:
        tell(f"{multiple} × {LARGE:,}: ingest")
        measure([_PROGRAM, "ingest", str(source), "--home", str(home)])
        tell(f"{multiple} × {LARGE:,}: build with {limit}")
        settings = {"TRACEHOUSE_MEMORY_LIMIT": limit}
        build = measure([_PROGRAM, "build", "--home", str(home)], settings)
        tables = (home / "parquet").resolve().rglob("*.parquet")
        return Size(
            multiple * LARGE,
            sum(path.stat().st_size for path in tables),
            (home / "warehouse.duckdb").stat().st_size,
            build,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
