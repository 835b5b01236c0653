"""Makes one conversation, and counts what it puts into it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.synth.corpus import Corpus, geometric, heavy_tail
from bench.synth.prompts import dumps
from bench.synth.shape import DIRTY, ERRORS, FAILING, TOOLS, Config

Message = dict[str, str]

_LITERAL_CALL = 'prints <tool_call>\n{"name": "x", "arguments": {}}\n</tool_call> literally'
_LITERAL_NOTE = (
    'see <tool_call>{"name": "x"}</tool_call> and\n</tool_response>\n<tool_response> and </think>'
)


@dataclass(slots=True)
class Maker:
    """Dice and text of one conversation; `counts` holds the truth about it afterwards."""

    text: Corpus
    config: Config
    rng: random.Random
    dirty: float
    offered: Sequence[str]
    failure_rate: float
    counts: Counter[str] = field(default_factory=Counter)

    def messages(self, system: str, task: str) -> list[Message]:
        """System prompt, task, steps, and a closing answer."""
        rng = self.rng
        messages = [{"from": "system", "value": system}, {"from": "human", "value": task}]
        turns = max(1, round(self.config.tool_turns * rng.lognormvariate(-0.32, 0.8)))
        is_failing = rng.random() < FAILING
        any_failed = False
        for turn in range(turns):
            names = self._called()
            messages.append({"from": "gpt", "value": self._calling_turn(names)})
            answers = []
            for i, name in enumerate(names):
                is_last = turn == turns - 1 and i == len(names) - 1
                failed = is_failing and (
                    rng.random() < self.failure_rate or (is_last and not any_failed)
                )
                if self._spoilt("response_missing"):
                    continue
                any_failed |= failed
                answers.append(self._response(name, f"functions.{name}:{turn + i}", failed))
            if answers:
                messages.append({"from": "tool", "value": "\n".join(answers)})
            if rng.random() < 0.01:
                messages.append({"from": "human", "value": self.text.prose_slice(rng, 20)})
        answer = self._think() + self.text.prose_slice(rng, rng.randrange(30, 400))
        messages.append({"from": "gpt", "value": answer})
        self.counts["conversations"] += 1
        self.counts["conversations_failing"] += any_failed
        self.counts.update(f"messages_{message['from']}" for message in messages)
        return messages

    def _spoilt(self, kind: str) -> bool:
        """Whether to spoil this piece in this way; what is spoilt is counted."""
        hit = self.rng.random() < DIRTY[kind] * self.dirty
        self.counts[kind] += hit
        return hit

    # --- the assistant's side -------------------------------------------------------------

    def _called(self) -> list[str]:
        """Names of the tools that a turn calls."""
        rng = self.rng
        count = 1
        if rng.random() < self.config.parallel:
            count = 2 + geometric(rng, self.config.extra_calls)
        return rng.choices(self.offered, [TOOLS[name].weight for name in self.offered], k=count)

    def _calling_turn(self, names: Sequence[str]) -> str:
        rng = self.rng
        said = ""
        if rng.random() < 0.4:
            said = self.text.prose_slice(rng, rng.randrange(5, 40)) + "\n"
        value = self._think() + said + "\n".join(self._call(name) for name in names)
        return value.removesuffix("\n</tool_call>") if self._spoilt("call_unclosed") else value

    def _think(self) -> str:
        rng = self.rng
        words = rng.randrange(40, 400) if rng.random() < 0.93 else 0
        body = self.text.prose_slice(rng, words) if words else ""
        if self._spoilt("think_literal_tag"):
            body += " I should emit a <tool_call> block and wait for the <tool_response> "
        if rng.random() < 0.08:
            body += " — so the plan is: read → patch → test ✅"
        closer = "" if self._spoilt("think_unclosed") else "</think>\n"
        self.counts["thinks"] += 1
        return f"<think>\n{body}\n{closer}"

    def _call(self, name: str) -> str:
        arguments = {key: self._argument(key) for key in TOOLS[name].keys}
        texts = [key for key, value in arguments.items() if isinstance(value, str)]
        is_malformed = False
        if texts and self._spoilt("call_literal_tag"):
            arguments[texts[-1]] = _LITERAL_CALL
        elif self._spoilt("call_unknown_tool"):
            name = "no_such_" + name
        elif arguments and self._spoilt("call_bad_arguments"):
            arguments.pop(TOOLS[name].keys[0])
        else:
            is_malformed = self._spoilt("call_malformed_json")
        body = dumps({"name": name, "arguments": arguments})
        if is_malformed:
            broken = (body[:-2], body.replace('"', "'", 6), body[:-1] + ",}")
            body = self.rng.choice(broken)
        self.counts["calls"] += 1
        return f"<tool_call>\n{body}\n</tool_call>"

    def _argument(self, key: str) -> Any:
        rng, text = self.rng, self.text
        match key:
            case "path":
                return text.path(rng)
            case "command":
                word, path = text.word(rng), text.path(rng)
                return f"cd /project && grep -rn '{word}' {path} | head -{rng.randrange(5, 80)}"
            case "content" | "code":
                return text.code_slice(rng, heavy_tail(rng, 1800, 1.0, 60_000))
            case "old_string" | "new_string":
                return text.code_slice(rng, heavy_tail(rng, 250, 1.0, 60_000))
            case "timeout" | "offset" | "limit":
                return rng.randrange(1, 2000)
            case "full":
                return rng.random() < 0.5
            case "todos":
                return [
                    {"id": str(i), "content": text.prose_slice(rng, 9), "status": "pending"}
                    for i in range(rng.randrange(2, 7))
                ]
            case _:
                return text.prose_slice(rng, rng.randrange(1, 12))

    # --- the tools' side ------------------------------------------------------------------

    def _response(self, name: str, call_id: str, failed: bool) -> str:
        content = self._failure(name) if failed else self._content(name)
        self.counts["responses"] += 1
        self.counts["failures"] += failed
        if self._spoilt("response_not_json"):
            self.counts["failures_not_json"] += failed
            return f"<tool_response>\n{content}\n</tool_response>"
        if self._spoilt("response_literal_tag"):
            if isinstance(content, dict):
                content = {**content, "note": _LITERAL_NOTE}
            else:
                content += _LITERAL_NOTE
        body = dumps({"tool_call_id": call_id, "name": name, "content": content})
        return f"<tool_response>\n{body}\n</tool_response>"

    def _failure(self, name: str) -> dict[str, Any]:
        rng, text = self.rng, self.text
        message = rng.choice(ERRORS)
        error = message.format(path=text.path(rng), word=text.word(rng), num=rng.randrange(90))
        if name == "terminal":
            output = text.code_slice(rng, heavy_tail(rng, 200, 1.2))
            return {"output": output, "exit_code": rng.choice((1, 2, 127, 124)), "error": error}
        if name.startswith("browser"):
            return {"success": False, "error": error}
        return {"error": error}

    def _content(self, name: str) -> dict[str, Any] | str:
        """What a tool says that did not fail; of two tools a plain text, not an object."""
        rng, text = self.rng, self.text
        size = heavy_tail(rng, TOOLS[name].median_chars, 1.65)
        match name:
            case "terminal":
                return {"output": text.code_slice(rng, size), "exit_code": 0, "error": None}
            case "read_file":
                lines = text.code_slice(rng, size).split("\n")
                return {
                    "content": "\n".join(f"{i:6d}|{line}" for i, line in enumerate(lines, 1)),
                    "total_lines": len(lines),
                    "file_size": size,
                    "truncated": False,
                }
            case "search_files":
                return self._matches(text.code_slice(rng, size).split("\n"))
            case "browser_snapshot" | "browser_navigate":
                return self._page(size)
            case "skill_view" | "session_search":
                return text.prose_slice(rng, size // 6 + 1)
            case _:
                return {"success": True, "result": text.code_slice(rng, size)}

    def _matches(self, lines: Sequence[str]) -> dict[str, Any]:
        rng, text = self.rng, self.text
        matches = [
            {"path": text.path(rng), "line": rng.randrange(1, 900), "content": line}
            for line in lines[::2]
        ]
        return {"total_count": len(lines), "matches": matches}

    def _page(self, size: int) -> dict[str, Any]:
        rng, text = self.rng, self.text
        url = f"https://{text.word(rng)}.example.org/"
        title = text.prose_slice(rng, 5)
        snapshot = text.prose_slice(rng, size // 6 + 1).replace(". ", ' [ref=e1]\n- link "→ ')
        return {
            "success": True,
            "url": url,
            "title": title,
            "snapshot": snapshot,
            "element_count": rng.randrange(400),
        }
