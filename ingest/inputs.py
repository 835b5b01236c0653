"""SOURCE arguments → input files: which files are meant, what they are called."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath

from ingest.contents import NOT_READ, NOT_WHOLE, format_of, layout_of
from ingest.formats import FORMATS
from ingest.options import DEFAULTS, Limits
from ingest.packed import BUFFER, PACKED, READ_ERRORS, open_raw, size_of
from ingest.remote import Remote, folder_name, is_remote, without_secrets
from ingest.remote import files as remote_files
from tracehouse.errors import StorageError, UsageError

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".traj", ".eval")
_OTHER = "not a .parquet, .jsonl, .ndjson, .json, .traj or .eval file"
_OURS = {"dbt", "generations", "parquet", "rejects", "site", "sites", "spark", "warehouse"}
LOCK = "ingest.lock"  # what a home of ours holds from its first ingest on


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. It is known by (source, path), its version is its sha256.

    `root` is the SOURCE argument it was reached by, `path` is relative to that; `layout` is
    parquet, jsonl, json or eval.
    """

    local: Path | Remote
    root: str
    path: str
    source: str
    dataset: str
    model: str | None = None
    url: str | None = None
    revision: str | None = None
    licence: str | None = None
    layout: str = ""
    format: str = ""
    sha256: str = ""
    bytes: int = 0
    modified: int = 0  # when, in nanoseconds

    @property
    def file_id(self) -> str:
        """Hash of source and path: the same file keeps its id when its content changes."""
        return hashlib.sha256(f"{self.source}\0{self.path}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder or glob that is not read, and why."""

    path: str
    reason: str
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What the files are taken from, and how they are to be named and read."""

    configs: tuple[str, ...] = ()
    revision: str | None = None
    format: str | None = None
    source: str | None = None
    may_be_empty: bool = False  # all files that were there before may be gone
    limits: Limits = DEFAULTS


def root(argument: str) -> str:
    """What files of an argument that is none of the hub have as their `root`."""
    if is_remote(argument):
        return without_secrets(argument)
    if os.path.lexists(argument) or not glob.has_magic(argument):
        return os.path.realpath(argument)
    return str(_fixed_part(argument).resolve() / argument)


def shown(argument: str) -> str:
    """A SOURCE argument as it may stand in a message."""
    return without_secrets(argument) if is_remote(argument) else argument


def find(argument: str, wanted: Selection) -> tuple[list[InputFile], list[Skipped]]:
    """The files that one SOURCE argument means, with layout, format, size and hash, by path.

    Raises: UsageError where nothing is found, or a file named explicitly has an unknown shape;
    StorageError where a file cannot be read.
    """
    if wanted.format is not None and wanted.format not in FORMATS:
        raise UsageError(f"unknown format {wanted.format!r}; there are: {', '.join(FORMATS)}")
    candidates: list[InputFile | Skipped]
    if argument.startswith("hf://"):
        candidates, is_explicit = list(_hub(argument, wanted)), False
    else:
        if wanted.configs or wanted.revision:
            raise UsageError(
                f"--config and --revision go with hf:// sources, not {shown(argument)}"
            )
        find_files = _remote if is_remote(argument) else _local
        candidates, is_explicit = find_files(argument, wanted.source)
    seen = [
        _inspect(candidate, wanted, is_explicit) if isinstance(candidate, InputFile) else candidate
        for candidate in candidates
    ]
    files = sorted((f for f in seen if isinstance(f, InputFile)), key=lambda f: (f.source, f.path))
    skipped = sorted((s for s in seen if isinstance(s, Skipped)), key=lambda s: s.path)
    if not files and not wanted.may_be_empty:
        found = "".join(f"\n  {s.path}: {s.reason}" for s in skipped[:5]) or " there are no files"
        more = f"\n  … and {len(skipped) - 5:,} more" if len(skipped) > 5 else ""
        raise UsageError(f"nothing to read in {shown(argument)}:{found}{more}\n{readable()}")
    return files, skipped


def readable() -> str:
    """What can be read, by the names that `--format` takes."""
    return "What is read:" + "".join(f"\n  {f.name}: {f.looks_for}" for f in FORMATS.values())


def _hub(argument: str, wanted: Selection) -> Iterator[InputFile | Skipped]:
    """Data files of a dataset, downloaded where they can be read at all.

    The config is the source and the model, unless it is the one of a dataset that declares none.
    """
    from ingest.hub import DEFAULT, resolve

    for file in resolve(argument, wanted.configs, wanted.revision):
        if not _is_readable(Path(file.name)):
            yield Skipped(file.name, _OTHER)
            continue
        is_named = file.config != DEFAULT
        yield InputFile(
            local=file.fetch(),
            root=file.root,
            path=file.name,
            source=wanted.source or (file.config if is_named else file.dataset.split("/")[-1]),
            dataset=file.dataset,
            model=file.config if is_named else None,
            url=file.url,
            revision=file.revision,
            licence=file.licence,
        )


def _local(argument: str, source: str | None) -> tuple[list[InputFile | Skipped], bool]:
    """Files of a path or glob, and whether the argument names one file.

    In a folder, hidden files and folders are skipped, the latter as one; a glob has to spell their dot.
    """
    path = Path(argument)
    if not argument:
        raise UsageError("a SOURCE is empty: name a file, a folder or a glob")
    if path.is_file():
        name = source or _stem(path)
        return [_input(path, root(argument), path.name, name, _stem(path))], True
    closed: list[OSError] = []
    if path.is_dir():
        folder, paths = path, sorted(_walk(path, closed))
    elif glob.has_magic(argument):
        folder = _fixed_part(argument)
        paths = sorted(Path(p) for p in glob.glob(argument, recursive=True) if Path(p).is_file())
    else:
        raise UsageError(_neither(argument))
    files: list[InputFile | Skipped] = [_closed(error, folder) for error in closed]
    hidden: dict[str, Skipped] = {}
    for found in paths:
        relative = found.relative_to(folder)
        if path.is_dir() and (place := _hidden(relative)):
            hidden[place] = Skipped(place, "hidden; it is read when named itself")
            continue
        name = source or found.parent.resolve().name
        files.append(
            _input(found, root(argument), relative.as_posix(), name, folder.resolve().name)
        )
    return [*files, *hidden.values()], False


def _remote(argument: str, source: str | None) -> tuple[list[InputFile | Skipped], bool]:
    """Files at or below an address, and whether it names one file."""
    is_file, files = remote_files(argument)
    if is_file:
        file, path = files[0]
        return [InputFile(file, root(argument), path, source or _stem(file), _stem(file))], True
    name = folder_name(argument)
    found: list[InputFile | Skipped] = []
    hidden: dict[str, Skipped] = {}
    for file, path in files:
        if place := _hidden(PurePosixPath(path)):
            hidden[place] = Skipped(place, "hidden; it is read when named itself")
            continue
        parent = PurePosixPath(path).parent.name or name
        found.append(InputFile(file, root(argument), path, source or parent, name))
    return [*found, *hidden.values()], False


def _input(local: Path, root: str, path: str, source: str, dataset: str) -> InputFile:
    """The file with names that can be written; those of a disk need not be UTF-8."""
    return InputFile(local, _safe(root), _safe(path), _safe(source), _safe(dataset))


def _safe(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _neither(argument: str) -> str:
    """Why an argument that is neither file nor folder cannot be read."""
    if Path(argument).exists():
        return f"{argument} is a device or a pipe: write what it gives to a file first"
    if Path(argument).is_symlink():
        return f"{argument} is a link that leads nowhere"
    return f"there is no file or folder {argument}"


def _closed(error: OSError, folder: Path) -> Skipped:
    """A folder whose files cannot even be listed."""
    place = os.path.relpath(error.filename, folder)
    return Skipped(f"{_safe(place)}/", f"cannot be read: {error.strerror}", is_damaged=True)


def _walk(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    """All files below a folder, but those of a home of ours: they are what was made of traces.

    What cannot be opened is added to `closed`.
    """
    for place, folders, files in os.walk(folder, onerror=closed.append):
        if LOCK in files:
            folders[:] = [name for name in folders if name not in _OURS]
        linked = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name) for name in [*files, *linked])


def _hidden(path: PurePath) -> str | None:
    """The file or the outermost folder on the path whose name begins with a dot."""
    for depth, step in enumerate(path.parts, start=1):
        if step.startswith("."):
            return "/".join(path.parts[:depth]) + ("/" if depth < len(path.parts) else "")
    return None


def _fixed_part(pattern: str) -> Path:
    """The folder that a glob starts from."""
    steps = []
    for step in Path(pattern).parts:
        if glob.has_magic(step):
            break
        steps.append(step)
    return Path(*steps) if steps else Path()


def _stem(path: Path | Remote) -> str:
    """The file's name without the endings that say what it is."""
    name = path.name
    for suffix in (*PACKED, *SUFFIXES):
        name = name.removesuffix(suffix)
    return name or path.name


def _is_readable(path: PurePath | Remote) -> bool:
    """Whether the file's name says that it may hold records."""
    suffixes = [s for s in path.suffixes if s not in PACKED]
    return bool(suffixes) and suffixes[-1] in SUFFIXES


def _inspect(file: InputFile, wanted: Selection, is_explicit: bool) -> InputFile | Skipped:
    """The file with what is in it; or why it is skipped."""
    if isinstance(file.local, Path) and file.local.is_dir():
        return Skipped(file.path, "a link to a folder; it is read when named itself")
    if isinstance(file.local, Path) and not file.local.is_file():
        return Skipped(file.path, "no file, or a link that leads nowhere")
    if not is_explicit and not _is_readable(file.local):
        return Skipped(file.path, _OTHER)
    try:
        size, modified = size_of(file.local), modified_at(file.local)
        layout = layout_of(file.local, wanted.limits)
        name, reason = format_of(file.local, layout, wanted.format, wanted.limits)
        if name is None:
            if is_explicit:
                raise UsageError(f"{file.local}: {reason}\n{readable()}")
            return Skipped(file.path, reason, is_damaged=reason.startswith((NOT_WHOLE, NOT_READ)))
        return replace(
            file,
            layout=layout,
            format=name,
            bytes=size,
            modified=modified,
            sha256=_sha256(file.local, size),
        )
    except READ_ERRORS as error:
        if is_explicit:
            raise StorageError(f"{file.local} cannot be read: {error}") from None
        return Skipped(file.path, f"cannot be read: {error}", is_damaged=True)


def modified_at(path: Path | Remote) -> int:
    """When the file was last changed, in nanoseconds; 0 of one by address, which is not asked."""
    return 0 if isinstance(path, Remote) else path.stat().st_mtime_ns


def is_changed(file: InputFile) -> bool:
    """Whether the bytes that were read of the file are others by now; that it grew does not count.

    Where it vanished, what was read of it before stands. One by address is not looked at again: it
    would have to be fetched whole.
    """
    if isinstance(file.local, Remote):
        return False
    try:
        if (size_of(file.local), modified_at(file.local)) == (file.bytes, file.modified):
            return False
        return _sha256(file.local, file.bytes) != file.sha256
    except OSError:
        return False


def _sha256(path: Path | Remote, size: int) -> str:
    """The hash of the first `size` bytes: a log may grow while it is read."""
    digest, left = hashlib.sha256(), size
    with open_raw(path) as file:
        while left and (piece := file.read(min(left, BUFFER))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
