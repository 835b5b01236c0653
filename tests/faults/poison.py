"""The poison corpus: hostile strings in every text and every name, and its plain twin.

The twin has plain letters in the same places, of the same length and in the same order, so that
the pages of both have the same structure unless a text became markup.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from finetune.options import ExportOptions
from finetune.preview import previewer
from reports.masks import mask_html
from reports.replay.page import replay_file, replay_html
from reports.replay.store import stored
from reports.text import is_unseen
from tests.command import tracehouse
from tests.traces import record, write_lines
from tracehouse.paths import Home

POISON = [
    "</script><!--<script>alert(1)//-->]]>",
    "\"><img src=//evil.example/x onerror='alert(1)' onload=alert(1)>",
    "' autofocus onfocus='alert(1)' style='background:url(//evil.example/y)",
    "javascript:alert(1) data:text/html,<script>alert(1)</script>",
    "</style><style>*{background:url(//evil.example/z)}</style>expression(alert(1))",
    "<link rel=stylesheet href=//evil.example/a.css><iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{# #}${7*7}",
    "\x1b]0;title\x07\x1b]8;;http://evil.example\x07link\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\r\x08",
    "\u202eevil\u202c\u2066x\u2069\u061c\u200f",
    "Z" + "\u0301\u0316" * 200,
    "<svg/onload=alert(1)><math><mtext></mtext></math>$$\\href{javascript:alert(1)}{x}$$",
    "]]></text></svg><foreignObject><body onload=alert(1)></foreignObject><animate>",
    "</td></table><h1>Secrets: 0</h1><table><td>",
    "</title></textarea></pre></code></details><plaintext>",
    '<meta http-equiv=refresh content="0;url=//evil.example"><base href="//evil.example/">',
    "<a id=turn-0 name=getElementById><form id=main><input name=location></form>",
    "=HYPERLINK(\"//evil.example\")+cmd|' /C calc'!A0",
    "@SUM(1+9)\t-1+1\n=1+1",
    "../../../etc/passwd\x00.html",
    "a\u2028b\u2029c\x00d\x85e",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#x3c;b&#62;%3Cscript%3E\\u003cscript\\u003e",
    "[x](javascript:alert(1)) ![x](//evil.example/i) [bold red]y[/] :bomb: | z | `w`",
]  # fmt: skip
LONG = "<b onclick=alert(1)>" + "W" * 60_000
# What no output may hold: escapes, controls but tab and line end, bidi, separators of lines.
INVISIBLE = set("\x00\x07\x08\r\x1b\x85\x9b\u061c\u200f\u202c\u202e\u2028\u2029\u2066\u2069")
_NAME = 300  # characters of a name


def twins() -> tuple[list[str], list[str]]:
    """The hostile texts, and plain ones that differ from each other and sort as those do."""
    texts = [*POISON, LONG]
    ranks = {text: rank for rank, text in enumerate(sorted(texts, key=str.encode))}
    return texts, [_plain(text, ranks[text]) for text in texts]


def _plain(text: str, rank: int) -> str:
    """As long, in JSON, too; with the one word that is a sign of an error by some definitions."""
    letters = "".join(
        part if part in ("error", "W", " ", "\t", "\n", "\\") else "x"
        for part in re.findall("error|.", text.replace('"', "\\"), re.DOTALL)
    )
    return f"{chr(ord('a') + rank)}{letters[1:]}"


def seen(text: str) -> str:
    """The visible characters of `text`."""
    return "".join(c for c in text if not is_unseen(c))


# --- the corpus ---------------------------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _hermes(number: int, text: str, own_id: str) -> dict[str, Any]:
    """A conversation in which each text and each name is `text`, and one call fails."""
    name = text[:_NAME]
    call = {"name": name, "arguments": {name: text, "path": text}}
    failed = {
        "tool_call_id": name,
        "name": name,
        "content": {"error": f"not found: {text}", name: text},
    }
    tools = [
        {
            "name": name,
            "description": text,
            "parameters": {"type": "object", "properties": {name: {"description": text}}},
        }
    ]
    said = f"<think>\n{text}\n</think>\n{text}\n<tool_call>\n{_json(call)}\n</tool_call>"
    answer = f"<tool_response>\n{_json(failed)}\n</tool_response>"
    return record(
        number,
        id=own_id, task=text, category=name, subcategory=name, model=name,
        tools=_json(tools), **{name: text},
        conversations=[
            {"from": "system", "value": text},
            {"from": "human", "value": text},
            {"from": "gpt", "value": said},
            {"from": "tool", "value": answer},
            {"from": name, "value": text},
            {"from": "gpt", "value": said},
            {"from": "tool", "value": answer.replace('"error": "not found: ', '"output": "')},
            {"from": "gpt", "value": f"<think>\n{text}\n</think>\n{text}"},
        ],
    )  # fmt: skip


def _openai(number: int, text: str) -> dict[str, Any]:
    """The same as OpenAI messages, whose ids, roles and stop reasons are texts, too; with outcome."""
    name = text[:_NAME]
    call = {"id": name, "type": "function", "function": {"name": name, "arguments": text}}
    return {
        "id": f"n{number:02}-{text}", "model": name, "category": name, "subcategory": name,
        "task": text, "task_id": name, "reward": number % 2, name: text,
        "tools": [{"type": "function", "function": {"name": name, "description": text}}],
        "messages": [
            {"role": "user", "content": f"Please {text}"},
            {"role": "assistant", "content": text, "tool_calls": [call], "id": name,
             "finish_reason": name, name: text},
            {"role": "tool", "tool_call_id": name, "content": text, "name": name},
            {"role": name, "content": text},
            {"role": "assistant", "content": text, "finish_reason": "stop"},
        ],
    }  # fmt: skip


def _own_id(number: int, text: str, source: str) -> str:
    """An id whose hash, which decides on the split, puts it into the same one in both twins."""
    ids = (f"n{number:02}-{text}-{salt:03}" for salt in range(1000))
    hashed = ((own, hashlib.md5(f"{source}/{own}".encode()).hexdigest()) for own in ids)
    is_held_out = number % 8 == 0
    return next(own for own, md5 in hashed if (md5 < "0c" if is_held_out else md5 > "1a"))


def _file_name(text: str) -> str:
    """The text as far as a file's name can hold it; a dot before it would hide the file."""
    name = re.sub(r"^\.", "-", re.sub(r"[/\x00]", "\\\\", text))
    return name.encode()[:180].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Poisoned:
    """A home over the corpus; `printed`: what the commands that made it wrote."""

    home: Path
    printed: str

    def ids(self) -> dict[str, str]:
        """The id of each conversation, by the number that it has in both twins."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.execute("select conversation_id from dim_conversations").fetchall()
        return {_number(conversation_id): conversation_id for (conversation_id,) in found}

    def pages(self) -> dict[str, str]:
        """The pages of the site; a replay page by its conversation's number."""
        site = self.home / "site"
        replays = {replay_file(each): f"replay of {number}" for number, each in self.ids().items()}
        files = {path.relative_to(site).as_posix(): path for path in site.rglob("*.html")}
        return {
            replays.get(name, name): path.read_bytes().decode("utf-8")
            for name, path in files.items()
        }

    def more_pages(self) -> dict[str, str]:
        """What `show --full --html` and `finetune --preview --html` write of each conversation."""
        parquet, warehouse = Home(self.home).built_from.resolve(), self.home / "warehouse.duckdb"
        found: dict[str, bytes] = {}
        ids = self.ids()
        with stored(parquet, warehouse) as store:
            for number, each in ids.items():
                conversation = store.read(each, is_full=True)
                found[f"show of {number}"] = replay_html(conversation, is_full=True)
        with previewer(parquet, warehouse.resolve(), ExportOptions()) as masks:
            for number, each in ids.items():
                found[f"mask of {number}"] = mask_html(masks.preview(each, {}))
        return {name: page.decode("utf-8") for name, page in found.items()}


def _number(conversation_id: str) -> str:
    found = re.search(r"(?:^|/)n(\d\d)-", conversation_id)
    assert found, conversation_id
    return found[1]


def build(root: Path, texts: Sequence[str]) -> Poisoned:
    """Ingest, build and report over the corpus made of these texts: files, folders, source, too."""
    for number, text in enumerate(texts):
        source = _file_name(texts[number - number % 6][:80])
        bad = f"no json {text}".replace("\n", " ")
        good = _hermes(number, text, _own_id(number, text, source))
        write_lines(root / "in" / source / f"{_file_name(text)}.jsonl", [good, bad])
    more = [_openai(50 + number, text) for number, text in enumerate(texts[:-1])]
    chats = write_lines(root / "chats.jsonl", more)
    home, printed = root / "home", ""
    for step in (
        ["ingest", root / "in", "--max-rejects", 1],
        ["ingest", chats, "--source", texts[5]],
        ["build"],
        ["report"],
    ):
        done = tracehouse(*step, home=home)
        assert done.returncode == 0, done.stderr + done.stdout
        printed += done.stdout + done.stderr
    return Poisoned(home, printed)
