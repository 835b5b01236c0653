"""ingest and forget: from SOURCE arguments to a new generation of the Parquet folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from ingest import generations, workers
from ingest.changes import FileLine, Work, sort, summary_line
from ingest.flatten import suffixed
from ingest.generations import FileEntry, Manifest, PartEntry, Store
from ingest.inputs import LOCK, InputFile, is_changed
from ingest.options import IngestOptions as IngestOptions
from ingest.part import FileCount, PartPlan, PartResult, write_part
from tracehouse.errors import UsageError
from tracehouse.locks import locked

Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did. `parquet` is the generation, which holds all that was ever ingested;
    `file_ids` are the files of exactly the sources that were named. `bytes` were read, 0 where a
    limit leaves open how many. `damaged`: files that could not be read to their end, and why.
    """

    files: list[FileLine]
    parquet: Path
    file_ids: frozenset[str]
    damaged: list[str]
    conversations: int
    bytes: int
    seconds: float

    @property
    def balances(self) -> bool:
        """Nothing is lost and nothing is doubled, in any file."""
        return all(line.balances for line in self.files)


@dataclass(frozen=True, slots=True)
class ForgetSummary:
    """What was removed."""

    files: int
    conversations: int


def ingest(
    sources: Sequence[str],
    home: Path,
    options: IngestOptions | None = None,
    progress: Progress | None = None,
) -> IngestSummary:
    """Reads what is new or changed in the sources; what is unchanged is reused.

    Raises: UsageError (nothing to read, unknown shape), BusyError (another ingest runs),
    StorageError (a file cannot be read or written).
    """
    options = options or IngestOptions()
    started = time.monotonic()
    store = Store(home)
    with locked(home / LOCK, "ingest"):
        old = Manifest() if options.fresh else store.manifest()
        names = dict(old.names)
        work = sort(sources, options, old, names)
        plans = workers.plan(work.to_read)
        with store.staging() as staged:
            results = _write(plans, staged, home, options, progress)
            _find_changed(work)
            manifest = _merge(store, staged, old, work, plans, results)
            manifest.names = names
            if not _is_same(old, manifest):
                store.publish(staged, manifest)
        if options.fresh:
            store.drop_old(kept=1)
    read = [manifest.files[file.file_id] for file, _, _ in work.to_read]
    lines = work.lines + [_line(entry, old) for entry in read]
    lines.sort(key=lambda line: (line.status == "skipped", line.source, line.path))
    return IngestSummary(
        lines,
        store.link.resolve(),
        frozenset(work.named),
        work.damaged + [f"{f.path}: {f.damage}" for f in read if f.damage],
        sum(len(result.ids) for result in results),
        sum(file.bytes for file, _, _ in work.to_read) if options.limit is None else 0,
        time.monotonic() - started,
    )


def forget(source: str, home: Path) -> ForgetSummary:
    """Removes all rows of a source from the Parquet folder.

    Raises: UsageError where there is no such source, naming those that exist.
    """
    store = Store(home)
    if not store.link.exists():
        raise UsageError(f"there is no source {source!r}; nothing is ingested in {home}")
    with locked(home / LOCK, "forget"):
        old = store.manifest()
        gone = {f.file_id for f in old.files.values() if f.source == source}
        if not gone:
            known = ", ".join(sorted({f.source for f in old.files.values()})) or "none"
            raise UsageError(f"there is no source {source!r}; ingested are: {known}")
        work = Work(replaced=gone)
        with store.staging() as staged:
            manifest = _merge(store, staged, old, work, [], [])
            manifest.names = {k: v for k, v in old.names.items() if v != source}
            store.publish(staged, manifest)
        store.drop_selections()
        store.drop_old(kept=1)
    removed = [old.files[file_id] for file_id in gone]
    return ForgetSummary(len(removed), sum(f.conversation_count for f in removed))


def selection(home: Path, file_ids: Collection[str]) -> Path:
    """The folder to build from: the current generation, or a copy with only the files named.

    A copy costs hard links, and a rewrite of the parts that other files share. The next one
    replaces it.
    """
    store = Store(home)
    with locked(home / LOCK, "ingest"):
        manifest = store.manifest()
        others = manifest.files.keys() - set(file_ids)
        if not others:
            return store.link.resolve()
        with store.staging() as staged:
            selected = _merge(store, staged, manifest, Work(replaced=set(others)), [], [])
            return store.keep_selection(staged, selected)


def _write(
    plans: list[PartPlan],
    staged: Path,
    home: Path,
    options: IngestOptions,
    progress: Progress | None,
) -> list[PartResult]:
    """Writes the parts, here or on Spark; the results in the order of the plans."""
    rejects = home / "rejects"
    if options.spark is None:
        count = workers.worker_count(plans, options.workers)
        results = workers.results(plans, staged, rejects, count)
    else:
        from ingest import spark

        results = spark.results(plans, staged, rejects, options.spark, home / "spark")
    total = sum(part.weight for part in plans)
    finished: dict[str, PartResult] = {}
    conversations = weight = 0
    for part, result in results:
        finished[part.name] = result
        conversations += len(result.ids)
        weight += part.weight
        if progress is not None:
            progress(conversations, weight, total)
    return [finished[part.name] for part in plans]


