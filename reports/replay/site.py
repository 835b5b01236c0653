"""The replay pages of a site: one for each conversation that a section names as an example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from reports.model import Page, Place, SectionView
from reports.replay.page import replay_file, replay_html
from reports.replay.store import Store, stored
from reports.workers import Workers
from tracehouse.errors import StorageError, WorkerKilled

_PAGES = 100  # conversations with a page of their own; each section has a turn before one has two
_AT_ONCE = 25  # conversations whose texts are held at once
_MORE = f"{_PAGES} conversations have a page, the first ones of each section of these reports."
_NO_PARQUET = (
    "No links: the text of the conversations was not there when this page was made "
    "(the Parquet that the warehouse was built from)."
)
_NOT_FOUND = "Without a link: a conversation that the Parquet does not hold."


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A conversation, and the turns that sections name."""

    conversation_id: str
    turns: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Made:
    """Its page, and the turns that it has."""

    html: bytes
    turns: frozenset[int]


def with_replays(
    pages: Sequence[Page],
    parquet: Path | None,
    warehouse: Path,
    workers: Workers,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Page], dict[str, bytes]]:
    """The report pages with links from examples to turns, and the pages they lead to, by file."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for example in _in_rounds(pages):
        wanted[example.conversation_id].add(example.turn_index)
    chosen = [_Wanted(each, frozenset(turns)) for each, turns in wanted.items()][:_PAGES]
    made: dict[str, _Made] = {}
    why = _NO_PARQUET
    if parquet is not None and wanted:
        try:
            with workers.holding(stored, parquet, warehouse) as held:
                (groups,) = held.each(_together, [chosen])
                for found in held.each(_made, groups):
                    progress(f"replay {len(made) + 1} of {len(chosen)}")
                    made |= found
            why = _MORE if len(wanted) > _PAGES else _NOT_FOUND
        except WorkerKilled:
            raise
        except StorageError:
            made = {}
    linked = [
        replace(page, sections=[_linked(section, made, why) for section in page.sections])
        for page in pages
    ]
    return linked, {replay_file(each): replay.html for each, replay in made.items()}


def _in_rounds(pages: Sequence[Page]) -> Iterator[Place]:
    """The first example of each section, then the second of each, and so on."""
    sections = [section.examples for page in pages for section in page.sections]
    for examples in zip_longest(*sections):
        yield from (example for example in examples if example is not None)


def _together(store: Store, wanted: Sequence[_Wanted]) -> list[list[_Wanted]]:
    """The conversations in groups that stand in the same files, as each has to be read through."""
    parts = store.parts([each.conversation_id for each in wanted])
    groups: dict[str, list[_Wanted]] = defaultdict(list)
    for each in wanted:
        if each.conversation_id in parts:
            groups[parts[each.conversation_id]].append(each)
    return [
        group[i : i + _AT_ONCE] for group in groups.values() for i in range(0, len(group), _AT_ONCE)
    ]


def _made(store: Store, wanted: Sequence[_Wanted]) -> dict[str, _Made]:
    """The pages of those conversations that the Parquet holds."""
    found = store.read_all([each.conversation_id for each in wanted])
    made = {}
    for each in wanted:
        if (conversation := found.get(each.conversation_id)) is not None:
            held = frozenset(turn.turn_index for step in conversation.steps for turn in step.turns)
            html = replay_html(conversation, each.turns, is_in_site=True)
            made[each.conversation_id] = _Made(html, held)
    return made


def _linked(section: SectionView, made: dict[str, _Made], why: str) -> SectionView:
    places = []
    for example in section.examples:
        replay = made.get(example.conversation_id)
        has_turn = replay is not None and example.turn_index in replay.turns
        anchor = f"#turn-{example.turn_index}" if has_turn else ""
        file = replay_file(example.conversation_id)
        places.append(replace(example, href=file + anchor if replay else ""))
    is_whole = all(place.href for place in places)
    return replace(section, examples=places, replay_note="" if is_whole else why)
