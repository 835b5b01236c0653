"""The command `tracehouse`: reads the command line, calls the steps, prints what they did."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from reports.comparison import KINDS, Choice
from reports.text import visible
from tracehouse import __version__, steps
from tracehouse.errors import TracehouseError
from tracehouse.options import engine_options, home_option, ingest_options, source_options
from tracehouse.paths import Home

FAULT = 70  # exit code for a fault of tracehouse itself


class _Grouped(click.Group):
    """Lists the commands in the order in which they are used, not by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(self.commands)


@click.group(cls=_Grouped, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tracehouse")
def cli() -> None:
    """Turn agent traces into a tested SQL warehouse and static reports.

    \b
    tracehouse run traces.jsonl            a file, a folder or a glob
    tracehouse run hf://lambda/hermes-agent-reasoning-traces --config kimi
    tracehouse shell                       ask your own questions in SQL

    Exit codes: 0 fine; 1 finished, but tests failed, a report failed or too much was rejected;
    2 wrong usage or input; 3 busy; 4 a file cannot be read or written, or is damaged; 70 a fault
    of tracehouse itself; 130 interrupted.
    """


@cli.command()
@source_options
@engine_options
@home_option
def run(home: Home, sources: tuple[str, ...], max_rejects: float, **options: Any) -> None:
    """Ingest, build and report, over exactly the sources named.

    SOURCE is a file (.parquet, .jsonl, .ndjson, .json, .traj, .eval, also .gz and .zst), a
    folder, a glob in quotes, or hf://owner/name. What was ingested before and has not changed is
    not read again.
    """
    sys.exit(steps.run(home, sources, ingest_options(options), max_rejects))


@cli.command()
@source_options
@engine_options
@home_option
def ingest(home: Home, sources: tuple[str, ...], max_rejects: float, **options: Any) -> None:
    """Read traces into Parquet; what was ingested before stays."""
    sys.exit(steps.ingest(home, sources, ingest_options(options), max_rejects))


@cli.command()
@click.argument("source")
@home_option
def forget(home: Home, source: str) -> None:
    """Remove a source from the Parquet tables. The next build is without it."""
    steps.forget(home, source)


@cli.command()
@click.option(
    "--select", "-s", multiple=True, help="Build only this (dbt's syntax), and its tests."
)
@engine_options
@home_option
def build(home: Home, select: tuple[str, ...], spark: str | None) -> None:
    """Build and test the warehouse over all that is ingested, and publish it.

    A dbt_project.yml in the working directory is built instead of the one that comes along.
    """
    steps.build(home, select, spark)


@cli.command()
@click.option(
    "--compare",
    "names",
    nargs=2,
    metavar="A B",
    help="The two sources or models that the report `compare` sets side by side. "
    "[default: the two largest]",
)
@click.option(
    "--by",
    type=click.Choice(KINDS),
    help="What they are; a config is the source of that name. "
    "[default: source; of one source, its models]",
)
@click.option(
    "--watch",
    "is_watching",
    is_flag=True,
    help="Render again whenever a report, template or style is saved; Ctrl-C ends it.",
)
@click.option(
    "--zip", "is_zipped", is_flag=True, help="Pack the pages as site.zip too, to be sent."
)
@click.option(
    "--verify",
    "page",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="Render nothing: run the reports again and say, section by section, whether PAGE is the same.",
)
@home_option
def report(
    home: Home,
    names: tuple[str, str] | None,
    by: str | None,
    is_watching: bool,
    is_zipped: bool,
    page: Path | None,
) -> None:
    """Render the reports of the published warehouse as HTML pages."""
    if is_watching + is_zipped + (page is not None) > 1:
        raise click.UsageError("of --watch, --zip and --verify only one can be given")
    choice = Choice(by, names)
    if page is not None:
        sys.exit(steps.verify_page(home, page, choice))
    if is_watching:
        steps.watch(home, choice)  # until Ctrl-C
    sys.exit(steps.report(home, choice, is_zipped=is_zipped))


@cli.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write; an earlier export there is replaced.  [default: HOME/finetune]",
)
@click.option(
    "--format",
    type=click.Choice(["trl", "pairs", "sharegpt", "tokens"]),
    default="trl",
    show_default=True,
    help="messages and tools; prompt and response; ShareGPT; input_ids and labels.",
)
@click.option(
    "--think",
    type=click.Choice(["field", "inline"]),
    default="field",
    show_default=True,
    help="Reasoning as reasoning_content, or as <think> in the content (trl, tokens).",
)
@click.option(
    "--reasoning",
    type=click.Choice(["all", "exchange", "none"]),
    default="all",
    show_default=True,
    help="What of it stays: all, only that of the row's exchange, or none.",
)
@click.option(
    "--missing-reasoning",
    type=click.Choice(["mask", "drop", "keep"]),
    default="mask",
    show_default=True,
    help="A turn without captured reasoning: not trained, conversation dropped, or trained.",
)
@click.option(
    "--system",
    type=click.Choice(["keep", "strip", "replace"]),
    help="The system turn: as it is, without its tools, or --system-text.  "
    "[default: strip for trl and tokens, else keep]",
)
@click.option("--system-text", metavar="TEXT", help="With --system replace.")
@click.option("--mask-failing", is_flag=True, help="Do not train turns that made a failing call.")
@click.option(
    "--per",
    type=click.Choice(["exchange", "turn"]),
    default="exchange",
    show_default=True,
    help="Of pairs: one per exchange, or one per assistant turn (much more text).",
)
@click.option("--reasoning-token", metavar="TOKEN", help="Put before reasoning (pairs, sharegpt).")
@click.option("--call-token", metavar="TOKEN", help="Put before each call (pairs, sharegpt).")
@click.option("--split", "splits", multiple=True, metavar="NAME", help="Only this split.")
@click.option(
    "--tokenizer",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Hugging Face tokenizer, which counts tokens; without one they are estimated.",
)
@click.option(
    "--max-tokens", type=click.IntRange(min=1), metavar="N", help="Leave longer rows out."
)
@click.option(
    "--preview",
    metavar="ID",
    help="Write nothing; show what of one conversation is trained, with these options.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --preview: as one self-contained page.",
)
@click.option("--full", "is_full", is_flag=True, help="With --preview: cut no text.")
@home_option
def finetune(
    home: Home,
    out: Path | None,
    preview: str | None,
    html: Path | None,
    is_full: bool,
    **options: Any,
) -> None:
    """Export the selected conversations as training data.

    \b
    tracehouse finetune --out data --format trl
    tracehouse finetune --out data --format tokens --tokenizer FOLDER --max-tokens 16384
    tracehouse finetune --preview ID

    Which conversations are selected, and why not the others: `from finetune_selection` in
    `tracehouse shell`.
    """
    if preview is not None:
        if out is not None:
            raise click.UsageError("--preview writes no export: --out does not go with it")
        steps.preview(home, preview, html, options, is_full=is_full)
        return
    if html or is_full:
        raise click.UsageError("--html and --full go with --preview ID")
    steps.finetune(home, out, options)


