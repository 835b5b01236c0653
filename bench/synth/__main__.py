"""Command: python -m bench.synth --conversations 2000 --seed 7 --out DIR."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from bench.synth.dataset import Options, make


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.synth",
        description="Make a synthetic twin of the dataset, with a manifest of true counts.",
    )
    default = {field.name: field.default for field in fields(Options)}
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--conversations", type=int, help="in all, over both configs")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--shards", type=int, help="Parquet files per config")
    parser.add_argument("--compression", choices=("snappy", "zstd", "none"))
    parser.add_argument("--row-group", type=int, help="conversations per row group")
    parser.add_argument("--dirty", type=float, help="factor on the shares of ill-formed pieces")
    parser.add_argument("--icc", type=float, help="correlation of failures within a prompt")
    parser.add_argument("--jsonl", action="store_true", help="write JSON Lines beside the Parquet")
    parser.add_argument("--jobs", type=int, help="processes")
    parser.add_argument("--corpus", help="folder of .py files to take text from")
    parser.set_defaults(**{name: value for name, value in default.items() if name != "out"})
    make(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
