"""Content of messages as lists of {type, …} parts → blocks, for the formats that have it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.conversation import Block
from ingest.formats import parts
from ingest.formats.pointers import Builder, Pointer
from ingest.jsontext import canonical
from ingest.responses import text_response

_MEDIA = (
    "image", "image_url", "input_image", "audio", "input_audio", "video", "file", "input_file",
    "document",
)  # fmt: skip
Take = Callable[[dict[str, Any], Builder], Any]


def take_content(content: Any, builder: Builder, take: Take) -> Any:
    """The content with pointers: text, or a list of parts of which `take` takes each."""
    if isinstance(content, str) and content:
        return builder.add(content, Block("text", b""))
    if isinstance(content, list):
        return [take(part, builder) if isinstance(part, dict) else part for part in content]
    return content


def take_part(part: dict[str, Any], builder: Builder) -> Any:
    """A part of text or media with a pointer; any other as it is, since it holds no text."""
    if text := _text(part):
        return part | {"text": builder.add(text, Block("text", b""))}
    return _add_media(part, builder) if part.get("type") in _MEDIA else part


def take_thought(part: dict[str, Any], key: str, builder: Builder, is_hidden: bool) -> Any:
    """A part with a thought under `key`; without text it is `is_hidden` (encrypted) or empty."""
    text = part.get(key)
    if isinstance(text, str) and text:
        return part | {key: builder.add(text, Block("think", b"", visibility="raw"))}
    visibility = "encrypted" if is_hidden else "empty"
    builder.blocks.append(Block("think", b"", visibility=visibility))
    return part


def take_response(
    content: Any, builder: Builder, call_id: object, name: object, is_error: object = None
) -> Any:
    """The content of a response with pointers; what it answers and its own error flag are told.

    Of a list, the texts, one below the other, are the response; media are blocks after it. A list
    without either is kept as JSON, as is any value that is no text.
    """
    index = len(builder.blocks)
    block = Block("tool_response", b"")
    builder.blocks.append(block)
    left = content
    if isinstance(content, str):
        block.body, left = content.encode(), Pointer("$blocks", [index, 1])
    elif isinstance(content, list) and any(map(_is_shown, content)):
        block.body, left = take_list(content, builder, index)
    elif content is not None:
        block.body, left = canonical(content), Pointer("$json", index)
    block.response = text_response(block.body, call_id, name)
    block.response.native_is_error = is_error if isinstance(is_error, bool) else None
    return left


def take_list(content: list[Any], builder: Builder, index: int) -> tuple[bytes, list[Any]]:
    """The texts of a list, a line each, and the list with pointers into block `index`."""
    left: list[Any] = []
    texts: list[bytes] = []
    start = 0
    for part in content:
        text = _text(part)
        if text is not None:
            texts.append(text.encode())
            stop = start + len(texts[-1])
            left.append(part | {"text": Pointer("$slice", [index, start, stop])})
            start = stop + 1
        else:
            left.append(_add_media(part, builder) if _is_shown(part) else part)
    return b"\n".join(texts), left


def _text(part: Any) -> str | None:
    return parts.text(part.get("text")) if isinstance(part, dict) else None


def _is_shown(part: Any) -> bool:
    """Whether the part is text or media."""
    return _text(part) is not None or (isinstance(part, dict) and part.get("type") in _MEDIA)


def _add_media(part: dict[str, Any], builder: Builder) -> Pointer:
    return builder.add(part, Block("media", b"", media_type=_media_type(part)))


def _media_type(part: dict[str, Any]) -> str | None:
    """The MIME type as the part, its source or its data URL tells it; else the part's type."""
    source = part.get("source")
    told = part.get("mimeType") or (source.get("media_type") if isinstance(source, dict) else None)
    if isinstance(told, str):
        return told
    url = part.get("image_url")
    if isinstance(url, str) and url.startswith("data:"):
        return url[5:].split(";")[0].split(",")[0] or None
    return parts.text(part.get("type"))
