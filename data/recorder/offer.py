"""What is offered to an agent: tool definitions, sets of them, and the system prompt."""

from __future__ import annotations

import json

from data.recorder.script import Json

Schema = dict[str, Json]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 1}


def _text(description: str) -> Schema:
    return _TEXT | {"description": description}


def _count(description: str) -> Schema:
    return _COUNT | {"description": description}


def _tool(name: str, description: str, required: tuple[str, ...], **properties: Schema) -> Schema:
    parameters: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
    function: Schema = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


_TODO_ITEM: Schema = {
    "type": "object",
    "properties": {
        "id": _text("Number of the item."),
        "content": _text("What has to be done."),
        "status": _TEXT | {"enum": ["pending", "in_progress", "completed", "cancelled"]},
    },
    "required": ["id", "content", "status"],
}
DEFINITIONS: dict[str, Schema] = {
    "terminal": _tool(
        "terminal",
        "Run a bash command in the workspace and wait for its end. Returns what it printed and its "
        "exit code. Each command starts in the top folder of the workspace.",
        ("command",),
        command=_text("The command, as it would be typed."),
        timeout=_count("Stop the command after this many seconds (30 unless given)."),
        workdir=_text("Folder to run the command in."),
    ),
    "read_file": _tool(
        "read_file",
        "Read a text file, with line numbers. Use offset and limit for long files.",
        ("path",),
        path=_text("Path of the file in the workspace."),
        offset=_count("First line to return, counted from 1."),
        limit=_count("Number of lines to return at most (500 unless given)."),
    ),
    "write_file": _tool(
        "write_file",
        "Write a whole file. What was in the file is lost; folders are made as needed.",
        ("path", "content"),
        path=_text("Path of the file in the workspace."),
        content=_text("The complete new content."),
    ),
    "patch": _tool(
        "patch",
        "Replace a passage of a file. The old passage must match exactly and be met only once, "
        "unless replace_all is true. Returns the change as a diff.",
        ("path", "old_string", "new_string"),
        path=_text("Path of the file in the workspace."),
        old_string=_text("The passage as it stands in the file, with its line ends."),
        new_string=_text("What to put in its place."),
        replace_all={"type": "boolean", "description": "Replace every occurrence."},
    ),
    "search_files": _tool(
        "search_files",
        "Search the workspace: for lines that match a regular expression, or (target 'files') for "
        "files whose name matches a pattern such as *.csv.",
        ("pattern",),
        pattern=_text("Regular expression, or pattern of file names."),
        target=_TEXT | {"enum": ["content", "files"], "description": "What to search."},
        path=_text("Folder or file to search in."),
        file_glob=_text("Only search files whose name matches this pattern."),
        limit=_count("Return at most this many matches (50 unless given)."),
    ),
    "execute_code": _tool(
        "execute_code",
        "Run a Python script in the workspace and return what it prints. Only the standard library "
        "is there. Good for calculations over several files.",
        ("code",),
        code=_text("The script."),
    ),
    "todo": _tool(
        "todo",
        "Keep a list of the things to be done. The list given replaces the one before; without "
        "one, the present list is returned.",
        (),
        todos={"type": "array", "items": _TODO_ITEM, "description": "The whole list."},
    ),
    "clarify": _tool(
        "clarify",
        "Ask the user a question, with up to four answers to choose from.",
        ("question",),
        question=_text("The question."),
        choices={"type": "array", "items": _TEXT, "maxItems": 4, "description": "Answers."},
    ),
}
_FILES = ("patch", "read_file", "search_files", "terminal", "write_file")
TOOLSETS: dict[str, tuple[str, ...]] = {
    "files": _FILES,
    "coding": ("execute_code", *_FILES),
    "planning": ("clarify", "execute_code", *_FILES, "todo"),
}
_SYSTEM = """\
You are an agent that gets work done by calling functions. The functions that you may call are \
described as JSON between <tools> and </tools>. Call one or several of them at a time, look at \
what they return between <tool_response> and </tool_response>, and go on until the request is \
dealt with. Do not guess the values of arguments. If no function helps, simply answer.
<tools>
{tools}
</tools>
A call is a JSON object that follows this schema:
{{'title': 'Call', 'type': 'object', 'properties': {{'name': {{'type': 'string'}}, 'arguments': \
{{'type': 'object'}}}}, 'required': ['name', 'arguments']}}
Write each call between <tool_call> and </tool_call>.
Example:
<tool_call>
{{'name': <function-name>,'arguments': <args-dict>}}
</tool_call>"""


def tools_json(toolset: str) -> str:
    """The definitions of a toolset, as they stand in the `tools` column."""
    return json.dumps([DEFINITIONS[name] for name in TOOLSETS[toolset]])


def system_prompt(toolset: str) -> str:
    return _SYSTEM.format(tools=tools_json(toolset))
