"""The Parquet folder: generations of parts, one of which `parquet` points to.

A generation is never changed. A new one links the parts that stay (hard links), holds the parts
that are new, and appears at once when the symlink is swapped: readers never see half an ingest.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest import schema
from ingest.columns import array
from ingest.flatten import ROW_TABLES
from ingest.part import TableFile, open_writer, written
from ingest.secrets import scanner
from tracehouse.errors import StorageError

INGEST_VERSION = "6"  # goes up with every change of what is written: files are then read again
MANIFEST_HASH = "manifest.sha256"  # of the manifest, which holds the hashes of all other files
_GENERATION, _SELECTION = re.compile(r"g[0-9]{6}"), re.compile(r"s[0-9a-f]{12}")
_REJECT = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+")  # the second: what a killed run left
_KEPT = 2  # generations that stay, so that a reader that just looked up the names can finish
_NAMES = ("source", "dataset", "path", "url")  # of a file: they may hold anything
_FILES = ("files", "tool_definitions")  # small tables with one file in each generation


class FileEntry(msgspec.Struct, frozen=True):
    """What is known of one input file; the columns of the files table, and how it was read."""

    file_id: str
    source: str
    dataset: str
    path: str
    sha256: str
    format: str
    bytes: int
    row_count: int
    conversation_count: int
    reject_count: int
    blank_count: int
    root: str
    options: str
    url: str | None = None
    revision: str | None = None
    licence: str | None = None
    is_present: bool = True
    ingest_version: str = INGEST_VERSION
    redacted: str | None = None  # what was taken out of the text
    damage: str = ""  # why a part of it could not be read


class PartEntry(msgspec.Struct, frozen=True):
    """One part: its file per table, the input files in it, the toolsets its rows refer to."""

    tables: dict[str, TableFile]
    file_ids: list[str]
    toolset_ids: list[str]


class Manifest(msgspec.Struct):
    """Everything about a generation, in the order of the keys; `manifest.json` in its folder."""

    files: dict[str, FileEntry] = {}
    parts: dict[str, PartEntry] = {}
    small: dict[str, TableFile] = {}
    names: dict[str, str] = {}
    schema_version: str = schema.SCHEMA_VERSION
    content: str = ""


class Store:
    """The generations of one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.link = home / "parquet"
        self.folder = home / "generations"

    def manifest(self) -> Manifest:
        """The manifest of the current generation; an empty one where there is none."""
        path = self.link / "manifest.json"
        return read_manifest(path) if path.exists() else Manifest()

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A new folder, which goes away unless `publish` makes it the current generation."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in [*self.folder.glob(".new-*"), *self.folder.glob(".old-*")]:
            shutil.rmtree(leftover)
        folder = self.folder / f".new-{os.getpid()}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, staged: Path, manifest: Manifest) -> Path:
        """Makes the staged folder the current generation; returns where it now is."""
        write_manifest(staged, manifest)
        # One that lost its manifest is not ours to drop, and still has its number.
        names = [path.name for path in self.folder.glob("g*") if _GENERATION.fullmatch(path.name)]
        target = self.folder / f"g{int(max(names, default='g0')[1:]) + 1:06d}"
        staged.rename(target)
        _sync(self.folder)
        temporary = self.home / ".parquet.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target.relative_to(self.home))
        temporary.replace(self.link)
        _sync(self.home)
        self.drop_old(_KEPT)
        return target

    def drop_old(self, kept: int) -> None:
        """Removes all generations but the newest, and the raw bytes of rejects that are in none that stays."""
        for number in sorted(self._numbers())[:-kept]:
            _drop(self.folder / f"g{number:06d}")
        kept_folders = [*self._ours(_GENERATION), *self._ours(_SELECTION)]
        wanted = {sha256 for folder in kept_folders for sha256 in reject_hashes(folder)}
        for path in (self.home / "rejects").glob("*"):
            if _REJECT.fullmatch(path.name) and path.is_file() and path.name not in wanted:
                path.unlink()

    def _numbers(self) -> list[int]:
        return [int(path.name[1:]) for path in self._ours(_GENERATION)]

    def _ours(self, name: re.Pattern[str]) -> list[Path]:
        """Folders that we made: a person may keep others of a like name beside them."""
        return [
            path
            for path in self.folder.glob("*")
            if name.fullmatch(path.name) and (path / "manifest.json").is_file()
        ]

    def keep_selection(self, staged: Path, manifest: Manifest) -> Path:
        """Makes the staged folder the selection of some sources; an older selection goes."""
        write_manifest(staged, manifest)
        target = self.folder / f"s{manifest.content[:12]}"
        self.drop_selections()
        if target.exists():  # somebody reads it, and it is the same
            return target
        staged.rename(target)
        return target

    def drop_selections(self) -> None:
        """Removes what `keep_selection` kept."""
        for old in self._ours(_SELECTION):
            _drop(old)


@contextmanager
def being_read(folder: Path) -> Iterator[None]:
    """Keeps a generation or selection from being dropped while the block runs."""
    with (folder / "manifest.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _drop(folder: Path) -> None:
    """Removes a generation or selection, unless it is being read: the next to drop one takes it."""
    with (folder / "manifest.json").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # A kill half-way would leave a folder without a manifest, which nobody knows for ours.
        shutil.rmtree(folder.rename(folder.with_name(f".old-{folder.name}")))


def read_manifest(path: Path) -> Manifest:
    """The manifest in the file at `path`.

    Raises: StorageError where it is damaged.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise StorageError(
            f"{path} is damaged ({error}): ingest the sources again with --fresh"
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest with its `content`: a hash of the input files and how they were read."""
    facts = sorted(
        (f.source, f.path, f.sha256, f.options, f.format, f.is_present, f.ingest_version)
        for f in manifest.files.values()
    )
    manifest.content = hashlib.sha256(msgspec.json.encode(facts)).hexdigest()
    encoded = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1) + b"\n"
    digest = hashlib.sha256(encoded).hexdigest().encode()
    for name, text in (("manifest.json", encoded), (MANIFEST_HASH, digest + b"\n")):
        with (folder / name).open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)


