"""Real text of this machine, and the dice that choose from it."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from pathlib import Path

from bench.synth.shape import MAX_RESPONSE

_MAX_CHARS = 48_000_000
_CHARS_PER_WORD = 6


class Corpus:
    """Code and docstrings of the Python files under `root` (installed packages left out)."""

    def __init__(self, root: Path) -> None:
        texts: list[str] = []
        prose: list[str] = []
        self.paths: list[str] = []
        size = 0
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).parts
            if parts[0] in ("site-packages", "dist-packages"):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            texts.append(text)
            prose += re.findall(r'"""(.*?)"""', text, re.DOTALL)
            self.paths.append("/".join(parts))
            size += len(text)
            if size > _MAX_CHARS:
                break
        self.code = "\n".join(texts)
        self.prose = " ".join(" ".join(p.split()) for p in prose if 80 < len(p) < 3000)
        words: set[str] = set(re.findall(r"\b[a-z]{4,12}\b", self.prose))
        self.words = sorted(words)

    def code_slice(self, rng: random.Random, size: int) -> str:
        """`size` characters of code, from the beginning of a line."""
        start = self.code.find("\n", rng.randrange(max(1, len(self.code) - size - 5000))) + 1
        return self.code[start : start + size]

    def prose_slice(self, rng: random.Random, words: int) -> str:
        """About so many words of prose."""
        size = words * _CHARS_PER_WORD
        start = self.prose.find(" ", rng.randrange(len(self.prose) - size - 100)) + 1
        return self.prose[start : start + size]

    def path(self, rng: random.Random) -> str:
        """The path of a file in a made-up project."""
        return "/project/" + rng.choice(self.paths)

    def word(self, rng: random.Random) -> str:
        """One word of the prose."""
        return rng.choice(self.words)


@lru_cache(maxsize=1)
def corpus(root: str) -> Corpus:
    """The corpus of a folder, read once per process."""
    return Corpus(Path(root))


def seeded(*key: object) -> random.Random:
    """Dice of their own for each key: nothing depends on what else was made before."""
    return random.Random(":".join(map(str, key)))  # noqa: S311 (no secrets are made with it)


def heavy_tail(rng: random.Random, median: float, sigma: float, largest: int = MAX_RESPONSE) -> int:
    """A length with this median, log-normally distributed."""
    return min(largest, int(median * rng.lognormvariate(0, sigma)) + 1)


def geometric(rng: random.Random, mean: float) -> int:
    """Number of failures before a success, with this mean."""
    count, stop = 0, 1 / (1 + mean)
    while rng.random() > stop:
        count += 1
    return count
