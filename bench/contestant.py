"""Command: python -m bench.contestant OUT SOURCE: ingest of tracehouse, started as the others are.

What it needs is imported where it runs: each worker process imports this module again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.contestant", description=__doc__)
    parser.add_argument("out", type=Path, help="the home to write to")
    parser.add_argument("source", help="what to ingest")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()

    from ingest.generations import Store
    from ingest.run import IngestOptions, ingest

    summary = ingest([arguments.source], arguments.out, IngestOptions(workers=arguments.workers))
    parts = Store(arguments.out).manifest().parts.values()
    found = {
        "conversations": summary.conversations,
        "calls": sum(part.tables["tool_calls"].rows for part in parts),
        "responses": sum(part.tables["tool_responses"].rows for part in parts),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
