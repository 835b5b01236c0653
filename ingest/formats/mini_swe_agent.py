"""mini-SWE-agent trajectories: chat messages whose commands stand in a fence.

A command is a call of `bash`, the user message behind it (`<returncode>0</returncode> …`) its
response. A message with no command, or with several, runs none: the agent is told so, and that is
no response. Newer versions make tool calls; those are read as such.
Source: SWE-agent/mini-swe-agent, `agents/default.py` and `config/`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from ingest import tags
from ingest.calls import structured_call
from ingest.conversation import BadRecord, Block, Conversation, Turn
from ingest.formats import parts
from ingest.formats.chat import ChatMessage
from ingest.jsontext import Parser

SHELL = "bash"
_OPENER = re.compile(rb"```(?:mswea_bash_command|bash)[ \t\r]*\n")
_CLOSER = b"\n```"
_EXIT_CODE = re.compile(rb"\s*<returncode>(-?\d{1,9})</returncode>")
_ANSWERS = ("user", "tool", "exit")


class MiniSweAgent:
    """Reads one run of the agent."""

    name = "mini_swe_agent"
    looks_for = "messages of mini-SWE-agent: commands in a fence, answers with <returncode>"

    def __init__(self) -> None:
        self._parser = Parser()

    def matches(self, record: Any) -> bool:
        messages = record.get("messages") if isinstance(record, dict) else record
        if not isinstance(messages, list):
            return False
        told = record.get("trajectory_format") if isinstance(record, dict) else None
        if isinstance(told, str) and told.startswith("mini-swe-agent"):
            return True
        pairs = pairwise(messages)
        return any(_has_command(first) and _has_exit_code(second) for first, second in pairs)

    def read(self, record: Any) -> Conversation:
        row: dict[str, Any] = record if isinstance(record, dict) else {"messages": record}
        messages = row["messages"]
        if not messages:
            raise BadRecord("no_messages", "`messages` is empty")
        info = parts.inner(row, "info")
        status = info.get("exit_status")
        model = parts.inner(parts.inner(info, "config"), "model")
        turns = self._turns(messages)
        used = {"messages"}
        return Conversation(
            turns,
            task_id=parts.optional_text(row, "instance_id", used),
            model=parts.text(model.get("model_name")),
            is_completed=status == "Submitted" if isinstance(status, str) else None,
            started_at=next((turn.created_at for turn in turns if turn.created_at), None),
            extra=parts.rest(row, used),
        )

    def _turns(self, messages: list[Any]) -> list[Turn]:
        turns: list[Turn] = []
        is_answer_due = False
        for index, message in enumerate(messages):
            if not isinstance(message, dict) or not isinstance(message.get("role"), str):
                raise BadRecord("bad_message", f"message {index} has no `role`")
            role = parts.ROLES.get(message["role"], "other")
            builder = _Message(message, self._parser)
            if role == "assistant":
                builder.add_command()
            elif role == "tool" or (is_answer_due and message["role"] in _ANSWERS):
                builder.add_result()
                role = "tool"
            else:
                builder.add_content(tags.cut_text)
            if role != "tool":  # several calls of one message are answered one by one
                is_answer_due = any(block.call is not None for block in builder.blocks)
            elif message["role"] != "tool":
                is_answer_due = False
            builder.fold()
            turn = builder.turn(role, message["role"])
            more = parts.inner(message, "extra")
            turn.created_at = parts.moment(message.get("timestamp", more.get("timestamp")))
            turns.append(turn)
        return turns


class _Message(ChatMessage):
    """Takes one message of the agent apart."""

    def add_command(self) -> None:
        """The text with its one command as a call; or tool calls."""
        content = self.extra.get("content")
        text = content.encode() if isinstance(content, str) else b""
        openers = list(_OPENER.finditer(text))
        end = text.find(_CLOSER, openers[0].end() - 1) if len(openers) == 1 else -1
        if self.extra.get("tool_calls") or end < 0:
            self.add_assistant()
            return
        start, stop = len(text[: openers[0].start()].rstrip(b"\n")), openers[0].end()
        command = text[stop : max(end, stop)]
        call = structured_call(SHELL, None, {"command": command.decode()}, self.parser)
        closer = text[stop + len(command) : end + len(_CLOSER)]
        block = Block("tool_call", command, text[start:stop], closer, call=call)
        after = text[end + len(_CLOSER) :]
        cut = [*tags.cut_text(text[:start]), block, *tags.cut_text(after)]
        self.extra["content"] = self.add_cut(cut)

    def add_result(self) -> None:
        """What the command gave, with its exit code."""
        response = self.add_response()
        if response is None:
            return
        code = parts.inner(self.message, "extra").get("returncode")
        found = _EXIT_CODE.match(response.body_head)
        response.exit_code = code if type(code) is int else int(found[1]) if found else None


def _has_command(message: Any) -> bool:
    is_agent = isinstance(message, dict) and message.get("role") == "assistant"
    return is_agent and _OPENER.search(_content(message)) is not None


def _has_exit_code(message: Any) -> bool:
    return _EXIT_CODE.match(_content(message)) is not None


def _content(message: Any) -> bytes:
    content = message.get("content") if isinstance(message, dict) else None
    return content.encode() if isinstance(content, str) else b""