@cli.command()
@click.argument("wanted", metavar="ID")
@click.option(
    "--turn",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only the step that holds this turn; of a page, the link to it.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one self-contained page instead.",
)
@click.option("--full", "is_full", is_flag=True, help="Cut no text, however long.")
@home_option
def show(home: Home, wanted: str, turn: int | None, html: Path | None, is_full: bool) -> None:
    """Replay one conversation: every thought, call and response, and what went wrong.

    ID is a conversation_id, or a part of one that no other has.
    """
    steps.show(home, wanted, turn, html, is_full=is_full)


# Without -h: DuckDB's own options, such as -noheader, may hold that letter.
@cli.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
        "help_option_names": ["--help"],
    }
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[DUCKDB OPTION]...")
@home_option
def shell(home: Home, arguments: tuple[str, ...]) -> None:
    """Open the DuckDB shell on the warehouse, read-only.

    \b
    tracehouse shell
    tracehouse shell -c "select * from dim_conversations limit 5"
    tracehouse shell < query.sql

    Tables as ingest wrote them, with the full text, are there as raw.blocks, raw.turns …
    """
    from tracehouse.shell import open_shell

    open_shell(home, arguments)


@cli.command()
@home_option
def verify(home: Home) -> None:
    """Read all Parquet files again: is each byte as it was written?

    A damaged file is named, and ends it with 4. `build` compares the sizes only.
    """
    steps.verify(home)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Copy models, macros, seeds and reports to FOLDER, to write your own.

    Run there, `tracehouse build` and `tracehouse report` use them.
    """
    steps.init(folder)


def main() -> None:
    """The console script. A person never sees a traceback, unless TRACEHOUSE_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal need not know ✓ and →
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _stopped("interrupted", 130)
    except click.ClickException as error:
        code = _refused(error)
    except KeyboardInterrupt:
        code = _stopped("interrupted", 130)
    except TracehouseError as error:
        code = _stopped(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    except OSError as error:
        code = _stopped(_about_file(error), 4)
    except Exception as error:
        if os.environ.get("TRACEHOUSE_DEBUG"):
            raise
        code = _stopped(
            f"a fault of tracehouse itself: {type(error).__name__}: {error}\n"
            "Please report it; TRACEHOUSE_DEBUG=1 shows where it arose.",
            FAULT,
        )
    sys.exit(code or 0)


def _interrupt(_number: int, _frame: object) -> None:
    """Ends as Ctrl-C does: what is half done is removed, and children are told."""
    raise KeyboardInterrupt


def _stopped(message: str, code: int) -> int:
    _complain(f"tracehouse: {message}\n")
    return code


def _refused(error: click.ClickException) -> int:
    """Says what click has to say: it repeats arguments, and a glob may have put any name there."""
    said = io.StringIO()
    error.show(said)
    _complain(said.getvalue())
    return error.exit_code


def _complain(text: str) -> None:
    """Writes to stderr, without secrets and what drives a terminal."""
    from ingest.secrets import shown

    try:
        text = shown(text)
    except TracehouseError as error:  # the table of rules is broken: nothing else may be said
        text = f"tracehouse: {error}\n"
    click.echo(visible(text), nl=False, err=True)


def _about_file(error: OSError) -> str:
    """What cannot be done with which file, in words."""
    place = f"{error.filename}: " if error.filename else ""
    advice = ": make room and run it again" if error.errno == errno.ENOSPC else ""
    return f"{place}{error.strerror or error}{advice}"
