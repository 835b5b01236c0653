"""The temporary folder in which one conversation plays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from data.recorder.toolbox import Toolbox

WORLDS = Path(__file__).with_name("worlds")
SETUP = "setup"
SHOWN = "/workspace"  # the folder's name in everything that an agent sees


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder and the programs that work on it."""

    root: Path
    box: Toolbox

    def run(
        self, argv: list[str], timeout: float, folder: str = "."
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program here; `stdout` holds both streams, with the machine's paths replaced.

        Raises: subprocess.TimeoutExpired, after the program and its children have been stopped.
        """
        process = subprocess.Popen(
            argv,
            cwd=self.root / folder,
            env=self.box.environment(self.root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _stop_group(process)
            raise
        return subprocess.CompletedProcess(argv, process.returncode, self.show(output), "")

    def show(self, text: str) -> str:
        """The text as in a container whose only folder is /workspace."""
        text = text.replace(str(self.root), SHOWN)
        for path, name in self.box.shown_as().items():
            text = text.replace(path, name)
        return text

    def inside(self, path: str) -> Path:
        """The file that an agent names.

        Raises: ValueError when it lies outside of the folder.
        """
        relative = path.removeprefix(SHOWN).lstrip("/") if path.startswith(SHOWN) else path
        found = (self.root / relative).resolve()
        if not found.is_relative_to(self.root):
            raise ValueError(f"{path} lies outside of the workspace")
        return found


def _stop_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def worlds() -> list[str]:
    return sorted(path.stem for path in WORLDS.glob("*.txt"))


def read_world(name: str) -> dict[str, str]:
    """Files of a world by path; the file `setup` is a script to run, not part of it."""
    text = (WORLDS / f"{name}.txt").read_text(encoding="utf-8")
    _, *parts = re.split(r"(?m)^=== (.+)\n", text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def build(world: str, root: Path, box: Toolbox) -> Workspace:
    """A workspace with the files of a world in `root`."""
    place = Workspace(root.resolve(), box)
    contents = read_world(world)
    script = contents.pop(SETUP, None)
    for path, text in contents.items():
        target = place.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if script is not None:
        done = place.run(["bash", "-euc", script], timeout=60)
        if done.returncode:
            raise RuntimeError(f"setup of world '{world}' failed: {done.stdout}")
    return place
