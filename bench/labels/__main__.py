"""Command: python -m bench.labels draw | score | agreement, e.g. score --data ../shared/data."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from bench.labels import display, table
from bench.labels.draw import SUSPECTS, TOTAL, as_row, draw, tally
from bench.labels.population import tool_uses
from bench.labels.score import judged
from bench.labels.seed import SEED, labels
from ingest.run import ingest
from tracehouse.errors import TracehouseError, UsageError
from tracehouse.paths import Home
from tracehouse.warehouse import build


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Hand labels of real tool responses."""


@cli.command("draw")
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--total", type=click.IntRange(min=1), default=TOTAL, show_default=True)
@click.option("--suspects", type=click.IntRange(min=0), default=SUSPECTS, show_default=True)
def draw_command(data: Path, out: Path, total: int, suspects: int) -> None:
    """Draw the sample to label from all traces in a folder."""
    with tempfile.TemporaryDirectory() as home:
        uses = tool_uses(ingest([str(data)], Path(home)).parquet)
    drawn = draw(uses, total, suspects)
    lines = (json.dumps(as_row(row), ensure_ascii=False) + "\n" for row in drawn)
    out.write_text("".join(lines), encoding="utf-8")
    for source, stratum, taken, there in tally(uses, drawn):
        click.echo(f"{source:16} {stratum:13} {taken:4} of {there}")
    click.echo(f"{len(drawn)} rows: {out}")


@cli.command("score")
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True)
@click.option(
    "--labels",
    "seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=SEED,
    help="Other labels of the same columns.  [default: seeds/error_labels.csv]",
)
@click.option("--show", is_flag=True, help="List the rows that ours gets wrong.")
@click.option(
    "--write",
    "target",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Write {table.SCORES} and {table.CLASS_SCORES} into this folder, e.g. seeds.",
)
def score_command(data: Path, seed: Path, show: bool, target: Path | None) -> None:
    """Measure each definition of an error on the labels, in a warehouse built over a folder."""
    read = labels(seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        parquet = ingest([str(data)], home.root).parquet
        build(home)
        rows = judged(read, parquet, home.warehouse)
    if not rows:
        raise UsageError(f"none of the labelled tool uses is in {data}")
    click.echo(f"{len(rows)} of {len(read)} labelled tool uses are in {data}")
    for line in display.report(rows):
        click.echo(line)
    for line in display.listed(rows) if show else ():
        click.echo(line)
    for path in table.write(rows, target) if target else ():
        click.echo(f"written: {path}")


@cli.command("agreement")
def agreement_command() -> None:
    """Say how far the two readers of the same rows agree."""
    for line in display.agreements(labels()):
        click.echo(line)


def main() -> None:
    """Runs the command; what went wrong is said in one message."""
    try:
        cli(prog_name="python -m bench.labels")
    except TracehouseError as error:
        click.echo(f"bench.labels: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
