"""SWE-agent trajectories (.traj): {trajectory, history, info …}.

`history` is what the model's API saw; its messages are the turns. `trajectory` logs the same once
more, with the messages of each query in full: in the conversation's `extra` it stands without
what the turns hold already. Actions come as tool calls, or as text in a fence that the run's
`parse_function` understands; then the model calls no tool by name: it is the agent's own command
that the action begins with, else `bash`, which runs them all.
Source: SWE-agent/SWE-agent, `sweagent/agent/agents.py` and `sweagent/tools/parsing.py`.
"""

from __future__ import annotations

import re
from typing import Any

from ingest import tags
from ingest.calls import structured_call
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.formats import parts
from ingest.formats.chat import ChatMessage
from ingest.formats.pointers import Pointer, sealed, without_copies
from ingest.jsontext import BadJson, Parser, canonical
from ingest.responses import text_response

SHELL = "bash"
_FENCE = re.compile(rb"\s*(?:<command>|```[\w.+-]*)[ \t\r]*\n?\Z")
_FENCE_END = re.compile(rb"[ \t\r]*\n?(?:</command>|```)")
_NEAR = 100  # bytes around an action in which its fence is looked for
_COMMAND = re.compile(r"^([\w-]+):$", re.MULTILINE)
_NO_MODELS = ("human", "human_thought", "replay", "instant_empty_submit")


class SweAgent:
    """Reads one run: system prompt, task, then actions and what they gave."""

    name = "swe_agent"
    looks_for = "an object with `trajectory`, a list of {action, observation}, and `history`"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        if not isinstance(record, dict):
            return False
        steps, history = record.get("trajectory"), record.get("history")
        if not isinstance(steps, list) or not isinstance(history, list):
            return False
        step = steps[0] if steps else {"action": "", "observation": ""}
        return isinstance(step, dict) and {"action", "observation"} <= step.keys()

    def read(self, record: Any) -> Conversation:
        history = record["history"]
        if not history:
            raise BadRecord("no_messages", "`history` is empty")
        for index, message in enumerate(history):
            if not isinstance(message, dict) or not isinstance(message.get("role"), str):
                raise BadRecord("bad_message", f"message {index} has no `role`")
        config = self._config(record)
        tools = parts.inner(parts.inner(config, "agent"), "tools").get("command_docs")
        turns = self._turns(history, set(_COMMAND.findall(tools if isinstance(tools, str) else "")))
        rest = {key: value for key, value in record.items() if key != "history"}
        _add_last_observation(turns, rest, history)
        conversation = Conversation(turns, extra=canonical(sealed(without_copies(rest, history))))
        _read_config(conversation, config)
        status = parts.inner(record, "info").get("exit_status")
        conversation.is_completed = status == "submitted" if isinstance(status, str) else None
        return conversation

    def _config(self, record: dict[str, Any]) -> dict[str, Any]:
        """The run's configuration; newer versions write it as JSON text."""
        config = record.get("replay_config")
        if isinstance(config, str):
            try:
                config, _ = self._parser.parse(config.encode())
            except BadJson:
                return {}
        return config if isinstance(config, dict) else {}

    def _turns(self, history: list[dict[str, Any]], commands: set[str]) -> list[Turn]:
        """A turn per message. A user message right behind a call is what the call gave."""
        turns: list[Turn] = []
        is_answer_due = False
        for message in history:
            role = parts.ROLES.get(message["role"], "other")
            builder = _Message(message, self._parser)
            if message.get("is_demo") or message.get("message_type") == "demonstration":
                builder.add_content(tags.cut_text)
                role = "user" if role == "user" else "other"  # shown to the model, not done by it
            elif role == "assistant":
                builder.add_action(commands)
            elif role == "tool" or (role == "user" and is_answer_due):
                builder.add_observation()
                role = "tool"
            else:
                builder.add_content(tags.cut_text)
            is_answer_due = any(block.call is not None for block in builder.blocks)
            turns.append(builder.turn(role, message["role"]))
        return turns


