"""The command as a person runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("tracehouse")


def tracehouse(
    *arguments: object,
    home: Path,
    cwd: Path | None = None,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs `tracehouse ARGUMENTS` with `home` as its home; stdout and stderr are kept as text."""
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        env=os.environ | {"TRACEHOUSE_HOME": str(home), "COLUMNS": "100"} | dict(environment or {}),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
