"""What tests share: the sample as `tracehouse` builds it, once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import tracehouse

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample ingested, its warehouse published and its pages rendered.

    Tests read it and change nothing in it.
    """
    home = tmp_path_factory.mktemp("demo")
    done = tracehouse("run", ROOT / "data/sample", home=home)
    assert done.returncode == 0, done.stderr + done.stdout
    return home
