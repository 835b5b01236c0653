"""Which kind of text each token of a rendered row is, by where its messages stand in the text.

A chat template adds marks of its own; they count with the text that they stand before, or at the
end of a turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from finetune.budget import Kind, Run
from ingest import tags

_KINDS: dict[str, Kind] = {"system": "system", "user": "user", "tool": "response"}
_CUT: dict[str, Kind] = {"text": "answer", "think": "think", "tool_call": "call"}
Ends = list[tuple[int, Kind]]


def token_kinds(
    text: str,
    starts: Sequence[int],
    spans: Sequence[tuple[int, int]],
    messages: Sequence[Any],
    *,
    has_tools: bool,
) -> list[Kind]:
    """The kind of each token; `starts` are the tokens' places in the text, `spans` the assistant's."""
    ends = _ends(text, spans, messages, has_tools)
    kinds, at = [], 0
    for start in starts:
        while at < len(ends) - 1 and start >= ends[at][0]:
            at += 1
        kinds.append(ends[at][1])
    return kinds


def token_runs(
    kinds: Sequence[Kind], is_trained: Sequence[bool], turn_ends: Sequence[int]
) -> list[Run]:
    """Tokens of the same kind that stand together, as one."""
    numbers, bounds = [], set(turn_ends)
    number = 0
    for at in range(len(kinds)):
        number += at in bounds
        numbers.append(number)
    runs, at = [], 0
    for (kind, trained, _), group in groupby(zip(kinds, is_trained, numbers, strict=True)):
        size = sum(1 for _ in group)
        at += size
        runs.append(Run(kind, size, trained, at in bounds))
    return runs


def _ends(
    text: str, spans: Sequence[tuple[int, int]], messages: Sequence[Any], has_tools: bool
) -> Ends:
    """Where each passage of the text ends, and its kind, in order; the last one ends with the text."""
    ends: Ends = []
    own = iter(spans)
    at = 0
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            start, end = next(own)
            ends += _of_assistant(text, start, end, message)
            at = end
            continue
        kind = _KINDS[message["role"]]
        content = str(message["content"]).strip()
        found = text.find(content, at)
        if has_tools and kind != "system":
            # All that stands before the first message and is not the system's: the tools.
            ends.append((max(found, at), "tools"))
            has_tools = False
        if found >= 0:
            at = found + len(content)
        elif number + 1 < len(messages) and messages[number + 1]["role"] == "assistant":
            at = max(at, text.rfind("\n", at, _next(spans, at)))  # written in another form
        ends.append((at, kind))
    last: Kind = ends[-1][1] if ends else "user"
    return [*ends, (len(text), last)]


def _next(spans: Sequence[tuple[int, int]], at: int) -> int:
    return next((start for start, _ in spans if start >= at), at)


def _of_assistant(text: str, start: int, end: int, message: Any) -> Ends:
    """The passages of one span of the assistant; what is not found in it is its calls."""
    ends: Ends = []
    at = start
    for kind, piece in _pieces(message):
        found = text.find(piece, at, end)
        if found >= 0:
            at = found + len(piece)
            ends.append((at, kind))
    rest: Kind = "call" if message.get("tool_calls") else ends[-1][1] if ends else "answer"
    return [*ends, (end, rest)]


def _pieces(message: Any) -> Iterator[tuple[Kind, str]]:
    """Thought, answer and calls that stand in the text of a message."""
    thought = (message.get("reasoning_content") or "").strip()
    if thought:
        yield "think", thought
    for block in tags.cut_assistant(str(message["content"]).encode()):
        piece = block.body.decode().strip()
        if piece:
            yield _CUT[block.kind], piece
