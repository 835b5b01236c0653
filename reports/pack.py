"""Packs a site as one zip to be sent. The same pages give the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say
_MODE = 0o100644 << 16
_UNIX = 3


def pack(site: Path, target: Path) -> int:
    """Writes all files of `site` into `target`, below one folder `site/`; returns its bytes.

    Not for two at once: it is written under one name, so that a killed run's leftover is written
    over. Whoever opens `target` meanwhile finds the one before.
    """
    site = site.resolve()
    temporary = target.with_name(f".{target.name}.new")
    try:
        with temporary.open("wb") as file:
            with ZipFile(file, "w") as packed:
                for path in sorted(path for path in site.rglob("*") if path.is_file()):
                    name = f"site/{path.relative_to(site).as_posix()}"
                    packed.writestr(_entry(name), path.read_bytes(), compresslevel=9)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target.stat().st_size


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _MODE
    return entry
