"""What the benchmark prints, and what it keeps as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench.data import Dataset
from bench.duties import Cost
from bench.engines import LIMIT, Engines
from bench.many_files import BUILD_LIMIT, Comparison
from bench.memory import Size, exponent
from bench.rounds import BASELINE, CONTESTANTS, Contestant, Series
from bench.shuffle import TEXTS, Moved
from bench.targets import LARGE, TARGETS, growth

out = Console(highlight=False, soft_wrap=True)
if not out.is_terminal:
    out.width = max(out.width, 160)  # a file takes long lines
err = Console(stderr=True, highlight=False)

_MB = 1e6
_HOW = (
    "Runs took turns (a b c a b c …). Before each, what others wrote went to disk and the input was "
    "read once: the page cache is warm for all. Start and end of the processes are in all figures."
)
_UNITS = (
    "Peak: the largest sum of PSS over all processes of a contestant (shared pages counted once), "
    "looked at every 30 ms or more. Ratios: medians of the ratios within a round. MB/s: of text. "
    "out: Parquet written."
)
_BASELINE = (
    "baseline: the published notebook's method; its `datasets` cache is part of it, in a folder of "
    "its own, empty before each run. Lazy patterns miscount where the text holds tags."
)
_PACKAGES = ("tracehouse", "pyarrow", "msgspec", "datasets", "pandas", "dbt-duckdb", "duckdb")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured. Units: GiB; load is the mean number of running processes in the
    minute before the first run.
    """

    system: str
    processor: str
    cores: int
    memory: float
    load: float
    python: str
    versions: dict[str, str]


