"""Formats whose record is a whole file: the log of one session, an event on each line.

A turn is one event, or several where the writer spreads a message over lines. `extra` of the turn
is {lines, events}: the positions of its lines, and their objects without the texts (`pointers.py`
says how). Events that belong to no message stand in the same way in `extra` of the conversation,
where `odd` names those that should have been a message and are none. So all lines can be rebuilt.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ingest.conversation import BadRecord, Conversation, EventLog, Turn
from ingest.formats import parts
from ingest.formats.pointers import Builder
from ingest.jsontext import Parser, canonical


class SessionLog(ABC):
    """What such formats share. A format says what is a message, and takes one apart."""

    name = ""
    looks_for = ""
    own_id = "id"  # key of an event's own id

    def __init__(self) -> None:
        self.parser = Parser()

    @abstractmethod
    def is_own(self, event: dict[str, Any]) -> bool:
        """Whether only this format writes such an event: one is enough to know the file."""

    @abstractmethod
    def message(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The message that the event holds or is a piece of; None for other events.

        Raises: BadRecord where it should hold one and does not.
        """

    def joined_by(self, message: dict[str, Any]) -> str | None:  # noqa: ARG002 (of those who do)
        """What the pieces of one message share; None where an event always holds all of it."""
        return None

    @abstractmethod
    def take(self, event: dict[str, Any], builder: Builder) -> dict[str, Any]:
        """The event with pointers in the place of the texts, which go to blocks."""

    @abstractmethod
    def finish(self, turn: Turn, events: list[dict[str, Any]]) -> None:
        """Fills in the turn's role, and what else its events say of it."""

    @abstractmethod
    def describe(self, conversation: Conversation, events: list[dict[str, Any]]) -> None:
        """Fills in what the events say of the session."""

    def matches(self, record: Any) -> bool:
        """Whether a line, or a file whose format is already known, is of this format."""
        if isinstance(record, EventLog):
            return True
        return isinstance(record, dict) and self.is_own(record)

    def read(self, record: EventLog) -> Conversation:
        """The conversation of all lines of a file."""
        odd: dict[int, str] = {}
        groups = self.groups(record.events, odd)
        if not groups:
            raise BadRecord("no_messages", next(iter(odd.values()), "no line holds a message"))
        conversation = Conversation(turns=[self._turn(record, group) for group in groups])
        self.describe(conversation, [e for e in record.events if isinstance(e, dict)])
        used = {position for group in groups for position in group}
        rest = [position for position in range(len(record.events)) if position not in used]
        if rest:
            extra = _kept(record, rest)
            if odd:
                extra["odd"] = [[record.lines[p], why] for p, why in odd.items()]
            conversation.extra = canonical(extra)
        return conversation

    def groups(self, events: list[Any], odd: dict[int, str]) -> list[list[int]]:
        """The positions of the events of each turn; adds to `odd` what should be in one.

        A copy of an earlier event, which some writers append when a session goes on, is none.
        """
        groups: list[list[int]] = []
        by_id: dict[str, list[int]] = {}
        seen: set[tuple[str, bytes]] = set()
        for position, event in enumerate(events):
            message = self.checked_message(event, position, odd)
            if message is None:
                continue
            if isinstance(own := event.get(self.own_id), str):
                key = (own, hashlib.sha256(canonical(message)).digest())
                if key in seen:
                    continue
                seen.add(key)
            joint = self.joined_by(message)
            if joint is not None and joint in by_id:
                by_id[joint].append(position)
                continue
            groups.append([position])
            if joint is not None:
                by_id[joint] = groups[-1]
        return groups

    def checked_message(
        self, event: Any, position: int, odd: dict[int, str]
    ) -> dict[str, Any] | None:
        """The message of an event, None where there is none; says in `odd` what is broken."""
        if not isinstance(event, dict):
            odd[position] = "no object"
            return None
        try:
            return self.message(event)
        except BadRecord as error:
            odd[position] = error.detail
            return None

    def _turn(self, log: EventLog, group: list[int]) -> Turn:
        """The turn of some events."""
        kept = _kept(log, group)
        events = kept["events"]
        builder = Builder(kept, self.parser)
        taken = [self.take(event, builder) for event in events]
        builder.extra["events"] = taken
        builder.fold()
        turn = builder.turn("other", None)
        turn.created_at = first_moment(events)
        self.finish(turn, events)
        return turn


def message_of(event: dict[str, Any]) -> dict[str, Any]:
    """What stands under `message`.

    Raises: BadRecord where that is no object with a role.
    """
    message = event.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadRecord("bad_message", "`message` is no object with a `role`")
    return message


def first_moment(events: Iterable[dict[str, Any]]) -> datetime | None:
    """The time of the first event that has one."""
    return next((t for event in events if (t := parts.moment(event.get("timestamp")))), None)


def most_frequent(values: Iterable[Any]) -> str | None:
    """The text that occurs most often, the first of several: the model of most messages."""
    found = Counter(value for value in values if isinstance(value, str)).most_common(1)
    return found[0][0] if found else None


def _kept(log: EventLog, positions: list[int]) -> dict[str, Any]:
    """Some events with the positions of their lines."""
    return {
        "lines": [log.lines[position] for position in positions],
        "events": [log.events[position] for position in positions],
    }
