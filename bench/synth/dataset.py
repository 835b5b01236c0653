"""Writes the data set: Parquet files per config, and a manifest with the true counts."""

from __future__ import annotations

import hashlib
import json
import sysconfig
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.synth.conversation import Maker
from bench.synth.corpus import corpus, seeded
from bench.synth.prompts import dumps, system_prompt, task
from bench.synth.shape import CONFIGS, GROUP_SIZE, PROMPT_VARIANTS, Config

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
MANIFEST = "manifest.json"

Row = dict[str, Any]
Counts = dict[str, dict[str, int]]  # config → kind → number


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be made. Of these, only `shards`, `row_group`, `compression`, `jsonl` and `jobs`
    do not change the rows. `dirty` is a factor on the shares of ill-formed pieces, `icc` the
    correlation of call failures within a prompt, `corpus` the folder that text is taken from.
    """

    out: Path
    conversations: int = 2000
    seed: int = 1
    shards: int = 2
    compression: str = "snappy"
    row_group: int = 1000
    dirty: float = 1.0
    icc: float = 0.05
    jsonl: bool = False
    jobs: int = 2
    corpus: str = sysconfig.get_path("stdlib")


@dataclass(frozen=True, slots=True)
class Shard:
    """One file: conversations [start, stop) of a config."""

    path: Path
    config: Config
    start: int
    stop: int


def make(options: Options) -> Counts:
    """Writes OUT/<config>/train-*.parquet, then OUT/manifest.json; returns the true counts."""
    shards = list(_shards(options))
    counts: dict[str, Counter[str]] = {config.name: Counter() for config in CONFIGS}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        seen = pool.map(write_shard, shards, [options] * len(shards))
        for shard, found in zip(shards, seen, strict=True):
            counts[shard.config.name] += found
    manifest = {
        "arguments": {name: str(value) for name, value in asdict(options).items()},
        "corpus_bytes": len(corpus(options.corpus).code),
        "counts": counts,
    }
    # Written last and at once: a folder with a manifest is complete.
    temporary = options.out / f".{MANIFEST}"
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(options.out / MANIFEST)
    return {name: dict(found) for name, found in counts.items()}


def _shards(options: Options) -> Iterator[Shard]:
    left = options.conversations
    for config in CONFIGS:
        total = left if config is CONFIGS[-1] else round(options.conversations * config.share)
        left -= total
        edges = [total * k // options.shards for k in range(options.shards + 1)]
        for k in range(options.shards):
            name = f"train-{k:05d}-of-{options.shards:05d}.parquet"
            yield Shard(options.out / config.name / name, config, edges[k], edges[k + 1])


def write_shard(shard: Shard, options: Options) -> Counter[str]:
    """Writes one file (with `jsonl`, its twin too); returns the true counts of its rows."""
    shard.path.parent.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        writer = stack.enter_context(
            pq.ParquetWriter(shard.path, SCHEMA, compression=options.compression)
        )
        lines = None
        if options.jsonl:
            twin = shard.path.with_suffix(".jsonl")
            lines = stack.enter_context(twin.open("w", encoding="utf-8"))
        for low in range(shard.start, shard.stop, options.row_group):
            rows = []
            for index in range(low, min(shard.stop, low + options.row_group)):
                row, seen = conversation(index, shard.config, options)
                rows.append(row)
                counts += seen
                counts["text_bytes"] += _text_bytes(row)
            table = pa.Table.from_pylist(rows, SCHEMA)
            writer.write_table(table, row_group_size=options.row_group)
            if lines is not None:
                lines.writelines(dumps(row) + "\n" for row in rows)
    return counts


def _text_bytes(row: Row) -> int:
    values = [message["value"] for message in row["conversations"]]
    return sum(len(value.encode()) for value in (*values, row["tools"]))


def conversation(index: int, config: Config, options: Options) -> tuple[Row, Counter[str]]:
    """One row, and the true counts of what is in it."""
    key = (options.seed, config.name, index)
    rng = seeded(*key)
    text = corpus(options.corpus)
    system = system_prompt(options.corpus, rng.randrange(PROMPT_VARIANTS))
    group = rng.randrange(max(1, options.conversations // GROUP_SIZE))
    wanted = task(text, options.seed, group, options.icc)
    maker = Maker(text, config, rng, options.dirty, system.offered, wanted.failure_rate)
    own_id = ":".join(map(str, key)).encode()
    digest = hashlib.md5(own_id, usedforsecurity=False).hexdigest()
    row = {
        "id": "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:])),
        "conversations": maker.messages(system.text, wanted.text),
        "tools": system.tools,
        "category": wanted.category,
        "subcategory": wanted.subcategory,
        "task": wanted.text,
    }
    return row, maker.counts
