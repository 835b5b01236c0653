"""Tools that work on files: read_file, write_file, patch, search_files."""

from __future__ import annotations

import difflib
import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from data.recorder.script import Arguments, Json
from data.recorder.workspace import Workspace

HIDDEN = {".git", "__pycache__"}
PAGE_LINES = 500
MATCH_LIMIT = 50


def read_file(place: Workspace, arguments: Arguments) -> Json:
    """The lines of a file, each with its number, or an error with similar names."""
    path = str(arguments["path"])
    target = place.inside(path)
    if not target.is_file():
        return _missing(place, path)
    text = target.read_text(encoding="utf-8")
    lines = text.splitlines()
    first = cast("int", arguments.get("offset", 1))
    chosen = lines[first - 1 : first - 1 + cast("int", arguments.get("limit", PAGE_LINES))]
    return {
        "content": "\n".join(f"{n:>6}|{line}" for n, line in enumerate(chosen, start=first)),
        "total_lines": len(lines),
        "file_size": len(text.encode()),
        "truncated": first - 1 + len(chosen) < len(lines),
        "is_binary": False,
        "is_image": False,
    }


def _missing(place: Workspace, path: str) -> Json:
    known = [_name(place, found) for found in _files(place.root)]
    by_name = {name.rsplit("/", 1)[-1]: name for name in known}
    close = difflib.get_close_matches(path.rsplit("/", 1)[-1], sorted(by_name), n=3)
    answer: dict[str, Json] = {
        "content": "",
        "total_lines": 0,
        "file_size": 0,
        "truncated": False,
        "is_binary": False,
        "is_image": False,
        "error": f"File not found: {path}",
    }
    if close:
        answer["similar_files"] = [by_name[name] for name in close]
    return answer


def write_file(place: Workspace, arguments: Arguments) -> Json:
    """How much was written, and whether folders had to be made."""
    path, content = str(arguments["path"]), str(arguments["content"])
    target = place.inside(path)
    if target.is_dir():
        problem = f"Failed to write {path}: it is a directory"
        return {"bytes_written": 0, "dirs_created": False, "error": problem}
    is_new_folder = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content, encoding="utf-8")
    return {"bytes_written": len(content.encode()), "dirs_created": is_new_folder}


def patch(place: Workspace, arguments: Arguments) -> Json:
    """The change as a diff; an error unless the old text is met once (or `replace_all`)."""
    path, old = str(arguments["path"]), str(arguments["old_string"])
    target = place.inside(path)
    if not target.is_file():
        return {"success": False, "error": f"File not found: {path}"}
    before = target.read_text(encoding="utf-8")
    found = before.count(old)
    if not found:
        return {"success": False, "error": f"Could not find a match for old_string in {path}"}
    if found > 1 and not arguments.get("replace_all"):
        problem = f"Found {found} matches for old_string in {path}: add context or replace_all"
        return {"success": False, "error": problem}
    after = before.replace(old, str(arguments["new_string"]))
    target.write_text(after, encoding="utf-8")
    return {"success": True, "diff": _diff(path, before, after), "files_modified": [path]}


def _diff(path: str, before: str, after: str) -> str:
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
    )


def search_files(place: Workspace, arguments: Arguments) -> Json:
    """Matching lines, or matching files for target "files", in the order of their paths.

    A cut list is followed by a hint, so that the answer is text that only begins with JSON.
    """
    path = str(arguments.get("path", "."))
    top = place.inside(path)
    if not top.exists():
        return {"total_count": 0, "error": f"Path not found: {path}"}
    pattern = str(arguments["pattern"])
    if arguments.get("target") == "files":
        names = [_name(place, f) for f in _files(top) if fnmatch.fnmatch(f.name, pattern)]
        return {"total_count": len(names), "files": list(names)} if names else {"total_count": 0}
    try:
        expression = re.compile(pattern)
    except re.error as problem:
        return {"total_count": 0, "error": f"Invalid pattern: {problem}"}
    matches = list(_matches(place, top, expression, str(arguments.get("file_glob", "*"))))
    return _page(matches, cast("int", arguments.get("limit", MATCH_LIMIT)))


def _page(matches: list[Json], limit: int) -> Json:
    if not matches:
        return {"total_count": 0}
    answer: dict[str, Json] = {"total_count": len(matches), "matches": matches[:limit]}
    if len(matches) <= limit:
        return answer
    answer["truncated"] = True
    hint = f"[Hint: Results truncated. Use offset={limit} to see more.]"
    return f"{json.dumps(answer, ensure_ascii=False)}\n\n{hint}"


def _matches(place: Workspace, top: Path, expression: re.Pattern[str], glob: str) -> Iterator[Json]:
    for path in _files(top):
        if fnmatch.fnmatch(path.name, glob):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if expression.search(line):
                    yield {"path": _name(place, path), "line": number, "content": line}


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
        return
    for path in sorted(top.rglob("*")):
        if path.is_file() and not HIDDEN.intersection(path.relative_to(top).parts):
            yield path


def _name(place: Workspace, path: Path) -> str:
    return path.relative_to(place.root).as_posix()
