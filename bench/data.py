"""The data that is measured with: made once, kept under build/bench/."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tracehouse.errors import BuildFailed

ROOT = Path(__file__).resolve().parents[1]
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A synthetic data set on disk, and what is in it over all configs."""

    folder: Path
    conversations: int
    text_bytes: int
    parquet_bytes: int
    calls: int
    responses: int

    @property
    def files(self) -> list[Path]:
        """The Parquet files."""
        return sorted(self.folder.rglob("*.parquet"))


def dataset(cache: Path, conversations: int, seed: int) -> Dataset:
    """The data set of this size and seed; made where it is not there or not complete."""
    folder = cache / f"synth-{conversations}-{seed}"
    manifest = folder / _MANIFEST
    if not manifest.exists():
        _make(folder, conversations, seed)
    counts: Counter[str] = Counter()
    for config in json.loads(manifest.read_text(encoding="utf-8"))["counts"].values():
        counts.update(config)
    return Dataset(
        folder,
        counts["conversations"],
        counts["text_bytes"],
        sum(path.stat().st_size for path in folder.rglob("*.parquet")),
        counts["calls"],
        counts["responses"],
    )


def _make(folder: Path, conversations: int, seed: int) -> None:
    """In a process of its own: what it needs in memory would else be counted with the rest."""
    command = [sys.executable, "-m", "bench.synth", "--out", str(folder)]
    command += ["--conversations", str(conversations), "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"the synthetic data could not be made:\n{done.stderr}")
