"""The shape of the data: what the dataset's card says, and what is assumed where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """One config; the means follow the dataset's card.

    Units: `share` of all conversations; `tool_turns` assistant turns with calls per conversation;
    `parallel` probability that such a turn makes several calls; `extra_calls` calls beyond two then.
    """

    name: str
    share: float
    tool_turns: float
    parallel: float
    extra_calls: float


@dataclass(frozen=True, slots=True)
class Tool:
    """How often a tool is called, with what arguments, and the median characters of a response."""

    weight: int
    keys: tuple[str, ...]
    median_chars: int


CONFIGS = (
    Config("kimi", 7646 / 14701, tool_turns=10.15, parallel=0.175, extra_calls=1.10),
    Config("glm-5.1", 7055 / 14701, tool_turns=7.56, parallel=0.180, extra_calls=0.56),
)

TOOLS = {
    "terminal": Tool(45573, ("command", "timeout"), 700),
    "read_file": Tool(11848, ("path", "offset", "limit"), 3200),
    "search_files": Tool(10685, ("pattern", "path", "target"), 1500),
    "write_file": Tool(8911, ("path", "content"), 90),
    "browser_snapshot": Tool(3003, ("full",), 4000),
    "browser_navigate": Tool(2548, ("url",), 2500),
    "browser_scroll": Tool(1806, ("direction",), 80),
    "browser_click": Tool(1769, ("ref",), 80),
    "patch": Tool(1589, ("path", "old_string", "new_string"), 900),
    "process": Tool(810, ("action", "session_id"), 500),
    "browser_vision": Tool(662, ("question",), 1100),
    "todo": Tool(466, ("todos",), 600),
    "browser_type": Tool(239, ("ref", "text"), 80),
    "session_search": Tool(159, ("query",), 2500),
    "skill_view": Tool(148, ("name",), 5000),
    "skills_list": Tool(107, (), 2500),
    "memory": Tool(90, ("action", "content"), 250),
    "delegate_task": Tool(85, ("goal", "context"), 2000),
    "execute_code": Tool(300, ("code",), 700),
    "clarify": Tool(60, ("question", "choices"), 120),
}
KEY_TYPES = {
    "timeout": "integer",
    "offset": "integer",
    "limit": "integer",
    "full": "boolean",
    "todos": "array",
}

CATEGORIES = {
    "Terminal & Coding": ("Shell scripting", "Data processing", "Build systems", "Debugging"),
    "Repository Tasks": ("Bug fix", "Feature", "Tests", "Refactoring"),
    "Agent Tools": ("Memory", "Delegation", "Skills", "Planning"),
    "Browser Automation": ("Form filling", "Extraction", "Navigation"),
    "File Operations": ("Search", "Edit", "Organise"),
}

ERRORS = (
    "FileNotFoundError: [Errno 2] No such file or directory: '{path}'",
    "bash: {word}: command not found",
    "Command timed out after 180 seconds",
    "PermissionError: [Errno 13] Permission denied: '{path}'",
    "ModuleNotFoundError: No module named '{word}'",
    "Could not find a match for old_string in the file",
    "Element @e{num} not found or not interactable",
    "net::ERR_NAME_NOT_RESOLVED at https://{word}.example.org/",
)

FAILING = 0.81  # of conversations: those in which calls may fail at all
FAILURE_RATE = 0.14  # of calls, in these
GROUP_SIZE = 5  # conversations per prompt, on average, over both configs
PROMPT_VARIANTS = 6  # distinct system prompts, each with its list of tools
MAX_RESPONSE = 400_000  # characters

# Probability of each kind of ill-formed piece; `dirty` scales them all.
DIRTY = {
    "call_unknown_tool": 0.003,  # of calls: a tool that the row does not offer
    "call_bad_arguments": 0.005,  # of calls: a required argument is missing
    "call_malformed_json": 0.004,  # of calls: not valid JSON
    "call_literal_tag": 0.002,  # of calls: an argument holds the literal closing tag
    "call_unclosed": 0.001,  # of calling turns: the last call has no closing tag
    "think_unclosed": 0.001,  # of assistant turns
    "think_literal_tag": 0.002,  # of assistant turns: the reasoning talks about <tool_call>
    "response_literal_tag": 0.010,  # of responses: the output holds literal tags
    "response_not_json": 0.003,  # of responses: bare text between the tags
    "response_missing": 0.004,  # of calls: no answer
}
