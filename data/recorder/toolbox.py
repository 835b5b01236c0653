"""What commands find on the recorder's machine: few programs, no clock, nobody's settings.

A command that is not listed here is "not found" wherever the recorder runs, and Python comes
without third-party packages, so that what fails does not depend on the machine.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = (
    "awk", "basename", "bash", "cat", "chmod", "cmp", "cp", "cut", "diff", "dirname", "env",
    "expr", "find", "git", "grep", "gzip", "head", "ls", "md5sum", "mkdir", "mv", "paste", "rm",
    "rmdir", "sed", "sh", "sha256sum", "sleep", "sort", "tail", "tar", "tee", "test", "touch",
    "tr", "uniq", "wc", "xargs",
)  # fmt: skip
# unittest prints how long it took; with a clock that stands still this is always 0.000 s.
FROZEN_CLOCK = "import time\n\ntime.perf_counter = lambda: 0.0\n"
DAY = "2024-06-03T09:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Toolbox:
    """A folder of programs, and how its paths are shown."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Toolbox:
        """A toolbox in `folder`, which must be empty.

        Raises: FileNotFoundError when one of PROGRAMS is not installed.
        """
        box = cls(folder.resolve())
        venv.create(box.folder, with_pip=False, symlinks=True)
        packages = next(box.folder.glob("lib/python*/site-packages"))
        (packages / "sitecustomize.py").write_text(FROZEN_CLOCK, encoding="utf-8")
        for name in PROGRAMS:
            if (found := shutil.which(name)) is None:
                raise FileNotFoundError(f"the recorder needs the program '{name}': install it")
            (box.bin / name).symlink_to(found)
        return box

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> str:
        return str(self.bin / "python3")

    def environment(self, home: Path) -> dict[str, str]:
        """The whole environment of a command; nothing is taken over from the caller's."""
        values = {
            "PATH": str(self.bin),
            "HOME": str(home),
            "LC_ALL": "C",
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PAGER": "cat",
        }
        for who in ("AUTHOR", "COMMITTER"):
            values |= {
                f"GIT_{who}_NAME": "sample",
                f"GIT_{who}_EMAIL": "sample@example.org",
                f"GIT_{who}_DATE": DAY,
            }
        return values

    def shown_as(self) -> dict[str, str]:
        """Paths of this machine and what is shown in their place, longest first."""
        names = {
            str(self.bin): "/usr/bin",
            sysconfig.get_path("stdlib"): "/usr/lib/python3",
            os.path.realpath(sys.executable): "/usr/bin/python3",
        }
        return dict(sorted(names.items(), key=lambda item: -len(item[0])))
