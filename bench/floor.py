"""Command: python -m bench.floor OUT SOURCE: reads the Parquet and writes the same text once.

No ingest can take less than this: nothing is looked at. Batches, row groups and compression are
those of tracehouse, small columns are dictionaries, each row group goes to a file of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

_BATCH = 32  # conversations; about 4 MB
_SMALL = ["conversations.list.element.from", "tools", "category", "subcategory"]


def copy(path: Path, group: int, out: Path) -> int:
    """Copies one row group; returns its number of conversations."""
    import pyarrow.parquet as pq

    rows = 0
    target = out / f"{path.parent.name}-{path.stem}-{group}.parquet"
    with (
        pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as source,
        pq.ParquetWriter(
            target,
            source.schema_arrow,
            compression="zstd",
            compression_level=1,
            use_dictionary=_SMALL,
            write_statistics=_SMALL,
        ) as writer,
    ):
        for batch in source.iter_batches(_BATCH, row_groups=[group], use_threads=False):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("source", type=Path, help="folder with Parquet files")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()

    import pyarrow.parquet as pq

    arguments.out.mkdir(parents=True)
    tasks = [
        (path, group, arguments.out)
        for path in sorted(arguments.source.rglob("*.parquet"))
        for group in range(pq.read_metadata(path).num_row_groups)
    ]
    if arguments.workers == 1:
        rows = [copy(*task) for task in tasks]
    else:
        with ProcessPoolExecutor(arguments.workers, mp_context=get_context("spawn")) as pool:
            rows = list(pool.map(copy, *zip(*tasks, strict=True)))
    json.dump({"conversations": sum(rows)}, sys.stdout)


if __name__ == "__main__":
    main()
