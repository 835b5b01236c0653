"""What conversations share: tool definitions, system prompts, and tasks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from bench.synth.corpus import Corpus, corpus, seeded
from bench.synth.shape import CATEGORIES, FAILURE_RATE, KEY_TYPES, TOOLS


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A system prompt, the JSON of the tools it offers, and their names."""

    text: str
    tools: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What the user asks for; `failure_rate` is that of the calls in all its conversations."""

    category: str
    subcategory: str
    text: str
    failure_rate: float


def dumps(value: object) -> str:
    """JSON as the writer of the traces lays it out."""
    return json.dumps(value, ensure_ascii=False)


@cache
def system_prompt(root: str, variant: int) -> SystemPrompt:
    """One of the few system prompts."""
    text = corpus(root)
    tools = _tool_definitions(text, variant)
    offered = tuple(tool["function"]["name"] for tool in json.loads(tools))
    prose = text.prose_slice(seeded("system", variant), 700)
    return SystemPrompt(
        "You are a function calling AI model. You are provided with function signatures within "
        "<tools> </tools> XML tags. You may call one or more functions to assist with the user "
        "query. Don't make assumptions about what values to plug into functions.\n"
        f"<tools>\n{tools}\n</tools>\n"
        "For each function call return a JSON object with the function name and arguments within "
        "<tool_call> </tool_call> XML tags.\nExample:\n<tool_call>\n"
        "{'name': <function-name>,'arguments': <args-dict>}\n</tool_call>\n" + prose,
        tools,
        offered,
    )


def _tool_definitions(text: Corpus, variant: int) -> str:
    rng = seeded("tools", variant)
    tools = []
    for name, tool in TOOLS.items():
        properties = {
            key: {"type": KEY_TYPES.get(key, "string"), "description": text.prose_slice(rng, 18)}
            for key in tool.keys
        }
        parameters = {
            "type": "object",
            "properties": properties,
            "required": list(tool.keys[:1]),
        }
        function = {
            "name": name,
            "description": text.prose_slice(rng, 70),
            "parameters": parameters,
        }
        tools.append({"type": "function", "function": function})
    rng.shuffle(tools)
    return dumps(tools[: len(tools) - variant])


def task(text: Corpus, seed: int, group: int, icc: float) -> Task:
    """The task of a prompt group. `icc`: correlation of call failures within a group."""
    rng = seeded(seed, "prompt", group)
    category = rng.choice(list(CATEGORIES))
    rate = FAILURE_RATE
    if icc:
        strength = 1 / icc - 1  # a + b of the beta distribution with this correlation
        rate = rng.betavariate(FAILURE_RATE * strength, (1 - FAILURE_RATE) * strength)
    subcategory = rng.choice(CATEGORIES[category])
    return Task(category, subcategory, text.prose_slice(rng, rng.randrange(15, 200)), rate)
