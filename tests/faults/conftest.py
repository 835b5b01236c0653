"""The poison corpus and its plain twin, each through all steps once per session."""

from __future__ import annotations

import pytest

from tests.faults.poison import Poisoned, build, twins


@pytest.fixture(scope="session")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    """A home in which each text and each name is hostile."""
    return build(tmp_path_factory.mktemp("poison"), twins()[0])


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    """The same with plain letters in the same places."""
    return build(tmp_path_factory.mktemp("plain"), twins()[1])
