"""Writes the rows of an export into a folder of their own, which takes the old one's place when whole."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from finetune import estimate
from finetune.budget import Budget, Run, table
from finetune.card import card, config
from finetune.conversation import Conversation
from finetune.examples import ROLES, Example, LeftOut, examples
from finetune.options import SPLITS, ExportOptions
from finetune.source import Selected, conversations, selected
from ingest.generations import being_read
from tracehouse.errors import StorageError, UsageError
from tracehouse.locks import locked
from tracehouse.paths import Home
from tracehouse.warehouse import built_from

_NO_REASONING = (
    "no selected conversation has captured reasoning, so no turn is trained: "
    "--missing-reasoning keep trains turns without it"
)
_NO_THOUGHT = (
    "the rule little_reasoning drops what has no thought: without it, set the variable "
    "finetune_min_thoughts to 0 (docs/finetune.md) and give --missing-reasoning keep"
)
MARK = "export.json"  # a folder that holds it is ours to replace
Progress = Callable[[int, int], None]
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class SplitSummary:
    """What stands in the file of one split; tokens are an estimate where the summary's are."""

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
    settings: Mapping[str, str]  # the variables of these rules
    splits: dict[str, SplitSummary] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)  # within what is exported
    answers: int = 0  # assistant turns of what is selected
    reasoned: int = 0  # those of which the reasoning was captured
    sources: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    budget: Budget = field(default_factory=Budget)  # of all rows, before --max-tokens
    rates: Mapping[str, int] = field(default_factory=dict)  # what tokens are estimated by
    seconds: float = 0.0

    @property
    def is_estimate(self) -> bool:
        """Tokens are estimated from characters, for no tokenizer is there to count them."""
        return self.options.tokenizer is None

    @property
    def hints(self) -> list[str]:
        """What a person would want to know of how the options meet the data."""
        options = self.options
        is_asked = options.reasoning != "none" and options.missing_reasoning != "keep"
        if is_asked and self.answers and not self.reasoned:
            return [_NO_REASONING]
        return []


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
        summary = _summary(folder, options, chosen)
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


def _summary(folder: Path, options: ExportOptions, chosen: Selected) -> ExportSummary:
    """The summary of an export that has not begun."""
    summary = ExportSummary(folder, options, chosen.build, dict(chosen.dropped), chosen.settings)
    if summary.is_estimate:
        summary.budget, summary.rates = Budget(estimate.UNIT), chosen.rates
    return summary


def _nothing(summary: ExportSummary) -> str:
    lost = summary.dropped | dict(summary.left_out)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
    hints = summary.hints
    if not summary.answers and summary.dropped.get("little_reasoning"):
        hints = [_NO_THOUGHT]
    said = "".join(f"\n{hint}" for hint in hints)
    return f"no row is left to export ({reasons or 'no conversation is selected'}){said}"


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
        summary.left_out[f"longer than --max-tokens{_by_estimate(summary)}"] += 1
        return None
    if not trained:
        summary.left_out["nothing to train"] += 1
        return None
    split.tokens += size
    split.trained_tokens += trained
    messages = example.row.get("messages") or example.row.get("conversations")
    messages = messages or example.row["prompt"] + example.row["response"]
    split.messages += len(messages)
    split.trained += sum(message["train"] for message in messages)
    return row


def _by_estimate(summary: ExportSummary) -> str:
    return " by an estimate" if summary.is_estimate else ""


def _token_encoder(options: ExportOptions) -> Any:
    """What tells tokens; None where nobody asks for them."""
    if options.tokenizer is None:
        if options.format == "tokens":
            raise UsageError("the format tokens is made with a tokenizer: give --tokenizer FOLDER")
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
    """A new folder beside `folder`, which goes away unless it is renamed.

    What a killed export left is put right: the export before has its place again.
    """
    if (old := _old(folder)).exists() and not folder.exists():
        old.rename(folder)
    for leftover in folder.parent.glob(f".{folder.name}.new-*"):
        shutil.rmtree(leftover)
    staged = folder.parent / f".{folder.name}.new-{os.getpid()}"
    staged.mkdir(parents=True)
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _old(folder: Path) -> Path:
    """Where the folder is while another takes its place."""
    return folder.parent / f".{folder.name}.old"


def _swap(staged: Path, folder: Path) -> None:
    """Puts the new folder in the place of the old one, which goes.

    Two renames: killed between them, there is no folder until the next export, which finds the
    old one beside it.
    """
    old = _old(folder)
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
