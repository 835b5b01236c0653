"""Command: python -m bench.baseline OUT SOURCE: the published notebook's method.

`load_dataset`, lazy regular expressions over each message, `json.loads`, one data frame per table,
pandas' own Parquet settings; one process, everything in memory. Where the notebook reads only the
first response of a message, this reads all of them, so that it writes the text that the others do.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_THINK = re.compile(r"<think>\s*(.*?)\s*</think>", re.DOTALL)
_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_RESPONSE = re.compile(r"<tool_response>\s*(.*?)\s*</tool_response>", re.DOTALL)
_MALFORMED = {"name": "<malformed>", "arguments": {}}

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def load(source: Path, cache: Path) -> Iterator[Row]:
    """All rows, each with its config as `source`, as `datasets` yields them."""
    from datasets import concatenate_datasets, load_dataset

    parts = []
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        files = sorted(str(path) for path in folder.glob("*.parquet"))
        config = load_dataset("parquet", data_files=files, split="train", cache_dir=str(cache))
        parts.append(config.add_column("source", [folder.name] * len(config)))
    yield from concatenate_datasets(parts)


def parse(rows: Iterator[Row]) -> Tables:
    """Turns, calls, responses and one row of counts per conversation."""
    tables: Tables = {name: [] for name in ("turns", "calls", "responses", "conversations")}
    for row in rows:
        counts: Counter[str] = Counter()
        for index, message in enumerate(row["conversations"]):
            key = {"conversation_id": row["id"], "turn_index": index}
            if message["from"] == "gpt":
                found = _assistant(key, message["value"], tables)
            elif message["from"] == "tool":
                found = _tool(key, message["value"], tables)
            else:
                tables["turns"].append(key | {"role": message["from"], "final": message["value"]})
                found = {}
            counts.update(turns=1, **found)
        labels = {name: row[name] for name in ("source", "category", "subcategory", "task")}
        tables["conversations"].append({"conversation_id": row["id"], **labels, **counts})
    return tables


def _assistant(key: Row, text: str, tables: Tables) -> dict[str, int]:
    """Adds a turn and its calls; what is left of the text is the final answer."""
    thoughts = _THINK.findall(text)
    calls = [_decoded(body, _MALFORMED) for body in _CALL.findall(text)]
    final = _CALL.sub("", _THINK.sub("", text)).strip()
    turn = {"role": "gpt", "think": "\n".join(thoughts), "final": final, "width": len(calls)}
    tables["turns"].append(key | turn)
    for index, call in enumerate(calls):
        arguments = json.dumps(call.get("arguments"), ensure_ascii=False)
        parsed = {"call_index": index, "tool": call.get("name"), "arguments": arguments}
        tables["calls"].append(key | parsed)
    return {"calls": len(calls), "parallel_turns": int(len(calls) > 1)}


def _tool(key: Row, text: str, tables: Tables) -> dict[str, int]:
    """Adds a turn and its responses, each with the notebook's rule for an error."""
    bodies = _RESPONSE.findall(text)
    tables["turns"].append(key | {"role": "tool", "width": len(bodies)})
    errors = 0
    for index, body in enumerate(bodies):
        response = _decoded(body, {"content": body})
        content = json.dumps(response, ensure_ascii=False)
        lowered = content.lower()
        is_error = "error" in lowered or '"exit_code": 1' in lowered or "traceback" in lowered
        errors += is_error
        parsed = {
            "response_index": index,
            "tool": response.get("name"),
            "content": content,
            "is_error": is_error,
        }
        tables["responses"].append(key | parsed)
    return {"responses": len(bodies), "errors": errors}


def _decoded(text: str, otherwise: Row) -> Row:
    try:
        value = json.loads(text)
    except ValueError:
        return otherwise
    return value if isinstance(value, dict) else otherwise


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.baseline", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("source", type=Path, help="folder with a folder of Parquet per config")
    arguments = parser.parse_args()

    import pandas as pd

    arguments.out.mkdir(parents=True)
    tables = parse(load(arguments.source, arguments.out / "cache"))
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(arguments.out / f"{name}.parquet", index=False)
    json.dump(
        {name: len(tables[name]) for name in ("conversations", "calls", "responses")}, sys.stdout
    )


if __name__ == "__main__":
    main()
