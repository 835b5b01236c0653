"""Messages of chat APIs, {role, content, tool_calls …}, as several formats hold them.

Source: OpenAI chat completions API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest import tags
from ingest.conversation import Block, Response
from ingest.formats import parts
from ingest.formats.pointers import Builder, Pointer
from ingest.responses import text_response

_REASONING = ("reasoning_content", "reasoning")


class ChatMessage(Builder):
    """Takes one message apart: {role, content, tool_calls …}."""

    def add_assistant(self) -> None:
        """Reasoning, then content, then calls: the order in which the model wrote them."""
        self.add_reasoning()
        has_calls = bool(self.extra.get("tool_calls"))
        self.add_content(tags.cut_thought if has_calls else tags.cut_assistant)
        calls = self.extra.get("tool_calls")
        if isinstance(calls, list):
            self.extra["tool_calls"] = [self._add_entry(call) for call in calls]

    def add_reasoning(self) -> None:
        """One thought; exports that repeat it under a second key point to the same block."""
        for key in _REASONING:
            text = self.extra.get(key)
            if not isinstance(text, str) or not text:
                continue
            body = text.encode()
            if not (self.blocks and self.blocks[0].body == body):
                self.blocks.append(Block("think", body, visibility="raw"))
            self.extra[key] = Pointer("$blocks", [len(self.blocks) - 1, 1])

    def add_content(self, cut: Callable[[bytes], list[Block]]) -> None:
        """The content: text, or a list of parts of which each is text or media."""
        content = self.extra.get("content")
        if isinstance(content, str) and content:
            blocks = cut(content.encode())
            parts.parse_tagged(blocks, self.parser)
            self.extra["content"] = self.add_cut(blocks)
        elif isinstance(content, list):
            self.extra["content"] = [self.add_part(part) for part in content]

    def add_part(self, part: Any) -> Any:
        """One of the parts of a content; what is left of it."""
        if isinstance(part, dict) and isinstance(part.get("text"), str) and part["text"]:
            return part | {"text": self.add(part["text"], Block("text", b""))}
        if isinstance(part, dict) and part.get("type") not in (None, "text"):
            return self.add(part, Block("media", b"", media_type=media_type(part)))
        return part

    def _add_entry(self, entry: Any) -> Any:
        """One of `tool_calls`: {id, function: {name, arguments}} or flat."""
        if not isinstance(entry, dict):
            return entry
        function = entry.get("function")
        inner: dict[str, Any] = function if isinstance(function, dict) else entry
        pointer = self.add_call(inner.get("name"), entry.get("id"), inner.get("arguments"))
        left = inner | {"arguments": pointer} if "arguments" in inner else inner
        return left if inner is entry else entry | {"function": left}

    def add_response(self, call_id: object = None, name: object = None) -> Response | None:
        """The content of a tool message: one response, or the tagged responses it holds.

        What the call is may be told, where the message does not say it in the usual place.
        """
        content = self.extra.get("content")
        if isinstance(content, str) and content.lstrip().startswith("<tool_response>"):
            self.add_content(tags.cut_tool)
            return None
        call_id = call_id or self.extra.get("tool_call_id")
        name = name or self.extra.get("name") or self.extra.get("tool_name")
        block = Block("tool_response", b"")
        if content is None:
            self.blocks.append(block)
        else:
            self.extra["content"] = self.add(content, block)
        block.response = text_response(_text_of_parts(content, block.body), call_id, name)
        return block.response


def media_type(part: dict[str, Any]) -> str | None:
    """The MIME type of a data URL, else the part's own word for what it is."""
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str) and url.startswith("data:"):
        return url[5:].split(";")[0].split(",")[0] or None
    return parts.text(part.get("type"))


def _text_of_parts(content: Any, body: bytes) -> bytes:
    """The texts of a list of parts, a line each; of any other content its block's body."""
    entries = content if isinstance(content, list) else []
    texts = [entry.get("text") for entry in entries if isinstance(entry, dict)]
    found = [inner for inner in texts if isinstance(inner, str)]
    return "\n".join(found).encode() if found else body
