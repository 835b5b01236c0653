"""Options that several commands share. Imports nothing heavy, so that `--help` answers at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ingest.options import DEFAULTS, MB, IngestOptions, Limits
from tracehouse.paths import Home

Command = Callable[..., None]


class _Folder(click.Path):
    """A folder with a name: an empty one, as of a variable that is not set, would mean this one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty: name a folder", param, ctx)
        return super().convert(value, param, ctx)


class _Share(click.FloatRange):
    """A number from 0 to 1, which NaN is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        share = super().convert(value, param, ctx)
        if math.isnan(share):
            self.fail("nan is no share", param, ctx)
        return share


def _home(_context: click.Context, _option: click.Parameter, value: Path) -> Home:
    """The home; DuckDB takes a `?` for the start of options and a backslash for an escape."""
    if bad := next((c for c in "?\\" if c in str(value.absolute())), None):
        raise click.BadParameter(
            f"{value}: DuckDB cannot open files below a folder with {bad} in it"
        )
    return Home(value.absolute())


def home_option(command: Command) -> Command:
    """`--home`."""
    return click.option(
        "--home",
        type=_Folder(file_okay=False, path_type=Path),
        default="build",
        envvar="TRACEHOUSE_HOME",
        show_default=True,
        show_envvar=True,
        callback=_home,
        help="Folder that everything is written under.",
    )(command)


def _spark(context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """The Spark master to work on; None for this machine alone."""
    is_spark = context.params.pop("engine") == "spark"
    if value and not is_spark:
        raise click.UsageError("--master goes with --engine spark")
    return (value or "local[*]") if is_spark else None


def engine_options(command: Command) -> Command:
    """What does the work; the same for `run`, `ingest` and `build`."""
    options = [
        click.option(
            "--engine",
            type=click.Choice(["local", "spark"]),
            default="local",
            show_default=True,
            is_eager=True,
            help="What does the work: this machine alone (DuckDB), or Apache Spark.",
        ),
        click.option(
            "--master",
            "spark",
            metavar="MASTER",
            callback=_spark,
            help="With --engine spark: local[N], spark://…, yarn or sc://…  [default: local[*]]",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def source_options(command: Command) -> Command:
    """SOURCE and how to read it; the same for `run` and `ingest`."""
    options = [
        click.argument("sources", nargs=-1, required=True, metavar="SOURCE..."),
        click.option(
            "--config",
            "configs",
            multiple=True,
            metavar="NAME",
            help="Config of an hf:// dataset; may be given several times. [default: all]",
        ),
        click.option("--revision", metavar="REV", help="Revision of an hf:// dataset."),
        click.option("--limit", type=click.IntRange(min=1), help="Most records per source."),
        click.option("--format", metavar="NAME", help="Format, instead of detecting it."),
        click.option("--source", metavar="NAME", help="Name of the source; it is remembered."),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            help="Processes, with --engine local. [default: by size]",
        ),
        click.option("--fresh", is_flag=True, help="Forget all that was ingested before."),
        click.option(
            "--redact",
            "redact",
            flag_value="secrets",
            default="",
            help="Take secrets out of the text that is kept, too: see docs/secrets.md.",
        ),
        click.option(
            "--redact-personal",
            "redact",
            flag_value="personal",
            help="And e-mail addresses, phone numbers, IP addresses, names of home folders.",
        ),
        click.option(
            "--max-rejects",
            type=_Share(0, 1),
            default=0.1,
            show_default=True,
            help="Largest share of rejected records that counts as fine.",
        ),
        click.option(
            "--max-line",
            type=click.IntRange(1, 8_000),
            default=DEFAULTS.line // MB,
            show_default=True,
            metavar="MB",
            help="Longest line, document or sample that is read.",
        ),
        click.option(
            "--max-value",
            type=click.IntRange(1, 2_000),  # Parquet holds no text of 2 GB
            default=DEFAULTS.value // MB,
            show_default=True,
            metavar="MB",
            help="Largest text of a record.",
        ),
        click.option(
            "--max-depth",
            type=click.IntRange(10, 500),
            default=DEFAULTS.depth,
            show_default=True,
            help="Deepest nesting of a record.",
        ),
        click.option(
            "--max-ratio",
            type=click.IntRange(min=1),
            default=DEFAULTS.ratio,
            show_default=True,
            help="What a packed byte may become, in files that unpack to over 100 MB.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def ingest_options(options: dict[str, Any]) -> IngestOptions:
    """What `source_options` were given, but for `--max-rejects`."""
    limits = Limits(
        ratio=options.pop("max_ratio"),
        line=options.pop("max_line") * MB,
        value=options.pop("max_value") * MB,
        depth=options.pop("max_depth"),
    )
    return IngestOptions(limits=limits, **options)
