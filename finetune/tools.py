"""The tools of a conversation, and the system turn that quotes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_OPEN, _CLOSE = "\n<tools>\n", "\n</tools>"
# After the tools, the synthetic prompt says how to call them and ends in one example.
_EXAMPLE_END = re.compile(r"^</tool_call>$", re.MULTILINE)


def definitions(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The tools of each toolset, in the OpenAI form, ordered by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        function: dict[str, Any] = {"name": row["tool_name"]}
        if row["description"] is not None:
            function["description"] = row["description"]
        if row["parameters"] is not None:
            function["parameters"] = msgspec.Raw(row["parameters"].encode())
        tool = {"type": "function", "function": function}
        found.setdefault(row["toolset_id"], []).append(tool)
    return {
        key: sorted(tools, key=lambda tool: str(tool["function"]["name"]))
        for key, tools in found.items()
    }


def without_tools(text: str) -> str:
    """The system text without its list of tools and the instructions that follow it.

    Shape: text that quotes no tools comes back as it is; what stands after the example stays.
    """
    start = text.find(_OPEN)
    end = text.find(_CLOSE, start)
    if start < 0 or end < 0:
        return text
    example = _EXAMPLE_END.search(text, end)
    rest = text[example.end() if example else end + len(_CLOSE) :]
    return (text[:start].rstrip() + "\n" + rest.lstrip("\n")).strip()
