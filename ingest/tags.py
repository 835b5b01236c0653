"""Cuts the tags of a message: `<think>`, `<tool_call>`, `<tool_response>` → blocks.

Pure and linear in the length of the text, also for hostile text. The writer of these traces puts
each wrapper tag alone on its line ("anchored") with one line of JSON between, and JSON holds no
raw line ends: so an anchored tag cannot be part of a JSON string. Inline tags are second choice.

Source: reference implementation of the format, `convert_to_trajectory_format` of hermes-agent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from ingest.conversation import Block

MAX_BLOCKS = 10_000  # of one message; what follows is kept as one text block
MAX_TRIES = 64  # decodings of one message that look for the end of an inline body

THINK = b"<think>"
THINK_END = b"</think>"
_NEWLINE, _BLANK = ord("\n"), ord(" ")
_SPACE = re.compile(rb"\s*")
_LINE_END = b"\r\n"
_validate = msgspec.json.Decoder(msgspec.Raw).decode


@dataclass(frozen=True, slots=True)
class Tag:
    """A wrapper tag; an inline opener counts only where the body starts with `inline_starts`."""

    kind: str
    opener: bytes
    closer: bytes
    inline_starts: bytes
    opener_line: bytes  # as it stands before a body, and the closer after it
    closer_line: bytes


CALL = Tag("tool_call", b"<tool_call>", b"</tool_call>", b"{", b"<tool_call>\n", b"\n</tool_call>")
RESPONSE = Tag(
    "tool_response",
    b"<tool_response>",
    b"</tool_response>",
    b"",
    b"<tool_response>\n",
    b"\n</tool_response>",
)


def cut_text(text: bytes) -> list[Block]:
    """System and user text: one block, as it is; never parsed (prompts quote tags)."""
    return [Block("text", text)] if text else []


def cut_assistant(text: bytes) -> list[Block]:
    """Blocks of an assistant message: at most one thought, then text and tool calls.

    A tag inside the thought is text. An empty thought (`visibility` empty) means that no
    reasoning was captured.
    """
    if b"<" not in text:
        return cut_text(text)
    thought, end = _thought(text)
    blocks = [thought] if thought else []
    return blocks + _cut(text, end, CALL)


def cut_thought(text: bytes) -> list[Block]:
    """Blocks of an assistant message whose calls stand elsewhere: a thought, if any, and text."""
    thought, end = _thought(text)
    return [*([thought] if thought else []), *cut_text(text[end:])]


def cut_tool(text: bytes) -> list[Block]:
    """Blocks of a tool message: its responses; a message without tags is one response."""
    if not text:
        return []
    blocks = _cut(text, 0, RESPONSE)
    if blocks[0].kind == "text" and all(block.kind == "text" for block in blocks):
        return [Block("tool_response", text, issue="untagged")]
    return blocks


def _thought(text: bytes) -> tuple[Block | None, int]:
    """The thought that the text begins with, if any, and where it ends.

    From the opener (implied when missing) to the last anchored closer before the first call:
    models emit doubled blocks, and reasoning after an empty `<think>` pair.
    """
    begin = _skip_space(text, 0)
    has_opener = text.startswith(THINK, begin)
    first = _anchored(text, THINK_END, begin)
    if has_opener and first >= 0 and text.find(THINK_END, first + len(THINK_END)) < 0:
        return _think_block(text, begin + len(THINK), first, None)  # the one closer: the usual case
    if not has_opener and (first < 0 or 0 <= _anchored(text, CALL.opener, begin) < first):
        return None, 0
    start = begin + len(THINK) if has_opener else begin
    if first < 0:
        return _loose_thought(text, start)
    call = _anchored(text, CALL.opener, first + len(THINK_END))
    last = _last_anchored(text, THINK_END, first, call if call >= 0 else len(text))
    issue = None if has_opener else "implied_opener"
    if last > first:
        issue = "several_closers"
        if not text[start:first].strip():
            issue, start = "late_reasoning", first + len(THINK_END)
    return _think_block(text, start, last, issue)


def _loose_thought(text: bytes, start: int) -> tuple[Block, int]:
    """The thought after an opener at `start` that no anchored closer ends."""
    call = _anchored(text, CALL.opener, start)
    limit = call if call >= 0 else len(text)
    inline = text.find(THINK_END, start, limit)
    if inline >= 0:
        return _think_block(text, start, inline, None)
    body = text[start:limit].strip()
    at = start + text[start:limit].find(body)
    block = Block(
        "think",
        body,
        text[:at],
        text[at + len(body) : limit],
        is_closed=False,
        issue="unclosed",
        visibility="raw" if body else "empty",
    )
    return block, limit


def _think_block(text: bytes, start: int, close: int, issue: str | None) -> tuple[Block, int]:
    """The closed thought with its body in [start, close), line ends given to the tags."""
    body = text[start:close].strip()
    at = _skip_space(text, start) if body else close
    end = _skip_space(text, close + len(THINK_END))
    visibility = "raw" if body else "empty"
    closer = text[at + len(body) : end]
    return Block("think", body, text[:at], closer, issue=issue, visibility=visibility), end


def _cut(text: bytes, start: int, tag: Tag) -> list[Block]:
    """The blocks of text[start:]."""
    if start == 0 or text[start - 1] == _NEWLINE:
        written = _as_written(text, start, tag)
        if written is not None:
            return written
    return _Cutter(text, tag).cut(start)


def _as_written(text: bytes, start: int, tag: Tag) -> list[Block] | None:
    """What `_Cutter` makes of text[start:] laid out as its writer does, in a fraction of the time.

    That is: visible text, if any, then bodies of one line between tags that stand alone on theirs,
    and nothing after the last. None for any other text.
    """
    at = text.find(tag.opener, start)
    if at < 0:
        return [_text_block(text[start:])] if start < len(text) else []
    if at > start and text[at - 1] != _NEWLINE:
        return None
    blocks: list[Block] = []
    opener, closer, size = tag.opener_line, tag.closer_line, len(text)
    if at > start:
        lead = text[start:at]
        if lead.isspace():
            opener = lead + opener
        else:
            blocks.append(_text_block(lead))
    while at < size:
        begin = at + len(tag.opener_line)
        end = text.find(b"\n", begin)
        if end < 0 or not (text.startswith(tag.opener_line, at) and text.startswith(closer, end)):
            return None
        at = end + len(closer)
        if at < size:
            if text[at] != _NEWLINE:
                return None
            at += 1
        if text[begin] <= _BLANK or text[end - 1] <= _BLANK or len(blocks) >= MAX_BLOCKS:
            return None
        blocks.append(Block(tag.kind, text[begin:end], opener, text[end:at]))
        opener = tag.opener_line
    return blocks


def _text_block(piece: bytes, issue: str | None = None) -> Block:
    """The text, white space at its ends as opener and closer."""
    body = piece.strip()
    at = piece.find(body)
    return Block("text", body, piece[:at], piece[at + len(body) :], issue=issue)


class _Cutter:
    """Cuts one kind of wrapper tag out of one text, left to right."""

    def __init__(self, text: bytes, tag: Tag) -> None:
        self.text = text
        self.tag = tag
        self.blocks: list[Block] = []
        self.tries = MAX_TRIES
        self.next_close = -1  # inline closer found last: later searches need not look again

    def cut(self, start: int) -> list[Block]:
        """All blocks of text[start:], text between the tags included."""
        cursor, anchored = start, _anchored(self.text, self.tag.opener, start)
        find = self._next_anchored if anchored >= 0 else self._next_inline
        opener = anchored if anchored >= 0 else find(start)
        while opener >= 0:
            if len(self.blocks) >= MAX_BLOCKS:
                self._add_text(cursor, len(self.text), "too_many_tags")
                return self.blocks
            lead = cursor
            if cursor < opener and not self._is_blank(cursor, opener):
                lead = self._add_text(cursor, opener)
            cursor = self._add_tagged(lead, opener, is_inline=anchored < 0)
            opener = find(cursor)
        self._add_rest(cursor)
        return self.blocks

    def _next_anchored(self, start: int) -> int:
        return _anchored(self.text, self.tag.opener, start)

    def _next_inline(self, start: int) -> int:
        """The next opener anywhere in a line whose body begins as a body should."""
        while (at := self.text.find(self.tag.opener, start)) >= 0:
            start = at + len(self.tag.opener)
            if self.text.startswith(self.tag.inline_starts, _skip_space(self.text, start)):
                return at
        return -1

    def _is_blank(self, start: int, end: int) -> bool:
        return not self.text[start:end].strip()

    def _add_text(self, start: int, end: int, issue: str | None = None) -> int:
        """Adds the text in [start, end), white space at its ends as opener and closer."""
        self.blocks.append(_text_block(self.text[start:end], issue))
        return end

    def _add_rest(self, cursor: int) -> None:
        if cursor >= len(self.text):
            return
        if self._is_blank(cursor, len(self.text)) and self.blocks:
            self.blocks[-1].closer += self.text[cursor:]
        else:
            self._add_text(cursor, len(self.text))

    def _add_tagged(self, lead: int, opener: int, is_inline: bool) -> int:
        """Adds the block whose opening tag is at `opener`; white space from `lead` belongs to it."""
        text = self.text
        start = _skip_space(text, opener + len(self.tag.opener))
        if is_inline:
            end, close = self._inline_end(start)
        else:
            end, close = self._anchored_end(start)
        body = text[start:end].rstrip()
        after = _skip_space(text, close + len(self.tag.closer)) if close >= 0 else end
        block = Block(self.tag.kind, body, text[lead:start], text[start + len(body) : after])
        if close < 0:
            block.is_closed, block.issue = False, "unclosed"
        self.blocks.append(block)
        return after

    def _anchored_end(self, start: int) -> tuple[int, int]:
        """Where the body that begins at `start` ends, and where its closing tag is (or -1)."""
        text, closer = self.text, self.tag.closer
        line_end = text.find(b"\n", start)
        if line_end >= 0 and _is_anchored(text, line_end + 1, closer):
            return line_end, line_end + 1
        following = self._next_anchored(start)
        limit = following if following >= 0 else len(text)
        close = _anchored(text, closer, start, limit)
        if close >= 0 and self._is_json(start, close):
            return close, close
        inline = self._decodable_end(start, close if close >= 0 else limit)
        if close < 0 or inline >= 0:
            close = inline if inline >= 0 else text.find(closer, start, limit)
        return (close, close) if close >= 0 else (limit, -1)

    def _inline_end(self, start: int) -> tuple[int, int]:
        """The same for a body whose tags stand anywhere in a line."""
        close = self._decodable_end(start, len(self.text))
        if close >= 0:
            return close, close
        following = self._next_inline(start)
        limit = following if following >= 0 else len(self.text)
        close = self._find_close(start)
        return (close, close) if 0 <= close < limit else (limit, -1)

    def _decodable_end(self, start: int, limit: int) -> int:
        """The first closing tag in [start, limit) after which the body is JSON, or -1."""
        at = self._find_close(start)
        while 0 <= at < limit and self.tries > 0:
            if self._is_json(start, at):
                return at
            at = self.text.find(self.tag.closer, at + 1, limit)
        return -1

    def _find_close(self, start: int) -> int:
        """The first closing tag at or after `start`, or -1; asked with growing `start` only."""
        if self.next_close < start and self.next_close != len(self.text):
            at = self.text.find(self.tag.closer, start)
            self.next_close = at if at >= 0 else len(self.text)
        return self.next_close if self.next_close < len(self.text) else -1

    def _is_json(self, start: int, end: int) -> bool:
        self.tries -= 1
        try:
            _validate(self.text[start:end])
        except (msgspec.DecodeError, RecursionError):
            return False
        return True


def _skip_space(text: bytes, start: int) -> int:
    """The position of the first character at or after `start` that is not white space."""
    if text[start : start + 1] > b" ":
        return start
    found = _SPACE.match(text, start)
    return found.end() if found else start


def _is_anchored(text: bytes, at: int, tag: bytes) -> bool:
    """Whether `tag` stands alone on its line at `at`."""
    end = at + len(tag)
    return (
        text.startswith(tag, at)
        and (at == 0 or text[at - 1] == _NEWLINE)
        and (end == len(text) or text[end] in _LINE_END)
    )


def _anchored(text: bytes, tag: bytes, start: int, limit: int | None = None) -> int:
    """The first position in [start, limit) where `tag` stands alone on its line, or -1."""
    while (at := text.find(tag, start, limit)) >= 0:
        end = at + len(tag)
        if (at == 0 or text[at - 1] == _NEWLINE) and (end == len(text) or text[end] in _LINE_END):
            return at
        start = end
    return -1


def _last_anchored(text: bytes, tag: bytes, start: int, limit: int) -> int:
    """The last such position; `start` is one, so there is always an answer."""
    at = text.rfind(tag, start, limit)
    while at > start and not _is_anchored(text, at, tag):
        at = text.rfind(tag, start, at)
    return at
