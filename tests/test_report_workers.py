"""Reports rendered by several processes: the same pages, the same errors, and an end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from reports.site import render
from reports.workers import worker_count
from tests.command import PROGRAM, interruptible
from tests.tiny import report, section, warehouse
from tracehouse.paths import Home
from tracehouse.warehouse import built_from

EXAMPLES = """-- part: examples
select conversation_id, 0 as turn_index, 'why' as why
from dim_conversations
order by conversation_id
limit 3;"""
ENDLESS = "select count(*) as value, 'a' as label, '' as text, '' as tip from range(1000000000000);"


def test_two_processes_give_the_same_bytes_and_the_same_messages(
    demo_home: Path, tmp_path: Path
) -> None:
    home, folder = Home(demo_home), tmp_path / "reports"
    files = {
        "01_calls.sql": section(parts=EXAMPLES),
        "02_broken.sql": section("select nothing as label;"),
        "03_rest.sql": section(),
        "headline.sql": "-- part: rows\nselect 'F' as label, '1' as text, '' as interval,"
        " '' as n_text, 'nowhere' as section;",
    }
    for name in ("one", "two"):
        report(folder, files, name)
    said: dict[int, list[str]] = {1: [], 2: []}
    sites = [
        render(
            home.warehouse, tmp_path / f"home{n}", folder, said[n].append, built_from(home),
            processes=n,
        )
        for n in (1, 2)
    ]  # fmt: skip
    failed = [[page.failed for page in site.pages] for site in sites]
    assert failed[0] == failed[1]
    assert "reports/one/02_broken.sql, line 6, column 8: part `rows`: Binder Error" in str(
        failed[0]
    )
    assert said[1] == said[2]
    assert sites[0].replay_count == sites[1].replay_count == 3
    one, two = ((tmp_path / f"home{n}/site").resolve() for n in (1, 2))
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*.html"))
    assert names == sorted(str(path.relative_to(two)) for path in two.rglob("*.html"))
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_however_it_ends_no_process_stays(tmp_path: Path, number: signal.Signals) -> None:
    if worker_count(10_000) < 2:
        pytest.skip("on one core there are no other processes")
    home, log = tmp_path / "home", tmp_path / "err"
    home.mkdir()
    warehouse(home / "warehouse.duckdb", conversations=2_000)
    (tmp_path / "dbt_project.yml").write_text("profile: tracehouse\n", encoding="utf-8")
    report(tmp_path / "reports", {f"0{i}_endless_{i}.sql": section(ENDLESS) for i in range(3)})
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(PROGRAM), "report", "--home", str(home)],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=interruptible,
            start_new_session=True,
        )
    deadline = time.monotonic() + 60
    while len(_busy(process.pid)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = _busy(process.pid)
    assert len(workers) >= 2
    if number == signal.SIGINT:  # Ctrl-C reaches every process of the terminal
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    assert process.wait(30) == (-number if number == signal.SIGKILL else 130)
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [each for each in workers if Path(f"/proc/{each}").exists()]
    assert "Traceback" not in log.read_text()
    if number != signal.SIGKILL:
        assert log.read_text().splitlines()[-1] == "tracehouse: interrupted"


def _busy(parent: int) -> list[int]:
    """The children that have worked for more than a second: they are at their query."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        ticks = int(facts[11]) + int(facts[12])
        if int(facts[1]) == parent and ticks > 1.0 * os.sysconf("SC_CLK_TCK"):
            found.append(int(stat.parent.name))
    return found
