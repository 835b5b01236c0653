"""Input formats: one module each; all yield the same plain conversations.

To add one: write a module with a class like `Format`, and list it in `FORMATS`. The order is the
order in which shapes are tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ingest.conversation import Conversation
from ingest.formats.claude_code import ClaudeCode
from ingest.formats.codex import Codex
from ingest.formats.droid import Droid
from ingest.formats.hermes import Hermes
from ingest.formats.inspect import Inspect
from ingest.formats.mini_swe_agent import MiniSweAgent
from ingest.formats.openai import OpenAI
from ingest.formats.openhands import OpenHands
from ingest.formats.pi import Pi
from ingest.formats.session_log import SessionLog
from ingest.formats.swe_agent import SweAgent


class Format(Protocol):
    """Turns one decoded record into a conversation."""

    name: str
    looks_for: str

    def matches(self, record: Any) -> bool:
        """Whether the record has this format's shape."""
        ...

    def read(self, record: Any) -> Conversation:
        """The conversation of a record that matches.

        Raises: BadRecord when a part of it is not what the shape promised.
        """
        ...


FORMATS: Mapping[str, type[Format]] = {
    f.name: f
    for f in (
        Hermes,
        MiniSweAgent,
        OpenAI,
        SweAgent,
        OpenHands,
        Inspect,
        ClaudeCode,
        Droid,
        Pi,
        Codex,
    )
}


def is_log(name: str) -> bool:
    """Whether a file of this format is one record: the log of a session, an event a line."""
    return issubclass(FORMATS.get(name, object), SessionLog)


def detect(record: Any) -> str | None:
    """The name of the first format whose shape the record has."""
    return next((name for name, f in FORMATS.items() if f().matches(record)), None)


def shape(record: Any) -> str:
    """What the record looks like, for the message that no format matches."""
    if isinstance(record, dict):
        names = list(record)
        keys = ", ".join(str(name)[:40] for name in names[:8]) or "none"
        more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
        return f"an object with the keys {keys}{more}"
    if isinstance(record, list):
        return f"a list of {len(record)} items"
    return f"a bare {type(record).__name__}"
