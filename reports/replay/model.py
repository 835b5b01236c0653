"""A conversation as data: steps, their turns, and what stands in each turn, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text of `chars` characters, or its head and tail where it was too long to read whole."""

    head: str
    tail: str
    chars: int

    @property
    def left_out(self) -> int:
        """Characters between head and tail."""
        return self.chars - len(self.head) - len(self.tail)

    @classmethod
    def whole(cls, text: str) -> Text:
        """A text with nothing left out."""
        return cls(text, "", len(text))


@dataclass(frozen=True, slots=True)
class Fault:
    """An error by our definition, as the warehouse has it."""

    side: str
    kind: str
    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A block that is neither call nor response; `kind`: text, think or media."""

    kind: str
    body: Text
    note: str


@dataclass(frozen=True, slots=True)
class Response:
    """A tool's answer. `fault` is the error that it carries itself, not that of its call."""

    turn_index: int
    tool_name: str
    content: Text
    note: str
    is_orphan: bool
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call with its responses. `arguments`: canonical JSON, else the text as written."""

    tool_name: str
    arguments: Text
    is_malformed: bool
    note: str
    fault: Fault | None
    responses: Sequence[Response]


Item = Prose | Call | Response


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `items` holds no response that stands under its call; `raw` is all its text."""

    turn_index: int
    role: str
    items: Sequence[Item]
    raw: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Step:
    """An assistant turn and the turns that answer its calls, or one turn of another role."""

    step_index: int | None
    turns: Sequence[Turn]
    faults: Sequence[Fault]

    @property
    def turn_index(self) -> int:
        """The turn that the step begins with."""
        return self.turns[0].turn_index

    def holds(self, turn_index: int) -> bool:
        """Whether the turn is one of the step's."""
        return any(turn.turn_index == turn_index for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation. `duplicate_of`: the one that it is an exact copy of."""

    conversation_id: str
    duplicate_of: str | None
    task: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    build_id: str
    version: str

    @property
    def turn_count(self) -> int:
        """Number of turns."""
        return sum(len(step.turns) for step in self.steps)

    @property
    def faulty(self) -> list[Step]:
        """The steps with an error."""
        return [step for step in self.steps if step.faults]
