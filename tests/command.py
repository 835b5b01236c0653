"""The command as a person runs it: a process of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("tracehouse")
# What dbt keeps of a parsed project. A home has its own; a test's home begins with that of an
# earlier test, which spares each of them 3 s.
_PARSED = "dbt/partial_parse.msgpack"
_KEPT = Path(tempfile.mkdtemp(prefix="tracehouse-tests-")) / "parsed"
atexit.register(shutil.rmtree, _KEPT.parent, ignore_errors=True)


def interruptible() -> None:
    """To be a child's `preexec_fn`: of a suite that runs in the background, it would ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def tracehouse(
    *arguments: object,
    home: Path,
    cwd: Path | None = None,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs `tracehouse ARGUMENTS` with `home` as its home; stdout and stderr are kept as text."""
    parsed = home / _PARSED
    is_own = cwd is not None and (cwd / "models").exists()  # a project of the test's
    builds = arguments[0] in ("build", "run") and "--engine" not in arguments and not is_own
    if builds and _KEPT.exists() and home.exists() and not parsed.exists():
        parsed.parent.mkdir(exist_ok=True)
        shutil.copyfile(_KEPT, parsed)
    done = subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        env=os.environ | {"TRACEHOUSE_HOME": str(home), "COLUMNS": "100"} | dict(environment or {}),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if builds and done.returncode == 0 and parsed.exists():
        shutil.copyfile(parsed, _KEPT)
    return done
