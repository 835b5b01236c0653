"""What of one conversation is trained, in the terminal or as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text as Line

from finetune.options import ExportOptions
from finetune.preview import Piece, Preview, previewer
from reports.text import counted
from tracehouse.paths import Home
from tracehouse.show import line, print_lines, text_lines, write_page
from tracehouse.warehouse import published

_INDENT = 4


def read(home: Home, wanted: str, options: ExportOptions, *, is_full: bool) -> Preview:
    """The conversation of this id, or part of an id, as an export would have it.

    Raises: UsageError where there is no warehouse, or no such conversation.
    """
    with (
        published(home) as (warehouse, parquet),
        previewer(parquet, warehouse, options) as found,
    ):
        return found.preview(wanted, {}, is_full=is_full)


def show(preview: Preview) -> None:
    """Prints it; in a terminal with colours, and through the pager."""
    print_lines(list(_lines(preview)))


def page(preview: Preview, path: Path) -> None:
    """Writes it as one HTML page."""
    from reports.masks import mask_html

    write_page(path, mask_html(preview))


def _lines(preview: Preview) -> Iterator[Line]:
    yield line(preview.conversation_id, "bold")
    for name, value in preview.facts:
        yield line(f"{name}: {value}", "dim", keep="")
    if preview.left_out:
        yield line(f"in no row: {preview.left_out}", "yellow")
    for number, row in enumerate(preview.rows, 1):
        yield Line()
        many = f"row {number} of {len(preview.rows)} · " if len(preview.rows) > 1 else ""
        sizes = f"{preview.about}{row.tokens:,} tokens, {preview.about}{row.trained_tokens:,}"
        yield line(f"{many}{sizes} trained", "bold cyan")
        for piece in row.pieces:
            yield Line()
            yield _head(piece, preview.about)
            style = "green" if piece.is_trained else "dim"
            yield from text_lines(piece.text, style, _INDENT)


def _head(piece: Piece, about: str) -> Line:
    """Whether the piece is trained, in a word as well as a colour."""
    word = "trained" if piece.is_trained else "masked "
    said = [piece.place, piece.name, f"{about}{counted(piece.tokens, 'token')}", piece.why]
    head = line(word, "bold black on green" if piece.is_trained else "reverse dim")
    return head.append_text(line(" " + " · ".join(part for part in said if part), "bold", keep=""))
