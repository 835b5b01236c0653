"""Text of traces made fit to be shown, and numbers and dates as they are written on the pages.

The rules for numbers are those of `macros/03_texts.sql`: a table cell and a sentence agree.
"""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from dataclasses import dataclass
from datetime import date

MISSING = "–"

_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

# How control and format characters are named where one looks for them.
_CONTROLS = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
)  # fmt: skip
_SHORT = dict(enumerate(_CONTROLS)) | {
    0x7F: "DEL", 0xAD: "SHY", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ", 0x2060: "WJ",
    0xFEFF: "BOM",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of plain text, or, with a `name`, the box that stands for one unseen character."""

    text: str
    name: str = ""


def is_unseen(char: str) -> bool:
    """Whether `char` is a control, format, surrogate, private or unassigned character, or one that
    ends a line where nobody sees why (U+2028, U+2029).
    """
    category = unicodedata.category(char)
    return category[0] == "C" or category in ("Zl", "Zp")


def visible(text: str, keep: str = "\n\t") -> str:
    """`text` with unseen characters written out, so that none can turn a line round or hide.

    Lone surrogates go too: what is left can be written as UTF-8.
    """
    if _is_plain(text, keep):
        return text
    marked = (f"[{_short(c)}]" if is_unseen(c) and c not in keep else c for c in text)
    return "".join(marked)


def pieces(text: str, keep: str = "\n\t") -> list[Piece]:
    """`text` as runs of plain text and boxes for its unseen characters, in their order."""
    if _is_plain(text, keep):
        return [Piece(text)] if text else []
    found: list[Piece] = []
    run = ""
    for char in text:
        if is_unseen(char) and char not in keep:
            found += [Piece(run)] if run else []
            found.append(Piece(_short(char), _name(char)))
            run = ""
        else:
            run += char
    return [*found, Piece(run)] if run else found


def _is_plain(text: str, keep: str) -> bool:
    """Whether there is nothing to write out; of long texts with line ends, quickly."""
    for char in keep:
        text = text.replace(char, "")
    return text.isprintable()


def _short(char: str) -> str:
    return _SHORT.get(ord(char), f"U+{ord(char):04X}")


def _name(char: str) -> str:
    name = unicodedata.name(char, "character without a name").lower()
    return f"U+{ord(char):04X} {name}"


# --- numbers and dates ------------------------------------------------------------------------


def count_text(number: int) -> str:
    """174,711"""
    return f"{number:,}".replace("-", "−")


def number_text(number: float) -> str:
    """1,234.5; a half is rounded away from zero, as the database does."""
    tenths = math.copysign(math.floor(abs(number) * 10 + 0.5), number)
    text = f"{tenths / 10:,.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def share_text(share: float) -> str:
    """19.1%; below 1 % two decimals; 0% and 100% only where they are exact."""
    size = abs(share)
    if size in (0.0, 1.0):
        text = f"{size:.0%}"
    elif size < 0.0001:
        text = "<0.01%"
    elif size < 0.00995:
        text = f"{size:.2%}"
    elif 0.9995 <= size < 1:
        text = ">99.9%"
    else:
        text = f"{size:,.1%}"
    return f"−{text}" if share < 0 else text


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 row, 12 rows."""
    return f"{count_text(number)} {one if number == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 3) -> str:
    """The names as one text; beyond `most` of them only how many there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def day_text(day: date) -> str:
    """22 Nov 2026, in English whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def size_text(size: int) -> str:
    """A size in kB or MB."""
    return f"{size / 1e6:,.1f} MB" if size >= 1_000_000 else f"{max(size / 1e3, 0.1):.1f} kB"


def megabytes(size: int) -> str:
    """A size in MB for a column headed MB."""
    return "<0.1" if 0 < size < 50_000 else f"{size / 1e6:,.1f}"


def short_hash(digest: str) -> str:
    """Enough of a hash to tell two apart."""
    return f"{digest[:8]}…{digest[-4:]}" if re.fullmatch(r"[0-9a-f]{16,}", digest) else digest


def show_command(conversation_id: str, turn_index: int | None = None) -> str:
    """The line that shows a conversation, or the step that holds one of its turns."""
    turn = "" if turn_index is None else f" --turn {turn_index}"
    quoted = shlex.quote(conversation_id)
    if quoted.startswith("-"):
        return f"tracehouse show{turn} -- {quoted}"
    return f"tracehouse show {quoted}{turn}"
