"""Signs that a tool use may be an error: a net so wide that what it leaves out is hardly ever one.

The signs only choose what is labelled. They are no rules: a strong one says "read this", no more.
"""

from __future__ import annotations

import re

from bench.labels.population import ToolUse

# Of a long text only the ends are searched: in the middle stands what the tool was asked to show.
HEAD, TAIL, SHORT = 2_000, 1_000, 3_000
_LONG_HEAD, _LONG_TAIL = 400, 600
# Words within words count too: ENOTFOUND, unauthorized, isError.
_WORDS = re.compile(
    r"err[o!]|\berr\b|fail|fatal|exception|traceback|panic|crash|segfault|abort|killed|"
    r"not.?found|no such|no match|does.?n.?t exist|do(?:es)? not|did not|is not|are not|was not|"
    r"could.?n.?t|could not|can.?not|can't|unable|denied|forbidden|unauthor|permission|"
    r"invalid|illegal|malformed|unexpected|unknown|unrecognized|unsupported|undefined|unresolved|"
    r"missing|required|refused|reject|block|disallow|not allowed|declin|timed? ?out|"
    r"unavailable|unreachable|limit|exceed|too (?:long|large|many)|truncat|quota|"
    r"cancel|interrupt|skipp|conflict|mismatch|wrong|incorrect|warn|deprecat|problem|sorry|"
    r"assert|\bnot ok\b|[✖✗✘❌⚠]|"
    r"(?:http|status|code)\S* [45]\d\d\b|exit|return.?code|stderr|nothing|\bno (?=[a-z])",
    re.IGNORECASE,
)
_STRONG_TEXT = re.compile(
    r"\A\W*(?:\w+ )?(?:error|failed|failure|fatal|exception|traceback|invalid|unknown|could not|"
    r"cannot|unable|no such|not found|permission denied|request failed|command failed)\b"
    r"|syntax ?error\b|^traceback \(most recent call last\)"
    r"|^\s*[\w.]*(?:error|exception)(?:\[\w+\])?: "
    r"|: error(?: TS\d+)?: |command not found|no such file or directory|permission denied"
    r"|exit(?:ed)?(?: with)? (?:code|status):? *[1-9-]|returncode>[1-9-]|exit code \(?[1-9-]"
    r"|\btimed out\b|\b[1-9]\d* (?:failed|errors?)\b|\bfail [1-9]|[✖✗✘❌]|npm err!|^(?:fail|failed)\b",
    re.IGNORECASE | re.MULTILINE,
)


def strong_signs(use: ToolUse) -> list[str]:
    """What the format or the text says outright; a use with any of these is always labelled."""
    text = use.response
    found = {
        "native": use.native_is_error is True,
        "exit_code": use.exit_code not in (None, 0),
        "success_false": use.reported_success is False,
        "error_text": use.error_text is not None,
        "malformed": use.parse_status == "malformed",
        "unanswered": text is None,
        "orphan": use.call_turn_index is None,
        "text": text is not None and _STRONG_TEXT.search(ends(text)) is not None,
    }
    return [sign for sign, is_there in found.items() if is_there]


def weak_signs(use: ToolUse) -> list[str]:
    """A word that trouble is told with, or nothing at all."""
    text = use.response or ""
    found = {"empty": not text.strip(), "word": _WORDS.search(ends(text)) is not None}
    return [sign for sign, is_there in found.items() if is_there]


def ends(text: str) -> str:
    """What is searched: all but the middle of a short text, only both ends of a long one."""
    head, tail = (HEAD, TAIL) if len(text) <= SHORT else (_LONG_HEAD, _LONG_TAIL)
    return text if len(text) <= head + tail else f"{text[:head]}\n{text[-tail:]}"
