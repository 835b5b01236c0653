"""Command: python -m bench. Ingest beside two others, in one run, on synthetic data of three sizes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


_OPTIONS = {
    "rounds": click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True),
    "seed": click.option("--seed", type=int, default=1, show_default=True, help="Of the data."),
    "folder": click.option(
        "--dir",
        "folder",
        type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
        default=ROOT / "build" / "bench",
        help="Where the data are kept and everything is written.  [default: build/bench]",
    ),
    "kept": click.option(
        "--json",
        "kept",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Keep every single measurement in this file.",
    ),
}


def _options(*names: str) -> Callable[[Command], Command]:
    """The options of these names, of those that commands share."""

    def add(command: Command) -> Command:
        for name in reversed(names):
            command = _OPTIONS[name](command)
        return command

    return add


def _size_option(default: int) -> Callable[[Command], Command]:
    return click.option(
        "--conversations", type=click.IntRange(min=10), default=default, show_default=True
    )


@contextmanager
def _measuring(what: str, kept: Path | None) -> Iterator[tuple[list[Any], Callable[[str], None]]]:
    """Where it is measured, and how far that is; what is put into the list is kept, if wanted."""
    where = display.machine()
    display.show_machine(where)
    found: list[Any] = []
    with display.err.status(what) as status:
        yield found, status.update
    if kept is not None:
        display.keep(kept, where, found)


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
@_options(*_OPTIONS)
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
@_options(*_OPTIONS)
def many_files(files: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure ingest and build of many small files beside one file of the same bytes."""
    with _measuring(f"{files:,} files are being made", kept) as (found, tell):
        found.append(compare(pair(folder, files, seed), rounds, folder / "scratch", tell))
    display.show_comparison(found[0])


@cli.command("duties")
@_size_option(SMALL)
@_options(*_OPTIONS)
def duties(conversations: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure what each duty of ingest costs: hashes, checks, fields …"""
    with _measuring("the data are being made", kept) as (found, tell):
        data = dataset(folder, conversations, seed)
        total, found[:] = costs(data, rounds, folder / "scratch", tell)
    display.show_duties(data, total, found, rounds)


@cli.command("engines")
@_size_option(LARGE)
@_options(*_OPTIONS)
def engines(conversations: int, rounds: int, seed: int, folder: Path, kept: Path | None) -> None:
    """Measure ingest and build on Spark beside the same on this machine alone."""
    with _measuring("the data are being made", kept) as (found, tell):
        data, tiny = dataset(folder, conversations, seed), dataset(folder, 10, seed)
        found.append(both.compare(data, tiny, rounds, folder / "scratch", tell))
    display.show_engines(found[0])


@cli.command("shuffle")
@_size_option(SMALL)
@click.option("--master", default="local[2]", show_default=True)
@_options("seed", "folder", "kept")
def shuffle(conversations: int, master: str, seed: int, folder: Path, kept: Path | None) -> None:
    """Tell what a build on Spark moves between tasks, by table."""
    with _measuring("the data are being made", kept) as (found, tell):
        data = dataset(folder, conversations, seed)
        found += moved(data, master, folder / "scratch" / "shuffle", tell)
    display.show_moved(data, found)


@cli.command("memory")
@click.option(
    "--multiple",
    "multiples",
    type=click.IntRange(min=1),
    multiple=True,
    default=(1, 10),
    show_default=True,
    help=f"Size of the data, times {LARGE:,}, each time of other seeds; several may be given.",
)
@click.option("--limit", default="1GB", show_default=True, help="DuckDB's memory_limit.")
@_options("folder", "kept")
def memory(multiples: tuple[int, ...], limit: str, folder: Path, kept: Path | None) -> None:
    """Measure one build of each size under a limit of memory, over data that are larger."""
    with _measuring("the data are being made", kept) as (found, tell):
        found += grow(multiples, limit, folder, folder / "scratch", tell)
    display.show_growth(found, limit)


def main() -> None:
    """Runs the command; what went wrong is said in one message."""
    try:
        cli(prog_name="python -m bench")
    except TracehouseError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