class _Message(ChatMessage):
    """Takes a message of `history` apart; some repeat their content as `thought` and `action`."""

    def add_action(self, commands: set[str]) -> None:
        """Thinking, text, and the action as a call."""
        self._add_thinking()
        first = len(self.blocks)
        content, action = self.extra.get("content"), self.extra.get("action")
        if self.extra.get("tool_calls") or not isinstance(action, str) or not action.strip():
            self.add_assistant()
        else:
            blocks = _cut_action(content, action) if isinstance(content, str) else []
            if blocks:
                self.extra["content"] = self.add_cut(blocks)
            else:
                self.add_content(tags.cut_text)
                self.add(action, Block("tool_call", b""))
            index = next(i for i, b in enumerate(self.blocks) if b.kind == "tool_call")
            self.blocks[index].call = self._command(action, commands)
            self.extra["action"] = Pointer("$body", index)
        self._point_to_thought(content, first)

    def _add_thinking(self) -> None:
        """Thoughts that the API gave apart from the content."""
        thoughts = self.extra.get("thinking_blocks")
        if isinstance(thoughts, list):
            self.extra["thinking_blocks"] = [self._without_thought(block) for block in thoughts]

    def _without_thought(self, block: Any) -> Any:
        text = block.get("thinking") if isinstance(block, dict) else None
        if not isinstance(text, str) or not text:
            return block
        return block | {"thinking": self.add(text, Block("think", b"", visibility="raw"))}

    def _point_to_thought(self, content: Any, first: int) -> None:
        """`thought` repeats the content, or what of it stands before the action."""
        thought = self.extra.get("thought")
        if not isinstance(thought, str) or not thought or first >= len(self.blocks):
            return
        if thought == content:
            self.extra["thought"] = self.extra["content"]
        elif self.blocks[first].body == thought.encode():
            self.extra["thought"] = Pointer("$body", first)

    def _command(self, action: str, commands: set[str]) -> Any:
        """The call of an action that is a line for the shell."""
        word = action.split(maxsplit=1)[0]
        name = word if word in commands else SHELL
        return structured_call(name, None, {"command": action}, self.parser)

    def add_observation(self) -> None:
        """The content as the response of its call, whose id may stand in a list of one."""
        ids = self.extra.get("tool_call_ids")
        call_id = ids[0] if isinstance(ids, list) and len(ids) == 1 else None
        self.add_response(call_id)


def _cut_action(content: str, action: str) -> list[Block]:
    """The content as text, the action in its fence, and text; nothing where it is not in there."""
    text, body = content.encode(), action.encode()
    at = text.rfind(body)
    if at < 0:
        return []
    end = at + len(body)
    fence = _FENCE.search(text, max(0, at - _NEAR), at)
    closer = _FENCE_END.match(text, end, end + _NEAR) if fence else None
    start, stop = (fence.start() if fence else at), (closer.end() if closer else end)
    block = Block("tool_call", body, text[start:at], text[end:stop])
    block.is_closed = fence is None or closer is not None
    return [*tags.cut_text(text[:start]), block, *tags.cut_text(text[stop:])]


def _add_last_observation(
    turns: list[Turn], rest: dict[str, Any], history: list[dict[str, Any]]
) -> None:
    """Adds the turn of a last observation that `history` leaves out, since no query followed it."""
    steps = rest["trajectory"]
    last = steps[-1] if steps else {}
    text = last.get("observation") if isinstance(last, dict) else None
    call = next((block.call for block in turns[-1].blocks if block.call is not None), None)
    if call is None or not isinstance(text, str) or history[-1].get("action") != last.get("action"):
        return
    body = text.encode()
    response = text_response(body, call.tool_call_id, None)
    block = Block("tool_response", body, response=response)
    turns.append(parts.turn("tool", None, body, [block], is_lossless=True))
    turns[-1].extra = b'{"observation":{"$blocks":[0,1]}}'
    moved = last | {"observation": Pointer("$turn", [len(history), "observation"])}
    rest["trajectory"] = [*steps[:-1], moved]


def _read_config(conversation: Conversation, config: dict[str, Any]) -> None:
    """Model and task, where the run's configuration is recorded."""
    problem, agent = parts.inner(config, "problem_statement"), parts.inner(config, "agent")
    model = parts.text(parts.inner(agent, "model").get("name"))
    conversation.model = None if model in _NO_MODELS else model
    conversation.task = parts.text(problem.get("text"))
    conversation.task_id = parts.text(problem.get("id"))
