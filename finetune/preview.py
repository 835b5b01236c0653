"""What of one conversation is trained, as an export with these options would have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import estimate
from finetune.examples import Example, LeftOut, examples
from finetune.options import ExportOptions
from finetune.passages import Passage
from finetune.source import Selected, one, selected
from finetune.tokens import encoder_of
from reports.replay.cut import Shown, shown
from reports.replay.model import Text
from reports.replay.store import Store, stored

_NAMES = {"think": "thought"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a row that is trained or masked as a whole; `why`: what masks it, where known.

    Units: `tokens` as the preview says they are counted.
    """

    name: str
    place: str
    is_trained: bool
    why: str
    tokens: int
    chars: int
    text: Shown


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the export."""

    pieces: Sequence[Piece]
    tokens: int
    trained_tokens: int


@dataclass(frozen=True, slots=True)
class Preview:
    """One conversation. `about` stands before estimates. `left_out`: why there is no row, else ""."""

    conversation_id: str
    facts: Sequence[tuple[str, str]]
    about: str
    rows: Sequence[PreviewRow]
    left_out: str


class Previewer:
    """Makes previews of the conversations of a warehouse."""

    def __init__(
        self,
        store: Store,
        parquet: Path,
        options: ExportOptions,
        chosen: Selected,
    ) -> None:
        self._store = store
        self._parquet = parquet
        self._options = options
        self._chosen = chosen
        self._encoder = encoder_of(options)

    def preview(self, wanted: str, most: Mapping[str, int], *, is_full: bool = False) -> Preview:
        """The conversation of this id, or part of an id; dropped ones as if they were kept.

        Shape: `most` are the arguments `head` and `tail` of `shown`, which cuts long texts.
        Raises: UsageError where there is no such conversation, or more than one.
        """
        conversation_id = self._store.find(wanted)
        place = self._chosen.places[conversation_id]
        conversation = one(self._parquet, self._chosen, conversation_id)
        rows, left_out = [], ""
        try:
            found = list(examples(conversation, self._options))
            rows = [_row(self._pieces(each), most, is_full) for each in found]
        except LeftOut as reason:
            left_out = str(reason)
        about = "" if self._encoder else "≈ "
        facts = [
            ("split", place.split),
            ("selection", f"dropped: {place.dropped}" if place.dropped else "kept"),
            ("format", _format(self._options)),
            ("tokens", "counted by the tokenizer" if self._encoder else "≈ an estimate"),
        ]
        return Preview(conversation_id, facts, about, rows, left_out)

    def _pieces(self, example: Example) -> Iterator[tuple[Passage, int]]:
        """The passages of a row, each with its tokens (thousandths where they are estimated)."""
        if self._encoder is None:
            runs = estimate.runs(example.passages, self._chosen.rates)
            for passage, run in zip(example.passages, runs, strict=True):
                yield passage, round(run.size / estimate.UNIT)
            return
        encoded = self._encoder.encode(example.row)
        at = 0
        for run in encoded.runs:
            text = self._encoder.tokenizer.decode(encoded.input_ids[at : at + run.size])
            at += run.size
            yield Passage(run.kind, text, "" if run.is_trained else "masked"), run.size


@contextmanager
def previewer(parquet: Path, warehouse: Path, options: ExportOptions) -> Iterator[Previewer]:
    """Previews out of a warehouse and the Parquet that it was built from.

    Raises: UsageError (no selection, a tokenizer that is not fit), StorageError.
    """
    chosen = selected(warehouse, has_failing=options.mask_failing)
    with stored(parquet, warehouse) as store:
        yield Previewer(store, parquet, options, chosen)


def _row(
    pieces: Iterator[tuple[Passage, int]], most: Mapping[str, int], is_full: bool
) -> PreviewRow:
    made = [
        Piece(
            name=" ".join(part for part in (_NAMES.get(p.kind, p.kind), p.name) if part),
            place="" if p.turn_index is None else f"turn {p.turn_index}",
            is_trained=not p.masked,
            why="" if p.masked == "masked" else p.masked,
            tokens=tokens,
            chars=len(p.text),
            text=shown(Text.whole(p.text), is_full=is_full, **most),
        )
        for p, tokens in pieces
    ]
    return PreviewRow(
        made, sum(p.tokens for p in made), sum(p.tokens for p in made if p.is_trained)
    )


def _format(options: ExportOptions) -> str:
    """The options that decide on the mask."""
    said: dict[str, Any] = {
        "reasoning": options.reasoning,
        "missing reasoning": options.missing_reasoning,
        "failing calls": "masked" if options.mask_failing else "trained",
    }
    return ", ".join([options.format, *(f"{name} {value}" for name, value in said.items())])
