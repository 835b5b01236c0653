"""Hugging Face sources: the real client, in a process of its own, against a small hub on 127.0.0.1."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.hub_stub import HERMES, HubStub, Repository, conversations, hermes_files

ROOT = Path(__file__).resolve().parents[1]
KIMI, GLM = "data/kimi/train.parquet", "data/glm-5.1/train.parquet"

# HF_ENDPOINT and HF_HOME are read when the libraries are imported, hence a process for each setting.
PROGRAM = """
import json, sys
from pathlib import Path
from ingest.run import IngestOptions, ingest
from tracehouse.errors import TracehouseError

for source, home, options in json.load(sys.stdin):
    try:
        summary = ingest([source], Path(home), IngestOptions(**options))
        answer = {"lines": [(line.path, line.status, line.rows, line.note) for line in summary.files]}
    except TracehouseError as error:
        answer = {"error": [error.exit_code, str(error)]}
    print(json.dumps(answer))
"""


@dataclass(frozen=True)
class Machine:
    """Where `ingest` runs: a working directory with a Hugging Face cache of its own."""

    folder: Path
    endpoint: str

    def ingest(
        self, *calls: tuple[str, dict[str, Any]], home: str = "home", **environment: str
    ) -> list[dict[str, Any]]:
        """Runs `ingest(source, options)` for each call, in order; returns what came of it.

        Nothing but these answers may reach the terminal.
        """
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGINGFACE"))}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps([(source, str(self.folder / home), how) for source, how in calls]),
            cwd=self.folder,
            env=clean
            | {"HF_ENDPOINT": self.endpoint, "HF_HOME": str(self.folder / "hf")}
            | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"}
            | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def error(self, *calls: tuple[str, dict[str, Any]], **environment: str) -> list[list[Any]]:
        """The exit code and the message of each call."""
        return [answer["error"] for answer in self.ingest(*calls, **environment)]

    def rows(self, table: str, columns: str, home: str = "home") -> list[Any]:
        """Distinct rows of a table that ingest wrote."""
        path = self.folder / home / "parquet" / table
        sql = f"select distinct {columns} from read_parquet('{path}/*.parquet') order by all"
        return duckdb.execute(sql).fetchall()


@pytest.fixture
def hermes() -> Repository:
    repository = Repository()
    repository.commit(hermes_files())
    return repository


@pytest.fixture
def hub(hermes: Repository) -> Iterator[HubStub]:
    with HubStub({HERMES: hermes}) as stub:
        yield stub


@pytest.fixture
def machine(hub: HubStub, tmp_path: Path) -> Machine:
    return Machine(tmp_path, hub.endpoint)


def statuses(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(path, status, rows) for path, status, rows, _ in answer["lines"]]


def folder(path: Path, files: dict[str, str | bytes]) -> Path:
    """A folder laid out as a dataset on the hub."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def card(*configs: tuple[str, str]) -> str:
    lines = [f"- config_name: {name}\n  data_files: {files}\n" for name, files in configs]
    return f"---\nlicense: mit\nconfigs:\n{''.join(lines)}---\n"


def test_all_declared_configs_are_read_with_where_they_come_from_and_once(
    hermes: Repository, hub: HubStub, machine: Machine
) -> None:
    first, again = machine.ingest((f"hf://{HERMES}", {}), (f"hf://{HERMES}", {}))
    assert statuses(first) == [(GLM, "new", 3), (KIMI, "new", 5)]
    assert statuses(again) == [(GLM, "unchanged", 3), (KIMI, "unchanged", 5)]
    assert sorted(hub.downloads()) == [GLM, KIMI]  # once each, and not the older flat file
    columns = "conversation_id, source, model, model_from, dataset"
    assert machine.rows("conversations", columns) == [
        *((f"glm-5.1/glm-{i}", "glm-5.1", "glm-5.1", "config", HERMES) for i in range(3)),
        *((f"kimi/kimi-{i}", "kimi", "kimi", "config", HERMES) for i in range(5)),
    ]
    found = machine.rows("files", "path, source, dataset, revision, licence, url, sha256")
    sha = hermes.refs["main"]
    assert [row[:5] for row in found] == [
        (GLM, "glm-5.1", HERMES, sha, "apache-2.0"),
        (KIMI, "kimi", HERMES, sha, "apache-2.0"),
    ]
    for path, *_, url, digest in found:
        assert url == f"{hub.endpoint}/datasets/{HERMES}/resolve/{sha}/{path}"
        with urllib.request.urlopen(url) as response:
            assert hashlib.sha256(response.read()).hexdigest() == digest


