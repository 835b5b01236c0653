"""Command: python -m data.recorder OUT_DIR --seed 1. It also restates the figures in the card."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from data.recorder.figures import restate, table
from data.recorder.record import Row, by_config, record_all, runs, write
from data.recorder.tasks import TASKS


def _counted(rows: Iterator[tuple[str, Row]], total: int) -> Iterator[tuple[str, Row]]:
    for number, item in enumerate(rows, start=1):
        if sys.stderr.isatty():
            print(f"\r{number} of {total} conversations", end="", file=sys.stderr, flush=True)
        yield item


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m data.recorder",
        description="Record the sample data: scripted agents use real tools in temporary folders.",
    )
    parser.add_argument("out_dir", type=Path, help="where CONFIG/train.parquet is written")
    parser.add_argument("--seed", type=int, default=1, help="other seed, other conversations")
    parser.add_argument(
        "--task", action="append", metavar="KEY", help="only this task (repeatable)"
    )
    options = parser.parse_args()
    known = {task.key: task for task in TASKS}
    unknown = sorted(set(options.task or ()) - set(known))
    if unknown:
        parser.error(f"no such task: {', '.join(unknown)}; there are: {', '.join(known)}")
    tasks = [task for key, task in known.items() if not options.task or key in options.task]
    planned = runs(tasks, options.seed)
    for name, rows in by_config(_counted(record_all(planned), len(planned))).items():
        path = options.out_dir / name / "train.parquet"
        write(rows, path)
        print(f"{path}: {len(rows)} conversations, {path.stat().st_size:,} bytes")
    measured = table(options.out_dir)
    restate(options.out_dir / "README.md", measured)
    print(measured)


if __name__ == "__main__":
    main()
