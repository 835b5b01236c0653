"""What has to be done with each input file: read it, leave it, or note that it is gone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest import generations, inputs, slices
from ingest.generations import FileEntry, Manifest
from ingest.inputs import InputFile, Selection
from ingest.options import DEFAULTS, IngestOptions
from ingest.records import Slice
from ingest.remote import Remote, is_remote, without_secrets
from ingest.secret_rules import table_digest
from tracehouse.errors import UsageError


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line of the summary. status: new, changed, unchanged, vanished or skipped."""

    source: str
    path: str
    status: str
    rows: int = 0
    conversations: int = 0
    rejects: int = 0
    blanks: int = 0
    bytes: int = 0
    note: str = ""

    @property
    def balances(self) -> bool:
        """rows = conversations + rejects + blanks."""
        return self.rows == self.conversations + self.rejects + self.blanks


@dataclass(slots=True)
class Work:
    """The inputs of one ingest, sorted by what has to be done with them."""

    to_read: list[tuple[InputFile, list[Slice], str]] = field(default_factory=list)
    lines: list[FileLine] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    named: dict[str, InputFile | None] = field(default_factory=dict)
    vanished: set[str] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)


def sort(
    sources: Sequence[str], options: IngestOptions, old: Manifest, names: dict[str, str]
) -> Work:
    """Finds the files of all arguments and tells the new and changed from the rest."""
    work = Work()
    left: dict[str, int] = {}
    for argument in sources:
        key = _key(argument)
        if options.source is not None:
            names[key] = options.source
        known = {entry.root for entry in old.files.values()} & {inputs.root(argument)}
        wanted = Selection(
            options.configs,
            options.revision,
            options.format,
            names.get(key, options.source),
            may_be_empty=bool(known),
            limits=options.limits,
        )
        files, skipped = inputs.find(argument, wanted)
        work.lines += [FileLine("", s.path, "skipped", note=s.reason) for s in skipped]
        work.damaged += [f"{s.path}: {s.reason}" for s in skipped if s.is_damaged]
        for file in files:
            _sort_file(work, file, options, old, left)
        _find_vanished(work, {file.root for file in files} | known, files, old)
    # Of two equal ids the later one is renamed: which one is must not hang on the order of arguments.
    work.to_read.sort(key=lambda found: (found[0].source, found[0].path))
    return work


def _sort_file(
    work: Work, file: InputFile, options: IngestOptions, old: Manifest, left: dict[str, int]
) -> None:
    """Puts one file where it belongs; a `limit` is shared by the files of a source, in order.

    Raises: UsageError where another file has the same source and path.
    """
    if (twin := work.named.get(file.file_id)) is not None:
        if _place(twin) != _place(file):
            raise _same_name(file, twin.root)
        return
    limit = None
    if options.limit is not None:
        rest = left.setdefault(file.source, options.limit)
        rows = slices.count_rows(file, rest + 1, options.limits)
        left[file.source] = max(0, rest - rows)
        limit = rest if rest < rows else None
    how = f"limit={limit} model={file.model} redact={options.redact} rules={table_digest()}"
    if options.limits != DEFAULTS:
        how += f" {options.limits}"
    before = old.files.get(file.file_id)
    work.named[file.file_id] = file
    if before is not None and _is_unchanged(before, file, how):
        work.lines.append(summary_line(before, "unchanged"))
        if not before.is_present:
            work.vanished.discard(file.file_id)
        return
    if before is not None:
        if before.root != file.root and before.sha256 != file.sha256:
            raise _same_name(file, before.root)
        work.replaced.add(file.file_id)
    work.to_read.append((file, slices.slices(file, limit, options.limits), how))


def _place(file: InputFile) -> str:
    return str(file.local) if isinstance(file.local, Remote) else os.path.realpath(file.local)


def _is_unchanged(before: FileEntry, file: InputFile, how: str) -> bool:
    """Whether what was read of a file stands. Of a damaged one it does not: it is tried again."""
    return not before.damage and (
        before.sha256,
        before.dataset,
        before.format,
        before.options,
        before.ingest_version,
    ) == (
        file.sha256,
        file.dataset,
        file.format,
        how,
        generations.INGEST_VERSION,
    )


def _key(argument: str) -> str:
    """The argument as it is remembered, wherever it is named from."""
    if is_remote(argument):
        return without_secrets(argument)
    if not argument.startswith("hf://"):
        return os.path.realpath(argument)
    from ingest.hub import local_folder

    folder = local_folder(argument)
    return argument if folder is None else f"hf://{folder}"


def _same_name(file: InputFile, other: str) -> UsageError:
    return UsageError(
        f"the source {file.source!r} has a file {file.path} already, from {other}: "
        f"name the one from {file.root} with --source NAME"
    )


def _find_vanished(work: Work, roots: set[str], files: list[InputFile], old: Manifest) -> None:
    """Files that the same argument held before: their rows stay.

    A file that is there under a new source has got another name: its old rows go.
    """
    present = {file.file_id for file in files}
    places = {(file.root, file.path) for file in files}
    for entry in old.files.values():
        if entry.root not in roots or entry.file_id in present:
            continue
        if (entry.root, entry.path) in places:
            work.replaced.add(entry.file_id)
            note = "its rows are under the new source"
            work.lines.append(FileLine(entry.source, entry.path, "renamed", note=note))
        else:
            work.named[entry.file_id] = None
            work.vanished.add(entry.file_id)
            work.lines.append(summary_line(entry, "vanished", "its rows stay"))


def summary_line(entry: FileEntry, status: str, note: str = "") -> FileLine:
    return FileLine(
        entry.source,
        entry.path,
        status,
        entry.row_count,
        entry.conversation_count,
        entry.reject_count,
        entry.blank_count,
        entry.bytes,
        note,
    )
