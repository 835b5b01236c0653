"""Where things are: the home that everything is written under, and the project that is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import tracehouse

PROJECT_FILE = "dbt_project.yml"
_OURS = re.compile(r"^profile: *['\"]?tracehouse['\"]? *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that everything is written under."""

    root: Path

    @property
    def parquet(self) -> Path:
        """Symlink to the current generation of Parquet, a folder per table."""
        return self.root / "parquet"

    @property
    def warehouse(self) -> Path:
        """Symlink to the published DuckDB file."""
        return self.root / "warehouse.duckdb"

    @property
    def warehouses(self) -> Path:
        """The folder of the DuckDB files."""
        return self.root / "warehouse"

    @property
    def built_from(self) -> Path:
        """Symlink to the Parquet that the published file was built from.

        Each file has its own beside it, so that the two are never of different builds.
        """
        return self.warehouse.resolve().with_suffix(".input")

    @property
    def splits(self) -> Path:
        """The split that each conversation was given, kept from build to build."""
        return self.root / "finetune_splits.parquet"

    @property
    def site(self) -> Path:
        """Symlink to the published pages."""
        return self.root / "site"

    @property
    def zip(self) -> Path:
        """The pages packed, to be sent."""
        return self.root / "site.zip"

    @property
    def finetune(self) -> Path:
        """The training data, unless another folder is named."""
        return self.root / "finetune"

    @property
    def rejects(self) -> Path:
        """The raw bytes of rejected records, named by their hash."""
        return self.root / "rejects"

    @property
    def dbt(self) -> Path:
        """What dbt writes beside the warehouse: compiled SQL, its manifest, its log."""
        return self.root / "dbt"


def project() -> Path:
    """The folder of the dbt project: the working directory, if it holds one of ours, else the
    installed one.

    One of ours has the profile `tracehouse`: a person may stand in a dbt project of another kind.
    """
    own = Path(PROJECT_FILE)
    if own.is_file() and _OURS.search(own.read_text(encoding="utf-8")):
        return Path.cwd()
    return installed()


def installed() -> Path:
    """The dbt project that comes along: inside the package or, in a clone, the clone's root."""
    package = Path(tracehouse.__file__).parent
    shipped = package / "_dbt"
    return shipped if shipped.is_dir() else package.parent


def reports(of_project: Path) -> Path | None:
    """The reports that a project brings along; None: those of the package."""
    folder = of_project / "reports"
    return folder if any(folder.glob("*/report.toml")) else None
