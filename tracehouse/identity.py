"""What a build is made from: the data, the SQL and the versions, and one hash of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import reports as package
from ingest.generations import INGEST_VERSION, Manifest
from tracehouse import __version__
from tracehouse.paths import reports

_SQL_FILES = (
    "dbt_project.yml",
    "models/**/*.sql",
    "models/**/*.yml",
    "macros/*.sql",
    "seeds/*.csv",
)


def identity(
    manifest: Manifest, source: Path, select: Sequence[str], spark: str | None
) -> dict[str, str | None]:
    """Each fact by its name; `build_id` is a hash of them: no clock, no file name.

    `source` is the dbt project, `select` what alone is built of it, `spark` the Spark master.
    """
    facts = {
        "manifest_sha256": manifest.content,
        "sql_sha256": _sql_hash(source),
        "tracehouse_version": __version__,
        "dbt_version": version("dbt-core"),
        "duckdb_version": version("duckdb"),
        "spark_version": version("pyspark") if spark else None,
        "schema_version": manifest.schema_version,
        "ingest_version": INGEST_VERSION,
    }
    key = "\0".join([*filter(None, facts.values()), *select])
    return {"build_id": hashlib.sha256(key.encode()).hexdigest()[:12]} | facts


def _sql_hash(source: Path) -> str:
    """Hash of everything in the project that makes a row what it is, and of the macros."""
    digest = hashlib.sha256()
    files = {path for pattern in _SQL_FILES for path in source.glob(pattern)}
    for path in [*sorted(files), *catalog_macros(source)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def catalog_macros(source: Path) -> list[Path]:
    """The files with the catalog macros, in the order in which they use each other: the project's
    own, else the package's."""
    folder = reports(source)
    own = sorted((folder / "macros").glob("*.sql")) if folder else []
    return own or sorted((Path(package.__file__).parent / "macros").glob("*.sql"))