def machine() -> Machine:
    """This machine, now."""
    return Machine(
        platform.platform(),
        _processor(),
        len(os.sched_getaffinity(0)),
        psutil.virtual_memory().total / 2**30,
        os.getloadavg()[0],
        platform.python_version(),
        {name: version(name) for name in _PACKAGES},
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def show_machine(where: Machine) -> None:
    """Machine, versions, and how it is measured."""
    versions = " · ".join(f"{name} {number}" for name, number in where.versions.items())
    out.print(
        f"[bold]{where.processor}[/], {where.cores} cores, {where.memory:.0f} GiB, "
        f"load {where.load:.1f} · {where.system}\nPython {where.python} · {versions}"
    )


def show_series(series: Series, rounds: int) -> None:
    """One line per contestant: medians, and the range of the wall time."""
    data = series.data
    title = (
        f"{data.conversations:,} conversations, {data.text_bytes / _MB:,.0f} MB of text, "
        f"{data.parquet_bytes / _MB:,.0f} MB of Parquet; medians of {rounds}"
    )
    table = _table(title)
    for name in ("wall s", "(range)", "CPU s", "peak MiB", "MB/s", "out MB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("calls", f"{data.calls:,}", justify="right", no_wrap=True)
    table.add_column("responses", f"{data.responses:,}", justify="right", no_wrap=True)
    for contestant in CONTESTANTS:
        if series.of(contestant):
            table.add_row(*_cells(series, contestant))
    table.add_section()
    table.add_row("[dim]in the data[/]", *[""] * 6, f"{data.calls:,}", f"{data.responses:,}")
    out.print()
    out.print(table)


def _cells(series: Series, contestant: Contestant) -> list[str]:
    runs = series.of(contestant)
    walls = [run.measured.wall_s for run in runs]
    wall, cpu, peak = (
        series.median(contestant, figure) or 0.0 for figure in ("wall_s", "cpu_s", "peak_mib")
    )
    found = runs[-1].found
    return [
        contestant.name,
        f"{wall:.2f}",
        f"({min(walls):.2f}–{max(walls):.2f})",
        f"{cpu:.2f}",
        f"{peak:,.0f}",
        f"{series.data.text_bytes / _MB / wall:,.0f}",
        f"{runs[-1].out_bytes / _MB:,.0f}",
        *(f"{found[name]:,}" if name in found else "–" for name in ("calls", "responses")),
    ]


def show_targets(all_series: Sequence[Series]) -> None:
    """The promised figures at each size; the verdict is on the largest of the three sizes."""
    table = _table("What was promised")
    for series in all_series:
        table.add_column(f"{series.data.conversations:,}", justify="right", no_wrap=True)
    table.add_column(f"at {LARGE:,}", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for target in TARGETS:
        values = [target.figure(series) for series in all_series]
        verdicts = [
            _mark(target.is_met(value))
            for series, value in zip(all_series, values, strict=True)
            if value is not None and series.data.conversations == LARGE
        ]
        cells = ["–" if value is None else f"{value:,.2f}{target.unit}" for value in values]
        table.add_row(target.name, *cells, target.text, *(verdicts or [""]))
    for found in growth(all_series):
        blank = [""] * (len(all_series) - 1)
        cells = [*blank, f"{found.value:.2f}×", f"≤ {found.limit:g}×", _mark(found.is_met)]
        table.add_row(found.name, *cells)
    out.print()
    out.print(table)


def show_method(only: Sequence[Contestant]) -> None:
    """How to read the tables."""
    lines = [_HOW, _UNITS]
    if BASELINE in only:
        lines.append(_BASELINE)
    out.print()
    for line in lines:
        out.print(f"[dim]{line}[/]")


def show_comparison(found: Comparison) -> None:
    """Many files beside one, step by step."""
    pair = found.pair
    title = (
        f"{pair.files:,} files beside one of the same {pair.bytes / _MB:,.0f} MB; "
        f"medians of {len(found.many)}"
    )
    table = _table(title)
    for name in (f"{pair.files:,} files", "one file", "ratio", "promised"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for step in ("ingest", "build"):
        for figure, name in (("wall_s", "wall s"), ("cpu_s", "CPU s")):
            ratio = found.ratio(step, figure)
            many, one = (found.median(layout, step, figure) for layout in ("many", "one"))
            cells = [f"{step}, {name}", f"{many:.2f}", f"{one:.2f}", f"{ratio:.2f}×"]
            if (step, figure) == ("build", "wall_s"):
                cells += [f"≤ {BUILD_LIMIT:g}×", _mark(ratio <= BUILD_LIMIT)]
            table.add_row(*cells)
    table.add_row("Parquet parts", f"{found.many[-1].parts}", f"{found.one[-1].parts}")
    out.print()
    out.print(table)


def show_engines(found: Engines) -> None:
    """Each step on each engine; the ingest on Spark beside the one here."""
    rounds = len(found.runs["ingest local"])
    table = _table(f"{found.data.conversations:,} conversations, two cores; medians of {rounds}")
    # no CPU time: nobody waits for Java's process, so it is not counted
    for name in ("wall s", "peak MiB"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in found.runs:
        wall, peak = (found.median(run, figure) for figure in ("wall_s", "peak_mib"))
        table.add_row(run, f"{wall:.2f}", f"{peak:,.0f}")
    ratio = found.ingest_ratio()
    out.print()
    out.print(table)
    out.print(
        f"ingest, (spark - start spark) / local in wall time: {ratio:.2f}× "
        f"(at most {LIMIT:g}×) {_mark(ratio <= LIMIT)}"
    )


def show_moved(data: Dataset, found: Sequence[Moved]) -> None:
    """One line per table that a build on Spark makes: what it shuffles, and which texts."""
    table = _table(f"{data.conversations:,} conversations: shuffled by a build on Spark")
    for name in ("shuffled kB", "bytes per conversation"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("texts in an exchange")
    for moved in found:
        each = moved.shuffled_bytes / data.conversations
        cells = [f"{moved.shuffled_bytes / 1e3:,.0f}", f"{each:,.0f}"]
        texts = ", ".join(sorted(moved.columns & TEXTS)) or "–"
        table.add_row(moved.table, *cells, texts)
    whole = sum(moved.shuffled_bytes for moved in found)
    cells = [f"{whole / 1e3:,.0f}", f"{whole / data.conversations:,.0f}"]
    table.add_row("all", *cells, "")
    out.print()
    out.print(table)


def show_growth(found: Sequence[Size], limit: str) -> None:
    """One line per size, and how time grows from the first to the last."""
    table = _table(f"builds with {limit} for DuckDB")
    for name in ("Parquet MB", "wall s", "CPU s", "peak MiB", "warehouse MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for size in found:
        build = size.build
        cells = [size.parquet_bytes / _MB, build.wall_s, build.cpu_s, build.peak_mib]
        cells.append(size.warehouse_bytes / _MB)
        table.add_row(f"{size.conversations:,}", *(f"{cell:,.0f}" for cell in cells))
    out.print()
    out.print(table)
    if len(found) > 1:
        out.print(f"CPU time grows as size to the power of {exponent(found[0], found[-1]):.2f}")


def show_duties(data: Dataset, total: float, found: Sequence[Cost], rounds: int) -> None:
    """What each duty takes, the costliest first, and what is left without any."""
    table = _table(
        f"{data.conversations:,} conversations, one process, {total:.2f} CPU s; least of {rounds}"
    )
    table.add_column("CPU s", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    for cost in found:
        table.add_row(cost.name, f"{cost.seconds:.2f}", f"{cost.share:.1%}")
    left = total - sum(cost.seconds for cost in found)
    table.add_row("all the rest", f"{left:.2f}", f"{left / total:.1%}")
    out.print()
    out.print(table)


def _table(title: str) -> Table:
    """An empty table whose first column has no name."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    return table


def _mark(is_met: bool) -> str:
    return "[green]✓ met[/]" if is_met else "[bold red]✗ missed[/]"


def keep(path: Path, where: Machine, measured: Sequence[Any]) -> None:
    """Writes all single measurements, which are dataclasses, as JSON."""
    found: dict[str, Any] = {
        "machine": asdict(where),
        "measured": [asdict(one) for one in measured],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, default=str, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
