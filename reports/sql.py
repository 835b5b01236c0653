"""What a page shows of its SQL: keywords and comments set off, and how a table is ordered."""

from __future__ import annotations

import re
from itertools import pairwise

from reports.model import Token

_KEY = re.compile(r'"?(\w+)"?(?: (asc|desc))?(?: nulls (?:first|last))?', re.IGNORECASE)


def tokens(sql: str) -> list[Token]:
    """The text in pieces, which put together are the text again."""
    import duckdb

    raw = sql.encode("utf-8")
    try:
        found = duckdb.tokenize(sql)
    except duckdb.Error:
        return [Token(sql)]
    kinds = {duckdb.token_type.keyword: "keyword", duckdb.token_type.comment: "comment"}
    starts = [(start, _kind(kinds.get(kind, ""), raw, start)) for start, kind in found]
    bounds = [*starts, (len(raw), "")]
    pieces: list[Token] = [Token(raw[: bounds[0][0]].decode("utf-8", "replace"))]
    for (start, kind), (end, _) in pairwise(bounds):
        text = raw[start:end].decode("utf-8", "replace")
        if pieces[-1].kind == kind:
            pieces[-1] = Token(pieces[-1].text + text, kind)
        else:
            pieces.append(Token(text, kind))
    return [piece for piece in pieces if piece.text]


def _kind(kind: str, raw: bytes, start: int) -> str:
    """Of the keywords only those that begin a line: they lead through the query."""
    line = raw[raw.rfind(b"\n", 0, start) + 1 : start]
    return "" if kind == "keyword" and line.strip() else kind


def order_keys(sql: str) -> list[tuple[str, bool]]:
    """The columns of a statement's last `order by`, each with whether it descends.

    Keys that are expressions, and an `order by` inside parentheses, are left out.
    """
    last = re.split(r"\border\s+by\b", sql, flags=re.IGNORECASE)[1:][-1:]
    clause = re.split(r"\blimit\b", "".join(last), flags=re.IGNORECASE)[0].strip(" \n;")
    if clause.count("(") != clause.count(")"):
        return []
    keys = (_KEY.fullmatch(" ".join(key.split())) for key in clause.split(","))
    return [(key[1], (key[2] or "").lower() == "desc") for key in keys if key]
