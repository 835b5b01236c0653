"""Charts: what a reader of the page sees, in both widths, for odd rows too."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import pytest

import reports
from reports.charts.draw import build, draw, draw_spark
from reports.charts.kinds import KINDS, Option, drawn
from reports.charts.labels import clean_label, hyphenated, row_labels, spread, text_width, wrapped
from reports.charts.rows import (
    Bar,
    Bin,
    Cell,
    Dot,
    Mark,
    Part,
    Point,
    Row,
    SparkBar,
    Step,
    Stop,
)
from reports.charts.svg import _tidy, to_svg
from reports.charts.theme import NARROW, SMALL, TOKENS, WIDE

SVG = "{http://www.w3.org/2000/svg}"
ROWS: dict[str, list[Row]] = {
    "bars": [Bar("terminal", 30, "30", "terminal: 30", True, 30), Bar("patch", 7, "7", "patch: 7", False, 7)],
    "stacked": [Part("kimi", "both", 0.7, "kimi, both"), Part("kimi", "none", 0.3, "kimi, none")],
    "heatmap": [Cell("run", "web", 0.5, "50%", "run, web"), Cell("read", "web", 0.0, "0%", "read, web")],
    "positions": [Cell("run", "1", 0.5, "50%", "run, 1"), Cell("run", "2", 0.0, "·", "run, 2")],
    "dots": [Dot("patch", 0.2, 0.1, 0.3, 900, "20.0%", "patch: 20%"), Dot("todo", 0.5, None, None, 4, "50.0%", "todo: 50%", True)],
    "histogram": [Bin(2, 4, 9, "2 or 3"), Bin(4, 6, 5, "4 or 5")],
    "distributions": [Bin(10, 100, 0.6, "call, 10", "call"), Bin(100, 1000, 0.4, "call, 100", "call"), Bin(10, 100, 1.0, "thought, 10", "thought")],
    "trend": [Point(4, 2, 1, 3, 90, "4 turns"), Point(8, 5, 3, 7, 40, "8 turns")],
    "survival": [Step("agent", 0, 0.2, 0.1, 0.3, "agent: 0"), Step("agent", 1, 0.6, 0.5, 0.7, "agent: 1")],
    "lines": [Stop("agent", 1, 0.2, 0.1, 0.3, "agent: 1"), Stop("agent", 2, 0.6, 0.5, 0.7, "agent: 2"), Stop("agent", 3, 0.9, None, None, "agent: 3", True)],
}  # fmt: skip


def drawing(
    kind: str, rows: Sequence[Row], marks: Sequence[Mark] = (), **options: Option
) -> tuple[ET.Element, ET.Element]:
    made = draw(KINDS[kind], rows, options, marks, "key", "A title", "An answer")
    return ET.fromstring(made.wide), ET.fromstring(made.narrow)


def texts(svg: ET.Element) -> list[str]:
    """The texts that stand in the picture, top to bottom as they are drawn."""
    return ["".join(node.itertext()) for node in svg.iter(f"{SVG}text")]


def lines(text: ET.Element) -> list[str]:
    """The lines of one text of the picture."""
    return [node.text or "" for node in text] or [text.text or ""]


def tips(svg: ET.Element) -> list[str]:
    return [node.text or "" for node in svg.iter(f"{SVG}title")][1:]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_has_a_title_tooltips_and_only_colours_of_the_page(kind: str) -> None:
    wide, narrow = drawing(kind, ROWS[kind])
    for svg, width in ((wide, "720"), (narrow, "358")):
        assert svg.get("width") == width
        assert svg.get("role") == "img"
        name = svg.get("aria-labelledby", "").split()  # of both, what the wide one says
        assert [node.text for node in wide if node.get("id") in name] == ["A title", "An answer"]
        for node in svg.iter():
            assert "style" not in node.attrib and "class" not in node.attrib
            for use in ("fill", "stroke"):
                colour = node.get(use, "none")
                assert colour in {"none", "transparent"} or re.fullmatch(r"var\(--\w+\)", colour)
    assert set(tips(wide)) == {row.tip for row in ROWS[kind]}
    assert tips(narrow) == []  # nothing hovers on a phone


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_valid_vega_lite(kind: str, width: int) -> None:
    marks = [Mark(0.2, "all 20%")] if KINDS[kind].marks else []
    build(KINDS[kind], ROWS[kind], width, {}, marks).to_dict(validate=True)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_of_this_chart_alone(kind: str) -> None:
    wide, narrow = drawing(kind, ROWS[kind])
    ids = [node.get("id", "key-") for svg in (wide, narrow) for node in svg.iter()]
    assert all(each.startswith("key-") for each in ids)
    named = [each for each in ids if each != "key-"]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("kind", KINDS)
def test_one_row_of_zero_is_drawn(kind: str) -> None:
    zero: dict[str, Row] = {
        "bars": Bar("a", 0, "0", "a"),
        "stacked": Part("a", "b", 0, "a"),
        "heatmap": Cell("a", "b", 0, "·", "a"),
        "dots": Dot("a", 0, 0, 0, 0, "0%", "a"),
        "histogram": Bin(0, 1, 0, "a"),
        "distributions": Bin(1, 2, 0, "a", "b"),
        "trend": Point(0, 0, 0, 0, 0, "a"),
        "survival": Step("a", 0, 0, 0, 0, "a"),
        "positions": Cell("a", "1", 0, "·", "a"),
        "lines": Stop("a", 0, 0, 0, 0, "a"),
    }
    for svg in drawing(kind, [zero[kind]]):
        assert float(svg.get("height", "0")) > 20


def test_a_curve_without_an_interval_has_a_line_and_no_band() -> None:
    rows = [Step("all", 1, 0.2, None, None, "1"), Step("all", 2, 0.4, 0.3, 0.5, "2"),
            Step("all", 3, 0.5, None, None, "3")]  # fmt: skip
    bare = [Step("all", row.x, row.y, None, None, row.tip) for row in rows]
    bands = [
        [path for path in drawing("survival", some)[0].iter(f"{SVG}path")
         if path.get("opacity") == "0.14"]
        for some in (rows, bare)
    ]  # fmt: skip
    assert [len(found) for found in bands] == [1, 0]
    assert tips(drawing("survival", bare)[0]) == ["1", "2", "3"]


def test_a_level_of_a_curve_is_named_at_its_line() -> None:
    for at in (0.3, 1.0):
        mark = Mark(at, "next call: 30%")
        for svg in drawing("survival", ROWS["survival"], [mark]):
            assert "next call: 30%" in texts(svg)
        assert "next call: 30%" not in texts(drawing("survival", ROWS["survival"])[0])


def test_what_marks_in_a_row_have_in_common_is_said_once() -> None:
    rows = [Dot(f"tool {i}", 0.1 * i, 0.05, 0.9, 100, f"{i}", f"tip {i}") for i in range(6)]
    wide, _ = drawing("dots", rows)
    assert tips(wide) == [f"tip {i}" for i in range(6)]
    circles = [circle for circle in wide.iter(f"{SVG}circle") if len(circle)]
    assert len(circles) == 6
    assert not [each for each in circles if each.get("fill") or each.get("stroke-width")]
    (around,) = [node for node in wide.iter(f"{SVG}g") if circles[0] in list(node)]
    assert around.get("fill", "").startswith("var(--")
    assert around.get("stroke-width") == "2"


def test_labels_that_look_alike_after_cutting_stay_apart() -> None:
    names = [
        f"mcp_server_with_a_very_long_name_{i}_and_a_very_long_end_of_it_too" for i in range(3)
    ]
    for svg in drawing("bars", [Bar(name, 1, "1", name) for name in names]):
        shown = [lines(node) for node in svg.iter(f"{SVG}text")]
        shown = [label for label in shown if label[0].startswith("mcp")]
        assert len({*map(tuple, shown)}) == 3
        for i, label in enumerate(shown):
            assert label[0].endswith("…") and f"_{i}_" in label[1]
    for svg in drawing("heatmap", [Cell(name, "c", 0.1, "10%", name) for name in names]):
        assert sum(text.startswith("mcp") for text in texts(svg)) == 3


def test_a_long_label_is_broken_over_two_lines_before_any_of_it_is_cut() -> None:
    labels = ["Turns that call a tool, steady", "Turns that call a tool, swift", "todo"]
    bars = [Bar(label, 1, "1", label) for label in labels]
    wide, narrow = drawing("bars", bars)
    assert set(labels) <= set(texts(wide))
    shown = [lines(node) for node in narrow.iter(f"{SVG}text")]
    for last in ("steady", "swift"):
        assert ["Turns that call", f"a tool, {last}"] in shown
    assert ["todo"] in shown
    assert float(narrow.get("height", "0")) > float(wide.get("height", "0"))


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["a_tool_of_nineteen"], [["a_tool_of_", "nineteen"]]),
        (["x" * 20], [["x" * 17, "xxx"]]),
        (["start" + "x" * 40 + "end"], [["start" + "x" * 11 + "…", "x" * 14 + "end"]]),
        (["x" * 40, "x" * 41], [["x" * 16 + "…", "…" + "x" * size] for size in (2, 3)]),
        (["x" * 50] * 2, [["x" * 16 + "…", "x" * 17]] * 2),
        (["a\x00" + "b" * 20], [["a[NUL]" + "b" * 11, "b" * 9]]),
    ],
)
def test_rows_are_named_in_two_lines_of_seventeen_on_a_phone(
    labels: list[str], shown: list[list[str]]
) -> None:
    assert row_labels(labels, NARROW) == shown


def test_hostile_labels_are_made_visible() -> None:
    label = 'a\x00b\x1b[31m\u202edcba</text><script>"&'
    for kind, row in (
        ("bars", Bar(label, 1, label, label)),
        ("stacked", Part(label, label, 1.0, label)),
        ("heatmap", Cell(label, label, 1.0, label, label)),
        ("dots", Dot(label, 0.5, 0.4, 0.6, 5, label, label)),
        ("survival", Step(label, 1, 0.5, 0.4, 0.6, label)),
        ("positions", Cell(label, "1", 1.0, label, label)),
        ("lines", Stop(label, 1, 0.5, 0.4, 0.6, label)),
    ):
        wide, _ = drawing(kind, [row])
        assert not list(wide.iter(f"{SVG}script"))
        assert tips(wide) == ['a[NUL]b[ESC][31m[U+202E]dcba</text><script>"&']
        assert any("[NUL]" in text for text in texts(wide))


def test_rows_beyond_the_cap_are_written_at_the_right_and_marked_at_the_edge() -> None:
    rows = [Dot("far", 0.9, 0.8, 1.0, 500, "90.0%", "far"), Dot("near", 0.1, 0.05, 0.2, 500, "10.0%", "near")]  # fmt: skip
    wide, _ = drawing("dots", rows, cap=0.3)
    assert "90.0%" in texts(wide)
    axis = [text for text in texts(wide) if re.fullmatch(r"\d+%", text)]
    assert axis[-1] == "30%"


def test_ticks_of_small_shares_differ() -> None:
    rows = [Dot("a", 0.002, 0.001, 0.004, 5000, "0.20%", "a")]
    for svg in drawing("dots", rows):
        axis = [text for text in texts(svg) if text.endswith("%") and text != "0.20%"]
        assert len(axis) == len(set(axis)) >= 3


def test_marks_are_written_the_short_way_and_look_the_same() -> None:
    """A straight line, a run of steps, a circle and a name stand where Vega puts them."""
    wide, narrow = drawing("positions", [Cell("a", str(i), 0.0, "·", f"{i}") for i in range(3)])
    assert len([p for p in wide.iter(f"{SVG}path") if p.get("opacity") == ".04"]) == 3
    (cells,) = [p for p in narrow.iter(f"{SVG}path") if p.get("opacity")]
    assert re.fullmatch(r"(M[\d.]+,[\d.]+h[\d.]+){3}", cells.get("d", ""))
    path = "M0,0L10,0L10,5L10,5L20,9L20,9"
    node = ET.fromstring(
        f'<g xmlns="{SVG[1:-1]}"><path d="{path}" stroke="x"/><line transform="translate(3,4)" y2="9"/>'
        '<path transform="translate(3,4)" d="M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0" stroke="x"/>'
        '<path transform="translate(3,4)" d="M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0" fill="x"/>'
        '<path transform="translate(9,8)" d="M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0" fill="x"/>'
        '<path d="M1,2h3v6h-3Z" fill="x" fill-opacity="0.501" aria-roledescription="rect mark"/>'
        '<text transform="translate(3,4) rotate(90)">turned</text><text transform="translate(3,4)">a</text></g>'
    )
    _tidy(node, "k", tips=True)
    assert [(each.tag.removeprefix(SVG), each.attrib) for each in node] == [
        ("path", {"d": "M0,0H10V5L20,9", "stroke": "x"}),
        ("path", {"d": "M3,4v9"}),
        ("circle", {"cx": "3", "cy": "4", "r": "4", "stroke": "x"}),
        (
            "path",
            {"d": "M3,4h0M9,8h0", "stroke-width": "8", "stroke": "x", "stroke-linecap": "round"},
        ),
        ("path", {"d": "M1,5h3", "stroke": "x", "stroke-width": "6", "opacity": ".5"}),
        ("text", {"transform": "translate(3,4) rotate(90)"}),
        ("text", {"x": "3", "y": "4"}),
    ]


def test_texts_of_one_height_are_in_a_group_of_that_height() -> None:
    wide, _ = drawing("heatmap", [Cell("a", f"c{i}", 0.1, f"{i}%", "tip") for i in range(6)])
    (row,) = [g for g in wide.iter(f"{SVG}g") if [t.text for t in g] == [f"{i}%" for i in range(6)]]
    height = float(row.get("transform", "").removeprefix("translate(0,").removesuffix(")"))
    assert 0 < height < float(wide.get("height", "0"))
    assert len({text.get("x") for text in row}) == 6 and not [t for t in row if t.get("y")]


def test_a_point_has_an_unseen_edge_for_the_pointer() -> None:
    wide, narrow = drawing("lines", ROWS["lines"])
    around = [g for g in wide.iter(f"{SVG}g") if g.get("stroke") == "transparent"]
    edged = [c for c in wide.iter(f"{SVG}circle") if c.get("stroke") == "transparent"]
    assert around or edged
    assert "transparent" not in ET.tostring(narrow, encoding="unicode")


def test_reference_lines_are_named_inside_the_picture_and_those_outside_the_axis_left_out() -> None:
    marks = [Mark(2, "median 2"), Mark(2.1, "mean 2.1"), Mark(5.9, "99% have ≤ 6"), Mark(70, "no")]
    for svg in drawing("histogram", ROWS["histogram"], marks):
        width = float(svg.get("width", "0"))
        found = {"".join(n.itertext()): n for n in svg.iter(f"{SVG}text")}
        assert "no" not in found
        heights = set()
        for mark in marks[:3]:
            name = found[mark.label]
            assert float(name.get("x", "inf")) + text_width(mark.label) < width
            heights.add(name.get("y"))
        assert len(heights) > 1  # the two that are close stand on two lines


def test_axes_of_counts_have_no_half_cases() -> None:
    wide, _ = drawing("histogram", [Bin(3, 4, 1, "3"), Bin(4, 5, 2, "4")])
    numbers = [text for text in texts(wide) if re.fullmatch(r"[\d.]+", text)]
    assert numbers and all(text.isdigit() for text in numbers)
    assert len(set(numbers)) >= 3


def test_narrow_cells_leave_out_the_sign() -> None:
    cells = [Cell("a_row_with_a_long_name", f"category {i}", 0.5, "50%", "tip") for i in range(9)]
    wide, narrow = drawing("heatmap", cells)
    assert "50%" in texts(wide)
    assert "50" in texts(narrow) and "50%" not in texts(narrow)


def test_where_cells_are_too_narrow_for_numbers_the_colour_alone_tells() -> None:
    cells = [Cell("run", str(i), 0.5, "50%", f"tip {i}") for i in range(1, 21)]
    wide, narrow = drawing("positions", cells, x="step")
    assert texts(wide).count("50") == 20 and "50" not in texts(narrow)
    assert {str(i) for i in range(1, 21)} <= set(texts(wide))
    named = [text for text in texts(narrow) if text.isdigit()]
    assert "1" in named and 5 <= len(named) < 20
    assert "step" in texts(narrow)


def test_no_line_leads_to_a_point_of_few_cases() -> None:
    def ends(rows: Sequence[Row]) -> set[float]:
        """The places along the axis that the line passes."""
        wide, _ = drawing("lines", rows)
        paths = [n for n in wide.iter(f"{SVG}path") if set("LH") & set(n.get("d", ""))]
        (line,) = [n for n in paths if n.get("stroke") and not n.get("fill")]
        return {round(float(x)) for x in re.findall(r"[MLH]([\d.]+)", line.get("d", ""))}

    sure = [Stop("a", x, 0.5, 0.4, 0.6, f"{x}") for x in (1, 2, 3)]
    few = [Stop("a", 4, 1.0, None, None, "4", True)]
    assert len(ends(sure)) == len(ends(sure + few)) == 3
    wide, narrow = drawing("lines", sure + few)
    assert set(tips(wide)) == {"1", "2", "3", "4"}
    assert "a" in texts(wide) and "a" in texts(narrow)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("stacked", lambda i: Part("a", f"series {i}", 0.1, "a")),
        ("distributions", lambda i: Bin(1, 10, 0.1, "a", f"series {i}")),
        ("survival", lambda i: Step(f"series {i}", 1, 0.5, 0.4, 0.6, "a")),
        ("lines", lambda i: Stop(f"series {i}", 1, 0.5, 0.4, 0.6, "a")),
    ],
)
def test_more_series_than_colours_are_an_error(kind: str, row: type[Row]) -> None:
    with pytest.raises(ValueError, match="6 series"):
        drawing(kind, [row(i) for i in range(6)])


def test_a_log_axis_has_no_zero() -> None:
    with pytest.raises(ValueError, match="0 or below"):
        drawing("distributions", [Bin(0, 1, 0.1, "a", "b")])


def test_a_colour_that_is_not_the_pages_is_an_error() -> None:
    chart = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_bar(color="#123456").encode(x="x:Q")
    with pytest.raises(ValueError, match="#123456"):
        to_svg(chart, "key", "t", "d")


def test_what_does_not_fit_is_left_to_the_table() -> None:
    bars = [Bar(str(i), i, "", "") for i in range(20)]
    kept, remark = drawn(KINDS["bars"], bars)
    assert kept == bars[:15] and remark == "15 of 20 rows shown; the table has all"
    cells = [Cell(f"r{i}", f"c{j}", 1, "", "") for i in range(13) for j in range(10)]
    kept, remark = drawn(KINDS["heatmap"], cells)
    assert len(kept) == 12 * 9 and remark.startswith("12 of 13 rows and 9 of 10 columns")
    stops = [Stop(f"s{i}", x, 0.5, 0.4, 0.6, "") for i in range(7) for x in (1, 2)]
    kept, remark = drawn(KINDS["lines"], stops)
    assert len(kept) == 10 and remark == "5 of 7 lines shown; the table has all"
    assert drawn(KINDS["bars"], bars[:15]) == (bars[:15], "")


def test_the_small_chart_has_no_text_and_draws_zeros() -> None:
    svg = ET.fromstring(draw_spark([SparkBar(0), SparkBar(0)]))
    assert svg.get("aria-hidden") == "true" and texts(svg) == []
    both = draw_spark([SparkBar(1, True), SparkBar(2)])
    assert "var(--c1)" in both and "var(--quiet)" in both
    assert "var(--quiet)" not in draw_spark([SparkBar(1), SparkBar(2)])


def test_the_chart_colours_are_those_of_the_stylesheet() -> None:
    css = (Path(reports.__file__).parent / "assets/tokens.css").read_text(encoding="utf-8")
    light = css[: css.index("@media")]
    assert {name: re.search(rf"--{name}: (#\w+);", light) for name in TOKENS if name}
    for name, colour in TOKENS.items():
        found = re.search(rf"--{name}: (#\w+);", light)
        assert found and found[1] == colour, name


def test_labels_are_cut_in_the_middle_and_broken_to_fit() -> None:
    assert clean_label("a" * 30, 30) == "a" * 30
    assert clean_label("start_of_it_all_the_end", 12) == "start_o…_end"
    for width in (40, 60, 90):
        for line in wrapped("Incomprehensibilities of Planning & Organization", width):
            assert text_width(line, SMALL) <= width
    assert hyphenated("ab", 1) == ["ab"]  # nothing fits: better too wide than lost


def test_names_at_lines_keep_apart_and_inside() -> None:
    places = spread([0.95, 0.96, 0.2], 0.1, 0, 1)
    assert places[2] == 0.2 and places[1] - places[0] >= 0.1 - 1e-9 and max(places) <= 1
