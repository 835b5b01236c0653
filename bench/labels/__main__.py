"""Command: python -m bench.labels draw --data ../shared/data --out FILE."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from bench.labels.draw import SUSPECTS, TOTAL, as_row, draw, tally
from bench.labels.population import tool_uses
from ingest.run import ingest
from tracehouse.errors import TracehouseError


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


def main() -> None:
    try:
        cli()
    except TracehouseError as error:
        click.echo(f"✗ {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