def _sync(folder: Path) -> None:
    """Waits until the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reject_hashes(parquet: Path) -> Iterator[str]:
    """The names of the raw bytes that the rejects table refers to."""
    for path in (parquet / "rejects").glob("*.parquet"):
        yield from pq.read_table(path, columns=["sha256"])[0].to_pylist()


def link_part(source: Path, target: Path, name: str) -> None:
    """Hard links one part's files from one generation folder into another."""
    for table in ROW_TABLES:
        (target / table).mkdir(exist_ok=True)
        os.link(source / table / f"{name}.parquet", target / table / f"{name}.parquet")


def without_files(
    source: Path, target: Path, name: str, entry: PartEntry, gone: set[str]
) -> tuple[str, PartEntry] | None:
    """Writes a part without the rows of some files; None when nothing is left of it."""
    left = [file_id for file_id in entry.file_ids if file_id not in gone]
    if not left:
        return None
    table = pq.read_table(
        source / "conversations" / f"{name}.parquet",
        columns=["conversation_id", "file_id", "toolset_id"],
    )
    files = array(sorted(gone), pa.string())
    is_gone = pc.is_in(table["file_id"], files)
    ids = table.filter(is_gone)["conversation_id"].combine_chunks()
    toolsets = pc.unique(table.filter(pc.invert(is_gone))["toolset_id"]).to_pylist()

    def keep(rows: pa.Table) -> pa.Table:
        column, values = ("file_id", files) if "file_id" in rows.column_names else (
            "conversation_id", ids)  # fmt: skip
        return rows.filter(pc.invert(pc.is_in(rows[column], values)))

    new = hashlib.sha256(f"{name} without {sorted(gone)}".encode()).hexdigest()[:16]
    tables = {t: _rewrite(t, source / t / f"{name}.parquet", target, new, keep) for t in ROW_TABLES}
    return new, PartEntry(tables, left, sorted(filter(None, toolsets)))


def rename_ids(folder: Path, name: str, renames: dict[str, str]) -> dict[str, TableFile]:
    """Replaces conversation ids in one part, in place; each old id stands for one conversation."""
    old, new = (array(list(ids), pa.string()) for ids in (renames, renames.values()))

    def rename(rows: pa.Table) -> pa.Table:
        if "conversation_id" not in rows.column_names:
            return rows
        ids = rows["conversation_id"].combine_chunks()
        found = pc.take(new, pc.index_in(ids, old))
        position = rows.column_names.index("conversation_id")
        return rows.set_column(position, rows.schema.field(position), pc.coalesce(found, ids))

    tables: dict[str, TableFile] = {}
    for table in ROW_TABLES:
        path = folder / table / f"{name}.parquet"
        tables[table] = _rewrite(table, path, folder, f".{name}", rename)
        (folder / table / f".{name}.parquet").replace(path)
    return tables


def _rewrite(
    table: str, source: Path, target: Path, name: str, change: Callable[[pa.Table], pa.Table]
) -> TableFile:
    """Writes `source` anew, row group by row group, with `change` applied."""
    (target / table).mkdir(exist_ok=True)
    path, count = target / table / f"{name}.parquet", 0
    with (
        pq.ParquetFile(source) as file,
        open_writer(schema.BY_NAME[table], path) as writer,
    ):
        for group in range(file.num_row_groups):
            rows = change(file.read_row_group(group)).cast(schema.BY_NAME[table].arrow)
            if rows.num_rows:
                writer.write_table(rows, row_group_size=rows.num_rows)
                count += rows.num_rows
    return written(path, count)


def write_small_tables(
    folder: Path, manifest: Manifest, definitions: Iterable[tuple[Any, ...]]
) -> None:
    """Writes the files table, and the tool definitions that the parts refer to."""
    used = {toolset for part in manifest.parts.values() for toolset in part.toolset_ids}
    rows = {row[:2]: row for row in definitions if row[0] in used}
    names = [column.name for column in schema.FILES.columns]
    entries = [_redacted(f) for f in manifest.files.values()]
    entries.sort(key=lambda f: (f.source, f.path))
    tables = {
        "files": [tuple(getattr(entry, name) for name in names) for entry in entries],
        "tool_definitions": [rows[key] for key in sorted(rows)],
    }
    for name, values in tables.items():
        table = schema.BY_NAME[name]
        (folder / name).mkdir(exist_ok=True)
        path = folder / name / f"{name}.parquet"
        columns = list(zip(*values, strict=True)) or [()] * len(table.columns)
        arrays = [array(c, f.type) for c, f in zip(columns, table.arrow, strict=True)]
        with open_writer(table, path) as writer:
            writer.write_table(pa.Table.from_arrays(arrays, schema=table.arrow))
        manifest.small[name] = written(path, len(values))


def _redacted(file: FileEntry) -> FileEntry:
    """The file as the table names it, which is what people see and pass on: without a secret.

    The manifest needs the names as they are, to know the file again.
    """
    scan = scanner(is_personal=file.redacted == "personal")
    names = {name: scan.value_without(getattr(file, name)) for name in _NAMES}
    return msgspec.structs.replace(file, **names)


def read_definitions(folder: Path) -> list[tuple[Any, ...]]:
    """The rows of a generation's tool definitions."""
    path = folder / "tool_definitions" / "tool_definitions.parquet"
    if not path.exists():
        return []
    columns = pq.read_table(path).to_pydict().values()
    return list(zip(*columns, strict=True))
