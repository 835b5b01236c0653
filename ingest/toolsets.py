"""Tool definitions of a record, and calls checked against them by JSON Schema.

A dataset repeats few lists of tools in many records: each list is parsed, and each schema
compiled, once per process.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from ingest.conversation import Call
from ingest.jsontext import BadJson, Parser, canonical

_MAX_CACHED = 1000
_KINDS = {
    "required": "missing_required",
    "type": "wrong_type",
    "additional_properties": "unexpected_key",
    "enum": "bad_enum",
}


@dataclass(slots=True)
class Tool:
    """One definition; `properties` is None where the schema says nothing of unknown keys."""

    name: str
    description: str | None
    parameters: bytes | None = None
    schema: dict[str, Any] | None = None
    properties: frozenset[str] | None = None
    validator: Any = None


@dataclass(frozen=True, slots=True)
class Toolset:
    """The tools that one record offers, by name."""

    toolset_id: str
    tools: dict[str, Tool] = field(default_factory=dict)


class Toolsets:
    """Reads lists of tools, and keeps what it read."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._by_text: dict[bytes, Toolset | None] = {}

    def read(self, text: bytes | None) -> Toolset | None:
        """The toolset of a JSON list of definitions, in OpenAI's form or as bare functions.

        None for no text, text that is no such list, and an empty list.
        """
        if text is None:
            return None
        if text not in self._by_text:
            if len(self._by_text) >= _MAX_CACHED:
                self._by_text.clear()
            self._by_text[text] = self._parse(text)
        return self._by_text[text]

    def _parse(self, text: bytes) -> Toolset | None:
        try:
            value, _ = self._parser.parse(text)
        except BadJson:
            return None
        tools = [tool for tool in map(_tool, value if isinstance(value, list) else []) if tool]
        if not tools:
            return None
        digest = hashlib.sha256(canonical(value)).hexdigest()
        return Toolset(digest[:16], {tool.name: tool for tool in tools})


def check(toolset: Toolset | None, call: Call) -> tuple[str | None, str | None]:
    """`schema_status` and `schema_issues` (JSON) of a call against the tools that were offered."""
    if call.is_malformed or call.tool_name is None:
        return None, None
    if toolset is None:
        return "no_schema", None
    tool = toolset.tools.get(call.tool_name)
    if tool is None:
        return "unknown_tool", None
    if tool.schema is None:
        return "no_schema", None
    value = {} if call.arguments is None else call.value
    if not isinstance(value, dict):
        return "invalid", '[{"kind":"wrong_type","path":""}]'
    if tool.validator is None:
        tool.validator = _compile(tool.schema)
    if tool.validator is False:
        return "no_schema", None
    is_known = tool.properties is None or value.keys() <= tool.properties
    if is_known and tool.validator.is_valid(value):
        return "ok", None
    strange = sorted(value.keys() - (tool.properties or value.keys()))
    issues = [{"kind": "unexpected_key", "path": f"/{key}"} for key in strange]
    issues += sorted(map(_issue, tool.validator.iter_errors(value)), key=lambda i: i["path"])
    return "invalid", canonical(issues[:20]).decode()


def _tool(value: object) -> Tool | None:
    """One definition in either form, or None for what is neither."""
    inner = value.get("function", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
        return None
    description, schema = inner.get("description"), inner.get("parameters")
    if schema is None:
        schema = inner.get("input_schema")
    tool = Tool(inner["name"], description if isinstance(description, str) else None)
    if isinstance(schema, dict):
        tool.schema = schema
        tool.parameters = canonical(schema)
        tool.properties = _closed_properties(schema)
    return tool


def _closed_properties(schema: dict[str, Any]) -> frozenset[str] | None:
    """The property names, where the schema lists some and leaves other keys unmentioned."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not schema.keys().isdisjoint(
        ("additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf")
    ):
        return None
    return frozenset(properties)


def _compile(schema: dict[str, Any]) -> Any:
    """A validator that fetches nothing, or False for a schema that is not valid itself."""
    try:
        return jsonschema_rs.validator_for(schema, retriever=_refuse)
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
        return False


def _refuse(uri: str) -> Any:
    raise ValueError(f"remote schema {uri} is not fetched")


def _issue(error: Any) -> dict[str, str]:
    """One validation error as {kind, path}."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error.kind).__name__).lower()
    path = "".join(f"/{step}" for step in error.instance_path)
    if name == "required":
        path += f"/{error.kind.property}"
    return {"kind": _KINDS.get(name, name), "path": path}
