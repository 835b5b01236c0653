"""Copies the dbt project and the reports out, for people who write their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import reports as package
from tracehouse.errors import UsageError
from tracehouse.paths import PROJECT_FILE, installed

_PROJECT = (PROJECT_FILE, "profiles.yml", "models", "macros", "seeds", "tests/dbt")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.py")


def copy_project(target: Path) -> list[Path]:
    """Writes project and reports under `target`; returns the files and folders written.

    Raises: UsageError where one of them is there already: nothing is overwritten.
    """
    source, reports = installed(), Path(package.__file__).parent
    pairs = [(source / name, target / name) for name in _PROJECT]
    pairs += [(found, target / "reports" / found.name) for found in _reports(reports)]
    taken = [str(place) for _, place in pairs if place.exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already: give a folder without a project")
    for found, place in pairs:
        place.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, place, ignore=_NOT_COPIED)
        else:
            shutil.copyfile(found, place)
    return [place for _, place in pairs]


def _reports(folder: Path) -> list[Path]:
    """The reports, and the macros that their SQL uses."""
    return [*sorted(found.parent for found in folder.glob("*/report.toml")), folder / "macros"]
