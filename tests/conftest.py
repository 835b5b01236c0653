"""What tests share, made once per session: the sample as `tracehouse` builds it, a Spark server."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalogue import CaseTable
from tests.command import tracehouse

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample ingested, its warehouse published and its pages rendered.

    Tests read it and change nothing in it, so that the workers of one session share it. Its name is
    one that every step has to cope with, and `run` is called in a folder with a dbt project of
    another kind, which is left alone.
    """
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    root.mkdir(exist_ok=True)
    home = root / "it's [my] {home} 100%"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "site").exists():
            (root / "dbt_project.yml").write_text("name: jaffle\nprofile: jaffle\n")
            done = tracehouse("run", ROOT / "data/sample", home=home, cwd=root)
            assert done.returncode == 0, done.stderr + done.stdout
    return home


@pytest.fixture
def demo_copy(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample's home that a test may change."""
    return Path(shutil.copytree(demo_home, tmp_path / "home", symlinks=True))


@pytest.fixture(scope="session")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Spark Connect server of its own process, and the master that names it."""
    import pyspark

    folder = tmp_path_factory.mktemp("connect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": folder / "tables",
        "spark.ui.enabled": "false",
        "spark.pyspark.python": sys.executable,
    }
    command = [Path(pyspark.__path__[0]) / "bin" / "spark-submit", "--master", "local[2]"]
    command += [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "spark-internal"], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        for _ in range(120):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        else:
            pytest.fail((folder / "log").read_text())
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CaseTable(), "cases")
