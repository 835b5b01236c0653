"""Running the report SQL part by part, over a warehouse or a changed copy of one."""

from __future__ import annotations

import math
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports"
FILES = sorted(sql for toml in REPORTS.glob("*/report.toml") for sql in toml.parent.glob("*.sql"))
SECTIONS = [path for path in FILES if path.name != "headline.sql"]
Row = dict[str, Any]
Parts = dict[str, list[Row]]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def head(path: Path) -> dict[str, str]:
    """The `-- key: value` lines of a file; an indented comment goes on with the line above."""
    text = path.read_text(encoding="utf-8").partition("-- part:")[0]
    joined = re.sub(r"\n--  +", " ", text)
    return dict(re.findall(r"^-- (\w+): *(.*)$", joined, re.MULTILINE))


def opened(warehouse: Path, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A connection as the renderer opens it."""
    connection = duckdb.connect(
        str(warehouse),
        read_only=True,
        config={"enable_external_access": "false", "threads": str(threads)},
    )
    connection.execute("set lock_configuration = true")
    return connection


def statements(path: Path) -> list[tuple[str, str]]:
    """The parts of a file in their order: name and SQL."""
    _, *pieces = re.split(
        r"^-- part: (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return list(zip(pieces[::2], pieces[1::2], strict=True))


def parts(connection: duckdb.DuckDBPyConnection, path: Path) -> Parts:
    """The rows of each part of a file."""
    found: Parts = {}
    for part, sql in statements(path):
        done = connection.execute(sql)
        columns = [column[0] for column in done.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in done.fetchall()]
        if part != "base":
            found[part] = rows
    return found


def every_part(warehouse: Path, *reports: str, threads: int = 2) -> dict[str, Parts]:
    """The rows of each part of each section of these reports, or of all of them."""
    with opened(warehouse, threads) as connection:
        return {
            name(path): parts(connection, path)
            for path in FILES
            if not reports or path.parent.name in reports
        }


def one_part(warehouse: Path, section: str, threads: int = 2) -> Parts:
    """The rows of each part of one file, such as errors/01_definitions."""
    (path,) = [path for path in FILES if name(path) == section]
    with opened(warehouse, threads) as connection:
        return parts(connection, path)


def answers(found: Mapping[str, Parts]) -> dict[str, str]:
    """Each section's answer as one text."""
    return {
        section: f"{one['answer'][0]['lead']} {one['answer'][0]['rest']}"
        for section, one in found.items()
        if "answer" in one
    }


def changed(warehouse: Path, folder: Path, *statements: str) -> Path:
    """A copy of the warehouse in which `statements` were run; {} stands for each of its tables."""
    copy = folder / "changed.duckdb"
    shutil.copyfile(warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'main'"
        ).fetchall()
        for statement in statements:
            for table in tables if "{}" in statement else [("",)]:
                connection.execute(statement.replace("{}", table[0]))
    return copy


def interval(rows: Iterable[tuple[str, bool]]) -> tuple[float, float, float]:
    """Share and clustered Wilson interval of (group, is a hit) rows, straight from DESIGN.md."""
    hits: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for group, hit in rows:
        hits[group] += hit
        cases[group] += 1
    n, count = cases.total(), len(cases)
    share = hits.total() / n
    spread = sum((hits[g] - share * cases[g]) ** 2 for g in cases)
    if share in (0, 1):
        effective: float = count
    else:
        effective = min(n, share * (1 - share) / (count / (count - 1) * spread / n**2))
    z = 1.959963984540054 * (1 + 1.21 / (count - 1))
    middle = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = math.sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2))
    half *= z / (1 + z**2 / effective)
    return share, middle - half, middle + half


def group(row: Row) -> str:
    return str(row["prompt_group_id"] or row["conversation_id"])
