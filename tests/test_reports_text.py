"""Texts of traces made visible; numbers as the catalog macros write them."""

from __future__ import annotations

import pytest

from reports.sql import order_keys, tokens
from reports.text import Piece, count_text, listed, number_text, pieces, share_text, visible
from tests.catalog import with_macros


def test_what_is_not_seen_is_written_out() -> None:
    text = "a\u202eb\x1bc\ud800d\nz\te\u00ad"
    assert visible(text) == "a[U+202E]b[ESC]c[U+D800]d\nz\te[SHY]"
    assert visible("a\nb", keep="") == "a[LF]b"
    visible(text).encode("utf-8")
    assert "".join(piece.text for piece in pieces("plain – ✓ text")) == "plain – ✓ text"
    assert pieces("a\u200bb") == [Piece("a"), Piece("ZWSP", "U+200B zero width space"), Piece("b")]
    assert pieces("") == []


@pytest.mark.parametrize(
    "share", [0, 1, 0.00001, 0.0001, 0.0055, 0.0099, 0.00996, 0.01, 0.1914, 0.5, 0.9994, 0.9996]
)
def test_a_cell_and_a_sentence_write_a_share_alike(share: float) -> None:
    assert macro("share_text(?)", share) == share_text(share)


@pytest.mark.parametrize("number", [0, -0.04, 1.25, 174711.26, -3.5])
def test_a_cell_and_a_sentence_write_a_number_alike(number: float) -> None:
    assert macro("number_text(?)", number) == number_text(number)
    assert macro("count_text(?)", int(number)) == count_text(int(number))


def macro(call: str, value: float) -> str:
    with with_macros() as connection:
        found = connection.execute(f"select {call}", [value]).fetchone()
    assert found
    return str(found[0])


def test_lists_are_cut() -> None:
    assert listed([]) == "" and listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_tokens_are_the_text_again() -> None:
    sql = "-- é comment\nselect 'é', \"ü\" from x -- end\nwhere a = 1;\n"
    found = tokens(sql)
    assert "".join(token.text for token in found) == sql
    assert [token.text.strip() for token in found if token.kind == "keyword"] == ["select", "where"]  # fmt: skip
    assert "".join(token.text for token in tokens("select 'unclosed")) == "select 'unclosed"


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("select 1 order by a desc, \"b\", c asc nulls last limit 3;", [("a", True), ("b", False), ("c", False)]),
        ("select list(x order by y) from t order by few asc, lo desc;", [("few", False), ("lo", True)]),
        ("select row_number() over (order by y) from t;", []),
        ("select 1 order by a + 1, b;", [("b", False)]),
        ("select 1;", []),
    ],
)  # fmt: skip
def test_the_keys_of_the_last_order_are_found(sql: str, keys: list[tuple[str, bool]]) -> None:
    assert order_keys(sql) == keys