def test_a_config_a_limit_and_a_revision_say_what_is_read(
    hermes: Repository, hub: HubStub, machine: Machine
) -> None:
    old = hermes.refs["main"]
    new = hermes.commit(hermes_files() | {KIMI: conversations("kimi", 6)})
    hf = f"hf://datasets/{HERMES}"
    limited, pinned, moved = machine.ingest(
        (hf, {"configs": ["kimi"], "limit": 2}),
        (hf, {"configs": ["kimi"], "revision": old}),
        (hf, {"configs": ["glm-5.1", "kimi"]}),
    )
    assert statuses(limited) == [(KIMI, "new", 2)]
    assert statuses(pinned) == [(KIMI, "changed", 5)]
    assert statuses(moved) == [(GLM, "new", 3), (KIMI, "changed", 6)]
    assert machine.rows("files", "path, revision") == [(GLM, new), (KIMI, new)]
    assert hub.downloads() == [KIMI, KIMI, GLM]


def test_what_is_not_there_is_said_in_one_clear_message(hermes: Repository, tmp_path: Path) -> None:
    gated = Repository(is_gated=True)
    gated.commit(hermes_files())
    broken = Repository()
    broken.commit({"README.md": "---\nconfigs: [unclosed\n---\n", KIMI: conversations("a", 1)})
    lost = Repository()
    lost.commit({"README.md": card(("a", "gone.parquet")), KIMI: conversations("a", 1)})
    everything = {HERMES: hermes, "o/gated": gated, "o/broken": broken, "o/lost": lost}
    with HubStub(everything) as hub:
        config, revision, name, gate, yaml, files, odd = Machine(tmp_path, hub.endpoint).error(
            (f"hf://{HERMES}", {"configs": ["kimi", "gpt"]}),
            (f"hf://{HERMES}", {"revision": "v9"}),
            ("hf://lambda/hermes", {}),
            ("hf://o/gated", {}),
            ("hf://o/broken", {}),
            ("hf://o/lost", {}),
            ("hf://", {}),
        )
        assert hub.downloads() == []
    assert config == [2, f"{HERMES} has no config 'gpt'; there are: kimi, glm-5.1"]
    assert revision[0] == name[0] == gate[0] == yaml[0] == files[0] == odd[0] == 2
    assert f"{HERMES} has no revision 'v9'" in revision[1]
    assert "no dataset lambda/hermes at http://127.0.0.1" in name[1]
    assert "HF_TOKEN" in name[1]
    assert "o/gated is gated" in gate[1]
    assert "the card of o/broken is malformed" in yaml[1]
    assert files[1] == "o/lost: gone.parquet is not there, though its README.md names it"
    assert "owner/name" in odd[1]
    assert not any("\n" in message for _, message in (config, revision, name, gate, yaml, files))


def test_without_a_network_the_cache_is_enough_when_asked_for(
    hub: HubStub, machine: Machine
) -> None:
    hf = f"hf://{HERMES}"
    (filled,) = machine.ingest((hf, {"configs": ["glm-5.1"]}))
    hub.requests.clear()
    cached, missing, unknown, config = machine.ingest(
        (hf, {"configs": ["glm-5.1"]}),
        (hf, {}),
        ("hf://o/never", {}),
        (hf, {"configs": ["gpt"]}),
        home="offline",
        HF_HUB_OFFLINE="1",
    )
    assert hub.requests == []
    assert cached == filled
    everything = "* exclude (ingest_version)"
    assert machine.rows("files", everything, "offline") == machine.rows("files", everything)
    assert missing["error"][0] == unknown["error"][0] == 4
    assert f"{KIMI} is not in the cache" in missing["error"][1]
    assert "o/never is not in the cache" in unknown["error"][1]
    assert config["error"] == [2, f"{HERMES} has no config 'gpt'; there are: kimi, glm-5.1"]


def test_a_hub_that_does_not_answer_is_named_with_what_to_do(tmp_path: Path) -> None:
    with HubStub({}) as hub:
        closed = Machine(tmp_path, hub.endpoint)
    ((code, message),) = closed.error((f"hf://{HERMES}", {}))
    assert code == 4
    assert f"the Hugging Face hub at {closed.endpoint} cannot be reached" in message
    assert all(word in message for word in ("hf:///", "HF_HUB_OFFLINE", "HTTPS_PROXY"))


