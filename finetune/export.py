"""Writes the rows of an export into a folder of their own, which takes the old one's place when whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import msgspec

from finetune import estimate
from finetune.budget import Budget, Run, table
from finetune.card import card, config
from finetune.conversation import Conversation
from finetune.examples import ROLES, Example, LeftOut, examples, messages_of
from finetune.folder import MARK, check_ours, staging, swap, write
from finetune.options import SPLITS, ExportOptions
from finetune.source import Selected, conversations, selected
from finetune.summary import ExportSummary, SplitSummary, nothing
from finetune.tokens import encoder_of
from tracehouse.errors import UsageError
from tracehouse.locks import locked
from tracehouse.paths import Home
from tracehouse.warehouse import published

Progress = Callable[[int, int], None]
_encode = msgspec.json.Encoder().encode


def export(
    home: Home, folder: Path, options: ExportOptions, progress: Progress | None = None
) -> ExportSummary:
    """Exports the selected conversations of the published warehouse as JSON Lines in `folder`.

    Shape: `<split>.jsonl` for each split that has a row, README.md, sft_config.yaml, export.json.
    The same warehouse and options give the same bytes.
    Raises: UsageError (no warehouse, no selection, a folder that is not ours), BusyError.
    """
    folder = folder.absolute()
    check_ours(folder)
    started = time.monotonic()
    with published(home) as (warehouse, parquet), locked(home.root / "finetune.lock", "finetune"):
        chosen = selected(warehouse, has_failing=options.mask_failing)
        summary = _summary(folder, options, chosen)
        with staging(folder) as staged:
            _write_splits(staged, parquet, chosen, summary, progress)
            if not any(split.rows for split in summary.splits.values()):
                raise UsageError(nothing(summary))
            write(staged / "README.md", card(summary).encode())
            write(staged / "sft_config.yaml", config(summary).encode())
            write(staged / MARK, msgspec.json.format(_encode(_facts(summary)), indent=1) + b"\n")
            swap(staged, folder)
    summary.seconds = time.monotonic() - started
    return summary


def _summary(folder: Path, options: ExportOptions, chosen: Selected) -> ExportSummary:
    """The summary of an export that has not begun."""
    summary = ExportSummary(folder, options, chosen.build, dict(chosen.dropped), chosen.settings)
    if summary.is_estimate:
        summary.budget, summary.rates = Budget(estimate.UNIT), chosen.rates
    return summary


def _write_splits(
    staged: Path,
    parquet: Path,
    chosen: Selected,
    summary: ExportSummary,
    progress: Progress | None,
) -> None:
    """Streams all conversations into the files of their splits."""
    options = summary.options
    encoder = encoder_of(options)
    total = sum(place.is_kept for place in chosen.places.values())
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        for split in options.splits:
            files[split] = stack.enter_context((staged / f"{split}.jsonl").open("wb"))
            summary.splits[split] = SplitSummary()
        for done, conversation in enumerate(conversations(parquet, chosen), 1):
            split = conversation.head["split"]
            if split in files:
                _write_conversation(conversation, files[split], summary, encoder)
            if progress:
                progress(done, total)
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())
    for split, written in summary.splits.items():
        written.tokens = summary.budget.count(written.tokens)
        written.trained_tokens = summary.budget.count(written.trained_tokens)
        if not written.rows:
            (staged / f"{split}.jsonl").unlink()  # `datasets` does not load an empty file


def _write_conversation(
    conversation: Conversation, file: IO[bytes], summary: ExportSummary, encoder: Any
) -> None:
    split = summary.splits[conversation.head["split"]]
    facts = provenance(conversation, summary.build)
    answers = [turn for turn in conversation.turns if turn.role == "assistant"]
    summary.answers += len(answers)
    summary.reasoned += sum(turn.has_reasoning for turn in answers)
    has_row = False
    try:
        for example in examples(conversation, summary.options):
            written = _counted(example, summary, split, encoder)
            if written is None:
                continue
            line = _encode({"conversation_id": conversation.conversation_id} | written | facts)
            file.write(line + b"\n")
            split.rows += 1
            split.bytes += len(line) + 1
            has_row = True
    except LeftOut as reason:
        summary.left_out[str(reason)] += 1
    if has_row:
        split.conversations += 1
        summary.skipped.update(_skipped(conversation))
        source = facts["provenance"]
        summary.sources[source["source"], source["licence"] or "", source["model"] or ""] += 1


def _skipped(conversation: Conversation) -> Iterator[str]:
    """What of the conversation is in no row, whatever the options: a name for each piece."""
    for turn in conversation.turns:
        if turn.role not in ROLES:
            yield "turns of no known role"
        else:
            yield from ("media" for block in turn.blocks if block.kind == "media")


def _counted(
    example: Example, summary: ExportSummary, split: SplitSummary, encoder: Any
) -> dict[str, Any] | None:
    """The row as it is written, and counted; None where it is too long or nothing is left of it."""
    row, budget = example.row, summary.budget
    if encoder:
        encoded = encoder.encode(row)
        runs: Sequence[Run] = encoded.runs
        if summary.options.format == "tokens":
            row = {"input_ids": encoded.input_ids, "labels": encoded.labels}
    else:
        runs = estimate.runs(example.passages, summary.rates)
    size = sum(run.size for run in runs)
    trained = sum(run.size for run in runs if run.is_trained)
    budget.add(runs)
    most = summary.options.max_tokens
    if most and size > most * budget.unit:
        summary.left_out[f"longer than --max-tokens{summary.by_estimate}"] += 1
        return None
    if not trained:
        summary.left_out["nothing to train"] += 1
        return None
    split.tokens += size
    split.trained_tokens += trained
    messages = messages_of(example.row)
    split.messages += len(messages)
    split.trained += sum(message["train"] for message in messages)
    return row


def provenance(conversation: Conversation, build: dict[str, Any]) -> dict[str, Any]:
    """Where a row comes from and what made it; every row has the same keys."""
    head, file = conversation.head, conversation.head["file"]
    return {
        "provenance": {
            "dataset": head["dataset"],
            "source": head["source"],
            "source_id": head["source_id"],
            "category": head["category"],
            "model": head["model"],
            "licence": file["licence"],
            "revision": file["revision"],
            "file_sha256": file["sha256"],
            "rules_sha256": build["rules_sha256"],
            "build_id": build["build_id"],
            "ingest_version": file["ingest_version"],
            "tracehouse_version": build["tracehouse_version"],
        }
    }


def _facts(summary: ExportSummary) -> dict[str, Any]:
    options = summary.options
    names = [name for name in ExportOptions.__slots__ if name != "tokenizer"]
    return {
        "options": {name: getattr(options, name) for name in names},
        "build": summary.build,
        "splits": {name: _numbers(split) for name, split in summary.splits.items()},
        "tokens": {
            "by": "estimate" if summary.is_estimate else "tokenizer",
            "tokens_per_1000_chars": dict(summary.rates),
            "budget": table(summary.budget),
        },
        "dropped": summary.dropped,
        "left_out": dict(sorted(summary.left_out.items())),
        "skipped": dict(sorted(summary.skipped.items())),
        "selection": dict(summary.settings),
    }


def _numbers(split: SplitSummary) -> dict[str, int]:
    return {name: getattr(split, name) for name in SplitSummary.__slots__}


def check_splits(splits: tuple[str, ...]) -> tuple[str, ...]:
    """The splits asked for, in their usual order; none is all."""
    if unknown := [name for name in splits if name not in SPLITS]:
        raise UsageError(f"there is no split {unknown[0]}: there are {', '.join(SPLITS)}")
    return tuple(name for name in SPLITS if name in splits) or SPLITS
