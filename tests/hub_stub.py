"""A small Hugging Face hub on 127.0.0.1: what `datasets` and `huggingface_hub` ask of the real one.

Commits never change, names such as `main` point to one. Parquet files are stored elsewhere, as on the
hub: `resolve` answers with a redirect and says in its headers what is to be found there.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

HERMES = "lambda/hermes-agent-reasoning-traces"
HERMES_CARD = """\
---
license: apache-2.0
configs:
- config_name: kimi
  data_files:
  - split: train
    path: data/kimi/train.parquet
- config_name: glm-5.1
  data_files:
  - split: train
    path: data/glm-5.1/train.parquet
---

# Hermes agent reasoning traces
"""


@dataclass
class Repository:
    """A dataset: its files by commit, and the names of commits.

    `is_gated`: nobody may read its files. `token`: it is private, and does not exist for others.
    """

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    is_gated: bool = False
    token: str | None = None

    def commit(self, files: Mapping[str, str | bytes], name: str = "main") -> str:
        """Adds a commit with exactly these files; returns its id."""
        stored = {path: text.encode() if isinstance(text, str) else text
                  for path, text in files.items()}  # fmt: skip
        seed = f"{len(self.commits)}{sorted(stored)}".encode()
        sha = hashlib.sha1(seed).hexdigest()
        self.commits[sha] = stored
        self.refs[name] = sha
        return sha

    def sha(self, revision: str) -> str | None:
        """The commit that a name or a commit's id means."""
        return revision if revision in self.commits else self.refs.get(revision)


class HubStub:
    """The hub and its storage, while it is entered. `requests` are those they got: `METHOD path`."""

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        self.requests: list[str] = []
        known = {"repositories": repositories, "log": self.requests}
        self._storage = _server(_StorageHandler, known)
        known["storage"] = _endpoint(self._storage)
        self._hub = _server(_HubHandler, known)
        self.endpoint = _endpoint(self._hub)

    def __enter__(self) -> Self:
        for server in (self._hub, self._storage):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()

    def downloads(self) -> list[str]:
        """The data files that were downloaded, in order."""
        found = (re.fullmatch(r"GET /blobs/[^/]+/[^/]+/\w+/(.+)", line) for line in self.requests)
        return [match[1] for match in found if match]


def _server(handler: type[_Handler], known: Mapping[str, Any]) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), dict(known)))


