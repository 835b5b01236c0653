"""Text of traces and file names, made safe to print."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """The text with control, format and surrogate characters written out, such as `\\x1b`.

    They could move the cursor, set the title of a terminal or turn a line round.
    """
    return "".join(
        c if c == " " or unicodedata.category(c)[0] != "C" else c.encode("unicode_escape").decode()
        for c in text
    )
