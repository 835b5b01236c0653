"""The replay pages of a site: one for each conversation that a section names as an example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from reports.model import Page, SectionView
from reports.replay.page import replay_file, replay_html
from reports.replay.store import stored
from tracehouse.errors import StorageError, UsageError

_PAGES = 100  # conversations with a page of their own, in the order in which sections name them
_MORE = f"The first {_PAGES} conversations that these reports name have a page."
_NO_PARQUET = (
    "No links: the text of the conversations was not there when this page was made "
    "(the Parquet that the warehouse was built from)."
)
_NOT_FOUND = "Without a link: a conversation that the Parquet does not hold."


def with_replays(
    pages: Sequence[Page],
    parquet: Path | None,
    warehouse: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Page], dict[str, bytes]]:
    """The report pages with links from examples to turns, and the pages they lead to, by file."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for page in pages:
        for section in page.sections:
            for example in section.examples:
                wanted[example.conversation_id].add(example.turn_index)
    chosen = list(wanted.items())[:_PAGES]
    made: dict[str, bytes] = {}
    turns: set[tuple[str, int]] = set()
    why = _NO_PARQUET
    if parquet is not None and wanted:
        try:
            with stored(parquet, warehouse) as store:
                for number, (each, indexes) in enumerate(chosen):
                    progress(f"replay {number + 1} of {len(chosen)}")
                    try:
                        conversation = store.read(each)
                    except UsageError:
                        continue
                    held = {turn.turn_index for step in conversation.steps for turn in step.turns}
                    turns |= {(each, index) for index in held}
                    made[replay_file(each)] = replay_html(conversation, indexes, is_in_site=True)
            why = _MORE if len(wanted) > _PAGES else _NOT_FOUND
        except StorageError:
            made, turns = {}, set()
    linked = [
        replace(page, sections=[_linked(section, made, turns, why) for section in page.sections])
        for page in pages
    ]
    return linked, made


def _linked(
    section: SectionView, made: dict[str, bytes], turns: set[tuple[str, int]], why: str
) -> SectionView:
    places = []
    for example in section.examples:
        file = replay_file(example.conversation_id)
        has_turn = (example.conversation_id, example.turn_index) in turns
        anchor = f"#turn-{example.turn_index}" if has_turn else ""
        places.append(replace(example, href=file + anchor if file in made else ""))
    is_whole = all(place.href for place in places)
    return replace(section, examples=places, replay_note="" if is_whole else why)
