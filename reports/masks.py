"""What of a row is trained: as a page of its own, and within a section that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reports.markup import self_contained
from reports.model import MaskView, Page
from tracehouse.errors import StorageError, UsageError

if TYPE_CHECKING:
    from finetune.preview import Preview, Previewer

_STYLES = ("tokens", "page", "replay", "mask", "print")
_CUT = {"head": 300, "tail": 120}  # characters of a long text in a section
_PIECES = 60  # of a row in a section
_NO_PARQUET = (
    "Not shown: the text of the conversations was not there when this page was made "
    "(the Parquet that the warehouse was built from)."
)


def mask_html(preview: Preview) -> bytes:
    """One self-contained page."""
    context: dict[str, object] = {"preview": preview}
    return self_contained("mask.html.j2", _STYLES, "report.js", context)


def with_masks(pages: Sequence[Page], parquet: Path | None, warehouse: Path) -> list[Page]:
    """The pages with the previews that their sections ask for."""
    if not any(section.masks for page in pages for section in page.sections):
        return list(pages)
    from finetune.options import ExportOptions
    from finetune.preview import previewer

    if parquet is None:
        return [_each(page, None) for page in pages]
    try:
        with previewer(parquet, warehouse, ExportOptions()) as found:
            return [_each(page, found) for page in pages]
    except (StorageError, UsageError) as error:
        return [_each(page, None, f"Not shown: {error}") for page in pages]


def _each(page: Page, found: Previewer | None, note: str = _NO_PARQUET) -> Page:
    sections = [
        replace(section, masks=[_filled(mask, found, note) for mask in section.masks])
        for section in page.sections
    ]
    return replace(page, sections=sections)


def _filled(mask: MaskView, found: Previewer | None, without: str) -> MaskView:
    if found is None:
        return replace(mask, note=without)
    try:
        preview = found.preview(mask.conversation_id, _CUT)
    except UsageError:
        return replace(mask, note="Not shown: a conversation that the Parquet does not hold.")
    rows = [replace(row, pieces=row.pieces[:_PIECES]) for row in preview.rows]
    more = sum(len(row.pieces) for row in preview.rows) - sum(len(row.pieces) for row in rows)
    note = f"{more:,} more pieces are left out here." if more else ""
    return replace(mask, preview=replace(preview, rows=rows), note=note)
