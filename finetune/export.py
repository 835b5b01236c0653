"""Writes the rows of an export into a folder of their own, which takes the old one's place when whole."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import IO, Any

import msgspec

from finetune.budget import Budget
from finetune.card import card, config
from finetune.conversation import Conversation
from finetune.examples import LeftOut, examples
from finetune.options import SPLITS, ExportOptions
from finetune.source import Selected, conversations, selected
from ingest.generations import being_read
from tracehouse.errors import StorageError, UsageError
from tracehouse.exchange import exchange
from tracehouse.locks import locked
from tracehouse.paths import Home
from tracehouse.warehouse import built_from

MARK = "export.json"  # a folder that holds it is ours to replace
Progress = Callable[[int, int], None]
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class SplitSummary:
    """What stands in the file of one split."""

    conversations: int = 0
    rows: int = 0
    messages: int = 0
    trained: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    bytes: int = 0


@dataclass(slots=True)
class ExportSummary:
    """What an export wrote, and what it left out and why."""

    folder: Path
    options: ExportOptions
    build: dict[str, Any]
    dropped: dict[str, int]  # by the rules of the selection
    splits: dict[str, SplitSummary] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    budget: Budget = field(default_factory=Budget)  # of all rows, where a tokenizer is given
    seconds: float = 0.0


def export(
    home: Home, folder: Path, options: ExportOptions, progress: Progress | None = None
) -> ExportSummary:
    """Exports the selected conversations of the published warehouse as JSON Lines in `folder`.

    Shape: `<split>.jsonl` for each split that has a row, README.md, sft_config.yaml, export.json.
    The same warehouse and options give the same bytes.
    Raises: UsageError (no warehouse, no selection, a folder that is not ours), BusyError.
    """
    if not home.warehouse.exists():
        raise UsageError(f"there is no warehouse in {home.root} yet: run `tracehouse run SOURCE`")
    parquet = built_from(home)
    if parquet is None:
        raise UsageError(
            f"the Parquet that the warehouse was built from is not in {home.root}, and it holds "
            "the text: run `tracehouse run SOURCE` again"
        )
    folder = folder.absolute()
    _check_ours(folder)
    started = time.monotonic()
    with locked(home.root / "finetune.lock", "finetune"), being_read(parquet):
        chosen = selected(home.warehouse, has_failing=options.mask_failing)
        summary = ExportSummary(folder, options, chosen.build, dict(chosen.dropped))
        with _staging(folder) as staged:
            _write_splits(staged, parquet, chosen, summary, progress)
            if not any(split.rows for split in summary.splits.values()):
                raise UsageError(_nothing(summary))
            _write(staged / "README.md", card(summary).encode())
            _write(staged / "sft_config.yaml", config(summary).encode())
            _write(staged / MARK, msgspec.json.format(_encode(_facts(summary)), indent=1) + b"\n")
            _swap(staged, folder)
    summary.seconds = time.monotonic() - started
    return summary


def _nothing(summary: ExportSummary) -> str:
    lost = summary.dropped | dict(summary.left_out)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
    return f"no row is left to export ({reasons or 'no conversation is selected'})"


def _write_splits(
    staged: Path,
    parquet: Path,
    chosen: Selected,
    summary: ExportSummary,
    progress: Progress | None,
) -> None:
    """Streams all conversations into the files of their splits."""
    options = summary.options
    encoder = _token_encoder(options)
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
                progress(done, len(chosen.kept))
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())
    for split, written in list(summary.splits.items()):
        if not written.rows:
            (staged / f"{split}.jsonl").unlink()  # `datasets` does not load an empty file


def _write_conversation(
    conversation: Conversation, file: IO[bytes], summary: ExportSummary, encoder: Any
) -> None:
    split = summary.splits[conversation.head["split"]]
    facts = provenance(conversation, summary.build)
    has_row = False
    try:
        for row in examples(conversation, summary.options):
            written = _encoded(row, summary, split, encoder)
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
        source = facts["provenance"]
        summary.sources[source["source"], source["licence"] or "", source["model"] or ""] += 1


def _encoded(
    row: dict[str, Any], summary: ExportSummary, split: SplitSummary, encoder: Any
) -> dict[str, Any] | None:
    """The row as it is written, and counted; None where it is too long or nothing is left of it."""
    messages = row.get("messages") or row.get("conversations")
    messages = messages or row["prompt"] + row["response"]
    if encoder:
        encoded = encoder.encode(row)
        size, trained = len(encoded.input_ids), encoded.trained
        summary.budget.add(encoded.labels, encoded.turn_ends)
        if summary.options.max_tokens and size > summary.options.max_tokens:
            summary.left_out["longer than --max-tokens"] += 1
            return None
        if not trained:
            summary.left_out["nothing to train"] += 1
            return None
        split.tokens += size
        split.trained_tokens += trained
        if summary.options.format == "tokens":
            row = {"input_ids": encoded.input_ids, "labels": encoded.labels}
    split.messages += len(messages)
    split.trained += sum(message["train"] for message in messages)
    return row


def _token_encoder(options: ExportOptions) -> Any:
    """What tells tokens; None where nobody asks for them."""
    if options.tokenizer is None:
        if options.format == "tokens" or options.max_tokens:
            raise UsageError("tokens are counted with a tokenizer: give --tokenizer FOLDER")
        return None
    from finetune.tokens import Encoder

    return Encoder(options.tokenizer)


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
            "rules_sha256": build["sql_sha256"],
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
        "dropped": summary.dropped,
        "left_out": dict(sorted(summary.left_out.items())),
    }


def _numbers(split: SplitSummary) -> dict[str, int]:
    return {name: getattr(split, name) for name in SplitSummary.__slots__}


def check_splits(splits: tuple[str, ...]) -> tuple[str, ...]:
    """The splits asked for, in their usual order; none is all."""
    if unknown := [name for name in splits if name not in SPLITS]:
        raise UsageError(f"there is no split {unknown[0]}: there are {', '.join(SPLITS)}")
    return tuple(name for name in SPLITS if name in splits) or SPLITS


def _check_ours(folder: Path) -> None:
    """Raises: UsageError where the folder holds something that we did not write."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is no folder: choose another --out")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(
            f"{folder} holds files that `tracehouse finetune` did not write: choose another --out"
        )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`; what stands under its name at the end goes away."""
    for leftover in folder.parent.glob(f".{escape(folder.name)}.new-*"):
        shutil.rmtree(leftover)
    staged = folder.parent / f".{folder.name}.new-{os.getpid()}"
    staged.mkdir(parents=True)
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _swap(staged: Path, folder: Path) -> None:
    """Puts the new folder in the place of the old one, which goes.

    The old one takes the place of the new one, so that a kill at any moment leaves one of them.
    """
    if folder.exists() and exchange(staged, folder):
        return
    old = folder.parent / f".{folder.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        staged.rename(folder)
    except OSError as error:
        if old.exists():
            old.rename(folder)
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
