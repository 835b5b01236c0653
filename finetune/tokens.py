"""Rows as tokens, by the tokenizer's own chat template: what is trained, token by token.

Source: `return_assistant_tokens_mask` of transformers, which TRL's `assistant_only_loss` uses too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from finetune.budget import IGNORED, Run
from finetune.examples import messages_of
from finetune.kinds import token_kinds, token_runs
from finetune.options import ExportOptions
from tracehouse.errors import UsageError

_ROLES = {"human": "user", "gpt": "assistant"}
_MARK = "{% generation"
_CALL = {"name": "probe_tool", "arguments": {"probe_key": "probe value"}}
_TOOL = {
    "type": "function",
    "function": {
        "name": "probe_tool",
        "description": "probe description",
        "parameters": {"type": "object", "properties": {"probe_key": {"type": "string"}}},
    },
}
_PROBE = [
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": _CALL}]},
    {"role": "tool", "name": "probe_tool", "content": "two"},
    {"role": "assistant", "content": "three"},
    {"role": "user", "content": "four"},
]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row: `labels` are the `input_ids`, or -100 where a token is not trained.

    `runs` are the same tokens by kind.
    """

    input_ids: list[int]
    labels: list[int]
    runs: list[Run]


class Encoder:
    """Encodes rows by the tokenizer in a folder, which has to have a chat template.

    Raises: UsageError where the template cannot say what the assistant wrote, or loses some of it.
    """

    def __init__(self, folder: Path) -> None:
        self.tokenizer = _tokenizer(folder)
        self.template = training_template(self.tokenizer)
        check_template(self.tokenizer, self.template)

    def encode(self, row: dict[str, Any]) -> Encoded:
        """The tokens of a row of any format; `train` of each message decides on its tokens.

        Raises: UsageError where the template marks another number of assistant messages.
        """
        messages = _plain([_message(message) for message in messages_of(row)])
        tools = _plain(row["tools"]) if isinstance(row.get("tools"), list) else None
        ids, mask, offsets = _masked(self.tokenizer, self.template, messages, tools)
        flags = [message["train"] for message in messages if message["role"] == "assistant"]
        spans = list(_spans(mask))
        if len(spans) != len(flags):
            raise UsageError(
                f"the chat template marks {len(spans)} passages of the assistant where there are "
                f"{len(flags)} messages of it, so that single ones cannot be masked: use a template "
                "that puts {% generation %} around each"
            )
        labels = [IGNORED] * len(ids)
        for (start, end), flag in zip(spans, flags, strict=True):
            if flag:
                labels[start:end] = ids[start:end]
        return Encoded(ids, labels, self._runs(messages, tools, offsets, labels, spans))

    def _runs(
        self,
        messages: list[Any],
        tools: list[Any] | None,
        offsets: list[tuple[int, int]],
        labels: list[int],
        spans: list[tuple[int, int]],
    ) -> list[Run]:
        """The tokens by kind."""
        text = self.tokenizer.apply_chat_template(
            messages, tools=tools or None, chat_template=self.template, tokenize=False
        )
        places = [(offsets[start][0], offsets[end - 1][1]) for start, end in spans]
        starts = [start for start, _ in offsets]
        kinds = token_kinds(text, starts, places, messages, has_tools=bool(tools))
        trained = [label != IGNORED for label in labels]
        return token_runs(kinds, trained, [end for _, end in spans])


def encoder_of(options: ExportOptions) -> Encoder | None:
    """What tells tokens; None where nobody asks for them. Raises: UsageError, as Encoder."""
    if options.tokenizer is None:
        if options.format == "tokens":
            raise UsageError("the format tokens is made with a tokenizer: give --tokenizer FOLDER")
        return None
    return Encoder(options.tokenizer)


def training_template(tokenizer: Any) -> str:
    """The tokenizer's template where it marks what the assistant wrote, else TRL's form of it."""
    template = tokenizer.chat_template
    if not isinstance(template, str):
        raise UsageError("the tokenizer has no chat template: tokens follow one")
    if _MARK in template.replace("{%-", "{%"):
        return template
    try:
        from trl.chat_template_utils import get_training_chat_template

        known: str | None = get_training_chat_template(tokenizer)
    except (ImportError, ValueError):
        known = None
    if known is None:
        raise UsageError(
            "the tokenizer's chat template has no {% generation %}, which marks what the assistant "
            "wrote, and is none that TRL (pip install 'tracehouse[train]') has such a form of"
        )
    return known


def check_template(tokenizer: Any, template: str) -> None:
    """Tries the template on a call and its answer.

    Raises: UsageError where a call or a tool is lost or doubled, or the end of a turn is not trained.
    """
    try:
        ids, mask, _ = _masked(tokenizer, template, _PROBE, [_TOOL])
    except Exception as error:  # a template may raise whatever it likes
        raise UsageError(f"the chat template cannot render a tool call: {error}") from None
    text = tokenizer.decode(ids)
    for what, part, is_once in (
        ("tool's description", "probe description", True),
        ("call's arguments", "probe value", True),
        ("tool's answer", "two", False),
    ):
        count = text.count(part)
        if count == 0 or (is_once and count > 1):
            raise UsageError(f"the chat template writes a {what} {count} times: choose another")
    spans = list(_spans(mask))
    added = set(tokenizer.get_added_vocab().values())
    for start, end in spans:
        ending = [t for t in ids[start:end] if tokenizer.decode([t]).strip()]
        if not ending or ending[-1] not in added:
            raise UsageError(
                "the chat template leaves the end of an assistant's turn out of what is trained, so "
                "that a model never learns to stop: choose another"
            )


def _tokenizer(folder: Path) -> Any:
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise UsageError(
            "--tokenizer needs transformers: pip install 'tracehouse[train]'"
        ) from None
    try:
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder} holds no tokenizer that can be read: {error}") from None


def _masked(
    tokenizer: Any, template: str, messages: Sequence[Any], tools: Sequence[Any] | None
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Token ids, 1 for each that the assistant wrote, first and last + 1 character of each."""
    encoded = tokenizer.apply_chat_template(
        messages,
        tools=tools or None,
        chat_template=template,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    offsets = encoded.encodings[0].offsets
    return list(encoded["input_ids"]), list(encoded["assistant_masks"]), offsets


def _spans(mask: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last + 1 of each run of ones."""
    start = None
    for at, bit in enumerate([*mask, 0]):
        if bit and start is None:
            start = at
        elif not bit and start is not None:
            yield start, at
            start = None


def _message(message: dict[str, Any]) -> dict[str, Any]:
    """The message in the form of chat templates."""
    if "from" not in message:
        return message
    role = _ROLES.get(message["from"], message["from"])
    return {"role": role, "content": message["value"], "train": message["train"]}


def _plain(value: Any) -> Any:
    """The value with what is still JSON text decoded."""
    return msgspec.json.decode(msgspec.json.encode(value))
