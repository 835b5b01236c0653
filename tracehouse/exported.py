"""What an export of training data prints when it is done."""

from __future__ import annotations

from rich.table import Table

from finetune.budget import KINDS, LIMITS, RULES, Budget
from finetune.summary import ExportSummary
from tracehouse.display import counted, escape, out, shown_path

_MB = 1e6


def show_export(summary: ExportSummary) -> None:
    """The rows of each split, what was left out, and what cutting the rows would cost."""
    about = "≈" if summary.is_estimate else ""
    table = _table("split", "conversations", "rows", "messages", "trained")
    for name in (f"{about}tokens", f"{about}trained", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, split in summary.splits.items():
        counts = [split.conversations, split.rows, split.messages, split.trained]
        tokens = [f"{about}{count:,}" for count in (split.tokens, split.trained_tokens)]
        table.add_row(name, *(f"{n:,}" for n in counts), *tokens, f"{split.bytes / _MB:,.1f}")
    out.print(table)
    for reason, count in summary.dropped.items():
        out.print(f"[yellow]![/] not selected, {escape(reason)}: {count:,}")
    for reason, count in sorted(summary.left_out.items()):
        out.print(f"[yellow]![/] left out, {escape(reason)}: {count:,}")
    for what, count in sorted(summary.skipped.items()):
        out.print(f"[yellow]![/] in no row, {escape(what)}: {count:,}")
    for hint in summary.hints:
        out.print(f"[yellow]![/] {escape(hint)}")
    if summary.budget.rows:
        _show_budget(summary.budget, about)
    if summary.is_estimate:
        out.print("[dim]≈ tokens are estimated from characters: --tokenizer FOLDER counts them[/]")
    rows = sum(split.rows for split in summary.splits.values())
    out.print(
        f"[bold]finetune[/] {counted(rows, 'row')} in {summary.seconds:.1f} s → "
        f"{escape(shown_path(summary.folder))}"
    )


def _show_budget(budget: Budget, about: str) -> None:
    """What is left to learn of rows that are cut to a length, by what the cut keeps; then the
    tokens of all rows by kind."""
    out.print(f"[dim]{about}trained tokens left, by what a cut keeps, and rows with none:[/]")
    table = _table()
    for name in ("cut to", "rows cut"):
        table.add_column(name, justify="right", no_wrap=True)
    for rule in RULES:  # short heads: the table is to be whole at 80 columns
        table.add_column(f"{about}{rule}", justify="right", no_wrap=True)
        table.add_column("none", justify="right", no_wrap=True)
    for limit in LIMITS:
        cells = [f"{limit:,}", f"{budget.longer_rows[limit]:,}"]
        for rule in RULES:
            empty = budget.kept[limit, rule].empty_rows
            cells += [f"{budget.share(limit, rule):.1%}", f"{empty:,}"]
        table.add_row(*cells)
    out.print(table)
    kinds = _table(f"{about}tokens of", *KINDS)
    kinds.add_row("all rows", *(f"{budget.count(budget.whole.tokens[kind]):,}" for kind in KINDS))
    out.print(kinds)


def _table(*names: str) -> Table:
    """A table without lines; all columns but the first hold numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table
