"""What is exported as tagged text is read by ingest as what it was made from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from finetune.conversation import Block, Conversation
from finetune.examples import LeftOut, examples
from finetune.options import ExportOptions
from ingest.conversation import Block as CutBlock
from ingest.formats.hermes import Hermes
from ingest.jsontext import Parser, canonical
from tests.finetune_home import kept, made

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
_OPTIONS = (
    ExportOptions(format="sharegpt", missing_reasoning="keep"),
    ExportOptions(format="pairs", missing_reasoning="keep"),
    ExportOptions(format="pairs", missing_reasoning="keep", per="turn"),
)
Piece = tuple[Any, ...]


def _source(block: Block, *, is_tagged: bool) -> Piece:
    """What has to come back: the exact text where the source is tagged, else the meaning."""
    if is_tagged:
        return block.kind, block.body
    if block.call:
        return block.kind, block.call.name, canonical(json.loads(block.call.arguments))
    if block.response:
        answer = block.response
        return block.kind, answer.call_id or None, answer.name, answer.content
    return block.kind, block.body.strip()


def _read(block: CutBlock, *, is_tagged: bool) -> Piece:
    body = block.body.decode()
    if is_tagged:
        return block.kind, body
    if block.call:
        return block.kind, block.call.tool_name, block.call.arguments
    if block.response:
        value = Parser().parse(block.body)[0]
        return block.kind, block.response.tool_call_id, value["name"], value["content"]
    return block.kind, body.strip()


def _wanted(conversation: Conversation) -> list[list[Piece]]:
    return [
        _joined(
            _source(block, is_tagged=conversation.is_tagged)
            for block in turn.blocks
            if block.kind != "media" and (block.kind != "think" or block.is_captured)
        )
        for turn in conversation.turns
        if turn.role != "other"
    ]


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Adjacent texts as one: tagged text knows no bound between them."""
    found: list[Piece] = []
    for piece in pieces:
        if piece[0] == "text" and found and found[-1][0] == "text":
            piece = ("text", f"{found.pop()[1]}\n{piece[1]}".strip())
        if piece != ("text", ""):
            found.append(piece)
    return found


def _given_back(row: dict[str, Any], *, is_tagged: bool) -> list[list[Piece]]:
    """The blocks that ingest cuts a row into."""
    messages = row.get("conversations") or [
        {"from": message["role"], "value": message["content"]}
        for message in row["prompt"] + row["response"]
    ]
    turns = Hermes().read({"conversations": messages}).turns
    return [[_read(block, is_tagged=is_tagged) for block in turn.blocks] for turn in turns]


def check(conversations: Any, formats: tuple[ExportOptions, ...] = _OPTIONS) -> tuple[int, int]:
    """Compares every row of every conversation; returns turns compared and conversations left out."""
    compared = left_out = 0
    for conversation in conversations:
        wanted = _wanted(conversation)
        for options in formats:
            try:
                for example in examples(conversation, options):
                    row = example.row
                    found = _given_back(row, is_tagged=conversation.is_tagged)
                    assert found == wanted[: len(found)], conversation.conversation_id
                    compared += len(found)
            except LeftOut as reason:
                assert str(reason) in ("nothing to train", "text that holds a literal tag")
                left_out += 1
    return compared, left_out


def test_the_sample_comes_back(tmp_path: Path) -> None:
    compared, left_out = check(kept(made(tmp_path / "home", ROOT / "data/sample")))
    assert compared > 10_000
    assert left_out == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared traces are not beside the clone")
def test_real_files_of_all_formats_come_back(tmp_path: Path) -> None:
    compared, _ = check(kept(made(tmp_path / "home", SHARED / "data")), _OPTIONS[:2])
    assert compared > 1_000


@pytest.mark.skipif(not SHARED.is_dir(), reason="the maker of synthetic traces is not there")
def test_synthetic_and_dirty_conversations_come_back(tmp_path: Path) -> None:
    maker = [
        sys.executable,
        SHARED / "bench/make_synth.py",
        "--conversations",
        "200",
        "--seed",
        "7",
    ]
    subprocess.run([*maker, "--out", tmp_path / "synth"], check=True, capture_output=True)
    home = made(tmp_path / "home", tmp_path / "synth")
    compared, _ = check(kept(home))
    assert compared > 1_000