def test_a_local_folder_is_read_like_the_hub_without_asking_it(
    hub: HubStub, machine: Machine
) -> None:
    folder(machine.folder / "traces/sample", hermes_files())
    relative, absolute, other, sample = machine.ingest(
        ("hf://traces/sample", {}),
        (f"hf://{machine.folder}/traces/sample", {"configs": ["kimi"]}),
        ("hf://./traces/other", {}),
        (f"hf://{ROOT}/data/sample", {"configs": ["swift"], "limit": 1, "source": "s"}),
    )
    assert statuses(relative) == [(GLM, "new", 3), (KIMI, "new", 5)]
    assert statuses(absolute) == [(KIMI, "unchanged", 5)]
    assert "there is no folder ./traces/other" in other["error"][1]
    assert statuses(sample) == [("swift/train.parquet", "new", 1)]
    assert machine.rows("files", "source, path, dataset, revision, url, licence") == [
        ("glm-5.1", GLM, "sample", None, None, "apache-2.0"),
        ("kimi", KIMI, "sample", None, None, "apache-2.0"),
        ("s", "swift/train.parquet", "sample", None, None, "cc0-1.0"),
    ]
    assert hub.requests == []


def test_configs_that_overlap_or_are_not_declared_or_hold_other_files(machine: Machine) -> None:
    rows = conversations("a", 2)
    both = card(("all", "'*.parquet'"), ("one", "a.parquet"), ("table", "t.csv"))
    folder(machine.folder / "both", {"README.md": both, "a.parquet": rows, "t.csv": "a,b\n"})
    folder(machine.folder / "plain", {"data/train.parquet": rows})
    outside = card(("mine", "a.parquet"), ("yours", "../plain/data/train.parquet"))
    folder(machine.folder / "outside", {"README.md": outside, "a.parquet": rows})
    folder(machine.folder / "none", {"README.md": "Nothing here."})
    both_read, plain, foreign, none = machine.ingest(
        ("hf://./both", {}), ("hf://./plain", {}), ("hf://./outside", {}), ("hf://./none", {})
    )
    assert statuses(both_read) == [("a.parquet", "new", 2), ("t.csv", "skipped", 0)]
    assert "not a .parquet" in both_read["lines"][1][3]
    assert statuses(plain) == [("data/train.parquet", "new", 2)]
    assert machine.rows("conversations", "source, model") == [
        ("all", "all"),
        ("plain", None),  # `default` is the name of no model
    ]
    assert "train.parquet, which is not part of the dataset" in foreign["error"][1]
    assert none["error"] == [2, "none holds no data files of a kind that `datasets` knows"]


def test_a_token_opens_a_private_dataset(tmp_path: Path) -> None:
    private = Repository(token="hf_secret")
    private.commit({"data/train.parquet": conversations("a", 2)})
    with HubStub({"o/private": private}) as hub:
        machine = Machine(tmp_path, hub.endpoint)
        ((code, message),) = machine.error(("hf://o/private", {}))
        (opened,) = machine.ingest(("hf://o/private", {}), HF_TOKEN="hf_secret")
    assert code == 2
    assert "HF_TOKEN" in message
    assert statuses(opened) == [("data/train.parquet", "new", 2)]


def test_other_files_of_a_plain_folder_are_listed_with_the_reason(machine: Machine) -> None:
    others: dict[str, str | bytes] = {
        "manifest.json": '{"version": 1}',
        ".git/HEAD": "x",
        ".git/config": "x",
        "torn.parquet": b"PAR1",
    }
    folder(machine.folder / "mixed", hermes_files() | others)
    (answer,) = machine.ingest(("mixed", {}))
    skipped = {path: note for path, status, _, note in answer["lines"] if status == "skipped"}
    assert list(skipped) == [
        ".git/",
        ".gitattributes",
        "README.md",
        "manifest.json",
        "torn.parquet",
    ]
    assert "hidden" in skipped[".git/"]
    assert "not a .parquet" in skipped["README.md"]
    assert "it holds an object with the keys version" in skipped["manifest.json"]
    assert "not a whole Parquet file" in skipped["torn.parquet"]
