"""Command: python -m bench. Ingest beside two others, in one run, on synthetic data of three sizes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bench import display
from bench import engines as both
from bench.data import ROOT, dataset
from bench.duties import costs
from bench.many_files import compare, pair
from bench.memory import grow
from bench.rounds import CONTESTANTS, race
from bench.shuffle import moved
from bench.targets import LARGE, SMALL
from tracehouse.errors import TracehouseError

SIZES = (200, SMALL, LARGE)
_KINDS = {contestant.name.partition("-")[0] for contestant in CONTESTANTS}
_NAMES = sorted(_KINDS | {contestant.name for contestant in CONTESTANTS})
Command = Callable[..., None]


def _common_options(command: Command) -> Command:
    options = [
        click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True),
        click.option("--seed", type=int, default=1, show_default=True, help="Of the data."),
        click.option(
            "--dir",
            "folder",
            type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
            default=ROOT / "build" / "bench",
            help="Where the data are kept and everything is written.  [default: build/bench]",
        ),
        click.option(
            "--json",
            "kept",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Keep every single measurement in this file.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--conversations",
    "sizes",
    type=click.IntRange(min=10),
    multiple=True,
    help=f"Size of the data; may be given several times.  [default: {', '.join(map(str, SIZES))}]",
)
@click.option(
    "--only", type=click.Choice(_NAMES), multiple=True, help="Run only these.  [default: all]"
)
@_common_options
@click.pass_context
def cli(
    context: click.Context,
    /,
    sizes: tuple[int, ...],
    only: tuple[str, ...],
    **options: Any,
) -> None:
    """Measure ingest beside the published notebook's method and beside a mere copy of the text."""
    if context.invoked_subcommand is None:
        _ingest(sorted(set(sizes or SIZES)), only, **options)


def _ingest(
    sizes: list[int],
    only: tuple[str, ...],
    rounds: int,
    seed: int,
    folder: Path,
    kept: Path | None,
) -> None:
    wanted = [c for c in CONTESTANTS if not only or {c.name, c.name.partition("-")[0]} & set(only)]
    where = display.machine()
    display.show_machine(where)
    measured = []
    for size in sizes:
        with display.err.status(f"{size:,} conversations are being made") as status:
            data = dataset(folder, size, seed)
            measured.append(race(data, wanted, rounds, folder / "scratch", status.update))
        display.show_series(measured[-1], rounds)
    display.show_targets(measured)
    display.show_method(wanted)
    if kept is not None:
        display.keep(kept, where, measured)


@cli.command("many-files")
@click.option("--files", type=click.IntRange(min=2), default=10_000, show_default=True)
@_common_options
def many_files(files: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure ingest and build of many small files beside one file of the same bytes."""
    where = display.machine()
    display.show_machine(where)
    with display.err.status(f"{files:,} files are being made") as status:
        inputs = pair(folder, files, seed)
        found = compare(inputs, rounds, folder / "scratch", status.update)
    display.show_comparison(found)
    if kept is not None:
        display.keep(kept, where, [found])


@cli.command("duties")
@click.option("--conversations", type=click.IntRange(min=10), default=SMALL, show_default=True)
@_common_options
def duties(conversations: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure what each duty of ingest costs: hashes, checks, fields …"""
    where = display.machine()
    display.show_machine(where)
    with display.err.status("the data are being made") as status:
        data = dataset(folder, conversations, seed)
        total, found = costs(data, rounds, folder / "scratch", status.update)
    display.show_duties(data, total, found, rounds)
    if kept is not None:
        display.keep(kept, where, found)


@cli.command("engines")
@click.option("--conversations", type=click.IntRange(min=10), default=LARGE, show_default=True)
@_common_options
def engines(conversations: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure ingest and build on Spark beside the same on this machine alone."""
    where = display.machine()
    display.show_machine(where)
    with display.err.status("the data are being made") as status:
        data, tiny = dataset(folder, conversations, seed), dataset(folder, 10, seed)
        found = both.compare(data, tiny, rounds, folder / "scratch", status.update)
    display.show_engines(found)
    if kept is not None:
        display.keep(kept, where, [found])


@cli.command("shuffle")
@click.option("--conversations", type=click.IntRange(min=10), default=SMALL, show_default=True)
@click.option("--master", default="local[2]", show_default=True)
@_common_options
def shuffle(
    conversations: int,
    master: str,
    rounds: int,  # noqa: ARG001 (bytes are the same each time)
    seed: int,
    folder: Path,
    kept: Path | None,
) -> None:
    """Tell what a build on Spark moves between tasks, by table."""
    where = display.machine()
    display.show_machine(where)
    with display.err.status("the data are being made") as status:
        data = dataset(folder, conversations, seed)
        status.update("build on Spark")
        found = moved(data, master, folder / "scratch" / "shuffle")
    display.show_moved(data, found)
    if kept is not None:
        display.keep(kept, where, found)


@cli.command("memory")
@click.option(
    "--multiple",
    "multiples",
    type=click.IntRange(min=1),
    multiple=True,
    default=(1, 10),
    show_default=True,
    help=f"Size of the data, times {LARGE:,}; may be given several times.",
)
@click.option("--limit", default="1GB", show_default=True, help="DuckDB's memory_limit.")
@_common_options
def memory(
    multiples: tuple[int, ...],
    limit: str,
    rounds: int,  # noqa: ARG001 (one build of each size: they take minutes)
    seed: int,  # noqa: ARG001 (each multiple has seeds of its own)
    folder: Path,
    kept: Path | None,
) -> None:
    """Measure builds under a limit of memory, over data that are larger than it."""
    where = display.machine()
    display.show_machine(where)
    with display.err.status("the data are being made") as status:
        found = grow(multiples, limit, folder, folder / "scratch", status.update)
    display.show_growth(found, limit)
    if kept is not None:
        display.keep(kept, where, found)


def main() -> None:
    """Runs the command; what went wrong is said in one message."""
    try:
        cli(prog_name="python -m bench")
    except TracehouseError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