def _merge(
    store: Store,
    staged: Path,
    old: Manifest,
    work: Work,
    plans: list[PartPlan],
    results: list[PartResult],
) -> Manifest:
    """The manifest of what stays and what is new; puts the files of both into `staged`."""
    manifest = Manifest()
    current = store.link.resolve()
    definitions = generations.read_definitions(current) if old.parts else []
    for name, entry in old.parts.items():
        if not entry.file_ids:  # the part without rows of an empty home
            continue
        if work.replaced.isdisjoint(entry.file_ids):
            generations.link_part(current, staged, name)
            manifest.parts[name] = entry
        elif kept := generations.without_files(current, staged, name, entry, work.replaced):
            manifest.parts[kept[0]] = kept[1]
    taken = _taken_ids(staged, manifest) if results else set()
    for part, result in zip(plans, results, strict=True):
        tables = result.tables
        renames = _renames(result, taken)
        if renames:
            tables = generations.rename_ids(staged, part.name, renames)
        toolsets = sorted({row[0] for row in result.definitions})
        manifest.parts[part.name] = PartEntry(tables, sorted(part.origins), toolsets)
        definitions += result.definitions
    manifest.files = _files(old, work, results)
    if not manifest.parts:
        _write_empty_part(staged, manifest)
    generations.write_small_tables(staged, manifest, definitions)
    return manifest


def _taken_ids(staged: Path, manifest: Manifest) -> set[str]:
    """The conversation ids of the parts that stay."""
    taken: set[str] = set()
    for name in manifest.parts:
        path = staged / "conversations" / f"{name}.parquet"
        taken.update(pq.read_table(path, columns=["conversation_id"])[0].to_pylist())
    return taken


def _renames(result: PartResult, taken: set[str]) -> dict[str, str]:
    """New ids for those of a part that are taken already; adds all of its ids to `taken`."""
    renames = {
        found: suffixed(found, *place) for found, place in result.ids.items() if found in taken
    }
    taken.update(renames.get(found, found) for found in result.ids)
    return renames


def _files(old: Manifest, work: Work, results: list[PartResult]) -> dict[str, FileEntry]:
    """Entries of all files that have rows, or had some."""
    files = {file_id: entry for file_id, entry in old.files.items() if file_id not in work.replaced}
    for file_id in work.named.keys() & files.keys():
        is_present = file_id not in work.vanished
        files[file_id] = _with_presence(files[file_id], is_present)
    counts: dict[str, FileCount] = {}
    for result in results:
        for file_id, count in result.counts.items():
            total = counts.setdefault(file_id, FileCount())
            total.rows += count.rows
            total.conversations += count.conversations
            total.rejects += count.rejects
            total.blanks += count.blanks
            total.damage = total.damage or count.damage
    for file, _, how in work.to_read:
        count = counts.get(file.file_id, FileCount())
        if file.file_id in work.changed:
            count.damage = count.damage or "it was changed while it was read: ingest it again"
        files[file.file_id] = _entry(file, how, count)
    return files


def _find_changed(work: Work) -> None:
    """Notes the files that somebody wrote over while they were read; they are read again next time."""
    work.changed |= {file.file_id for file, _, _ in work.to_read if is_changed(file)}


def _with_presence(entry: FileEntry, is_present: bool) -> FileEntry:
    return msgspec.structs.replace(entry, is_present=is_present)


def _entry(file: InputFile, how: str, count: FileCount) -> FileEntry:
    return FileEntry(
        file_id=file.file_id,
        source=file.source,
        dataset=file.dataset,
        path=file.path,
        sha256=file.sha256,
        format=file.format,
        bytes=file.bytes,
        row_count=count.rows,
        conversation_count=count.conversations,
        reject_count=count.rejects,
        blank_count=count.blanks,
        root=file.root,
        options=how,
        url=file.url,
        revision=file.revision,
        licence=file.licence,
        damage=count.damage,
    )


def _write_empty_part(staged: Path, manifest: Manifest) -> None:
    """A part without rows: each table always has a file."""
    empty = PartPlan("empty", (), {}, {})
    result = write_part(empty, staged, staged)
    manifest.parts["empty"] = PartEntry(result.tables, [], [])


def _is_same(old: Manifest, new: Manifest) -> bool:
    """Whether a new generation would hold what the current one holds."""
    return bool(old.parts) and (old.files, old.parts, old.names) == (
        new.files,
        new.parts,
        new.names,
    )


def _line(entry: FileEntry, old: Manifest) -> FileLine:
    return summary_line(entry, "changed" if entry.file_id in old.files else "new")