def _endpoint(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


class _Handler(BaseHTTPRequestHandler):
    """What both servers do: read a request, log it, answer it."""

    repositories: Mapping[str, Repository]
    log: list[str]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
        """Nothing on the terminal."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.log.append(f"{self.command} {path}")
        self.answer(path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def answer(self, path: str, body: bytes) -> None:
        raise NotImplementedError

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str, sha: str | None = None) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": code}
        self._send(status, b"", headers | ({"X-Repo-Commit": sha} if sha else {}))

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _StorageHandler(_Handler):
    """Where `resolve` of the hub redirects to."""

    def answer(self, path: str, body: bytes) -> None:  # noqa: ARG002
        _, _, owner, name, sha, file = path.split("/", 5)
        self._send(200, self.repositories[f"{owner}/{name}"].commits[sha][file], {})


class _HubHandler(_Handler):
    storage: str

    def answer(self, path: str, body: bytes) -> None:
        if match := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/(\w[\w-]*)/(.+))?", path):
            self._api(match[1], match[2] or "revision", match[3] or "main", body)
        elif match := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(match[1], match[2], match[3])
        else:
            self._refuse(404, "EntryNotFound")

    def _repository(self, name: str) -> Repository | None:
        """The dataset, if there is one for whoever asks."""
        found = self.repositories.get(name)
        if found and found.token not in (None, self.headers.get("Authorization", "")[7:]):
            return None
        return found

    def _api(self, name: str, what: str, rest: str, body: bytes) -> None:
        repository = self._repository(name)
        if repository is None:
            self._refuse(401, "RepoNotFound")
            return
        revision, _, folder = rest.partition("/")
        sha = repository.sha(revision)
        if sha is None:
            self._refuse(404, "RevisionNotFound")
        elif what == "revision":
            files = repository.commits[sha]
            self._json({"id": name, "sha": sha, "siblings": [{"rfilename": p} for p in files]})
        elif what == "tree":
            self._json(_tree(repository.commits[sha], folder))
        elif what == "paths-info":
            form = parse_qs(body.decode())
            wanted = form["paths"] if "paths" in form else json.loads(body)["paths"]
            entries = _tree(repository.commits[sha], "")
            self._json([entry for entry in entries if entry["path"] in wanted])
        else:
            self._refuse(404, "EntryNotFound")

    def _resolve(self, name: str, revision: str, path: str) -> None:
        repository = self._repository(name)
        sha = repository.sha(revision) if repository else None
        if repository is None:
            self._refuse(401, "RepoNotFound")
        elif repository.is_gated:
            self._refuse(403, "GatedRepo")
        elif sha is None:
            self._refuse(404, "RevisionNotFound")
        elif (content := repository.commits[sha].get(path)) is None:
            self._refuse(404, "EntryNotFound", sha)
        elif path.endswith(".parquet"):
            headers = {
                "X-Repo-Commit": sha,
                "X-Linked-Size": str(len(content)),
                "X-Linked-ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                "Location": f"{self.storage}/blobs/{name}/{sha}/{path}",
            }
            self._send(302, b"", headers)
        else:
            etag = f'"{hashlib.sha1(content).hexdigest()}"'
            self._send(200, content, {"X-Repo-Commit": sha, "ETag": etag})


def _tree(files: Mapping[str, bytes], folder: str) -> list[dict[str, Any]]:
    """All files and folders below a folder, as the hub lists them."""
    prefix = f"{folder}/" if folder else ""
    found: dict[str, dict[str, Any]] = {}
    for path, content in files.items():
        if not path.startswith(prefix):
            continue
        steps = path.split("/")
        for depth in range(1, len(steps)):
            parent = "/".join(steps[:depth])
            oid = hashlib.sha1(parent.encode()).hexdigest()
            if parent.startswith(prefix):
                found[parent] = {"type": "directory", "path": parent, "size": 0, "oid": oid}
        oid = hashlib.sha1(content).hexdigest()
        found[path] = {"type": "file", "path": path, "size": len(content), "oid": oid}
    return list(found.values())


def conversations(label: str, count: int) -> bytes:
    """A Parquet file with conversations in the row schema of the Hermes dataset."""
    call = '<tool_call>\n{"name": "terminal", "arguments": {"command": "ls"}}\n</tool_call>'
    answer = '{"tool_call_id": "", "name": "terminal", "content": {"output": "", "error": null}}'
    rows = [
        {
            "id": f"{label}-{number}",
            "conversations": [
                {"from": "system", "value": "You are an agent."},
                {"from": "human", "value": f"Task {number}"},
                {"from": "gpt", "value": f"<think>\nLook first.\n</think>\n{call}"},
                {"from": "tool", "value": f"<tool_response>\n{answer}\n</tool_response>"},
                {"from": "gpt", "value": f"<think>\n</think>\nDone by {label}."},
            ],
            "tools": '[{"type": "function", "function": {"name": "terminal"}}]',
            "category": "Terminal & Coding",
            "subcategory": "Files",
            "task": f"Task {number}",
        }
        for number in range(count)
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def hermes_files() -> dict[str, str | bytes]:
    """The Hermes dataset in small: two configs, and the older flat copy of the same rows."""
    return {
        ".gitattributes": "*.parquet filter=lfs\n",
        "README.md": HERMES_CARD,
        "data/kimi/train.parquet": conversations("kimi", 5),
        "data/glm-5.1/train.parquet": conversations("glm", 3),
        "data/train-00000-of-00001.parquet": conversations("flat", 7),
    }
