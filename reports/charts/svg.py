"""From chart to page: one clean inline SVG.

Colours become CSS variables, marks get <title> tooltips, the whole gets role="img" with title and
description, and what only Vega needs goes: a third to a half of what vl-convert writes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import groupby

import altair as alt
import vl_convert

from reports.charts.labels import visible
from reports.charts.theme import SMALL, TOKENS

_SVG = "{http://www.w3.org/2000/svg}"
_DROP = {"role", "class", "font-family", "pointer-events", "stroke-miterlimit", "version"}
_NO_TIP = {"text mark", "line mark", "area mark", "rule mark"}
_NUMERIC = {"d", "transform", "x", "y", "x1", "y1", "x2", "y2"}
_DEFAULTS = {("opacity", "1"), ("fill-opacity", "1"), ("stroke-opacity", "1"), ("stroke-width", "1"),
             ("transform", "translate(0,0)"), ("font-size", f"{SMALL}px"), ("font-weight", "normal"),
             ("fill", "transparent"), ("y2", "0"), ("x2", "0"), ("stroke-dasharray", "1,0")}  # fmt: skip
_INHERITED = ("fill", "stroke", "stroke-width", "font-size", "text-anchor")
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_PLACE = re.compile(rf"translate\({_NUMBER},{_NUMBER}\)")
_CIRCLE = re.compile(r"M(\d+(?:\.\d+)?),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0Z?")
_CELL = re.compile(rf"M{_NUMBER},{_NUMBER}h{_NUMBER}v{_NUMBER}h-\3Z")
_LINE = re.compile(r"M[\d.,-]+[hvl][\d.,-]+")
_STEPS = re.compile(rf"[ML]{_NUMBER},{_NUMBER}(?:L{_NUMBER},{_NUMBER})+")
_VARIABLE = {colour: f"var(--{name})" for name, colour in TOKENS.items()}


def to_svg(
    chart: alt.TopLevelMixin, key: str, title: str, description: str, is_twin: bool = False
) -> str:
    """`chart` as an inline <svg>; `key` is unique on the page and prefixes every id in it.

    `is_twin`: the same once more, for NARROW. Its marks have no tooltips, as nothing hovers on a
    phone, and its title and description are those of the first.

    Raises: ValueError when a colour is not a token (it would stay light in the dark).
    """
    root, size = _clean(chart, f"{key}-n" if is_twin else key, tips=not is_twin)
    root.attrib |= size | {
        "viewBox": f"0 0 {size['width']} {size['height']}", "role": "img",
        "font-size": str(SMALL), "aria-labelledby": f"{key}-t {key}-d",
    }  # fmt: skip
    named = () if is_twin else (("title", "t", title), ("desc", "d", description))
    for place, (tag, mark, text) in enumerate(named):
        node = ET.Element(_SVG + tag, {"id": f"{key}-{mark}"})
        node.text = visible(text)
        root.insert(place, node)
    text = _written(root)
    stray = set(re.findall(r'(?:fill|stroke)="(#[^"]+|rgb[^"]+|white|black)"', text))
    if stray:
        raise ValueError(f"chart {key}: colours that are not tokens: {sorted(stray)}")
    return text


def to_spark(chart: alt.TopLevelMixin) -> str:
    """`chart` as an <svg> that is mere decoration: what it shows stands beside it."""
    root, size = _clean(chart, "", tips=False)
    root.attrib |= {"viewBox": f"0 0 {size['width']} {size['height']}", "aria-hidden": "true"}
    return _written(root)


def _written(root: ET.Element) -> str:
    """The text of an <svg>; in attributes and texts, `>` is escaped."""
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def _clean(chart: alt.TopLevelMixin, key: str, tips: bool) -> tuple[ET.Element, dict[str, str]]:
    """The chart as a bare <svg> with clean contents, and its size.

    Altair's check against its schema takes a third of the time; the tests run it for every kind.
    """
    ET.register_namespace("", _SVG[1:-1])
    text = vl_convert.vegalite_to_svg(chart.to_json(validate=False))
    root = ET.fromstring(text)  # noqa: S314 (our own SVG)
    _tidy(root, key, tips)
    size = {name: f"{float(root.get(name, 0)):.6g}" for name in ("width", "height")}
    root.attrib.clear()
    return root, size


def _tidy(parent: ET.Element, key: str, tips: bool) -> None:
    """Clean `parent` in place: tooltips, variables, ids; what only Vega needs goes."""
    kept: list[ET.Element] = []
    for child in parent:
        _tidy(child, key, tips)
        kept += [child] if _prepare(child, key, tips) else []
    kept = _joined(kept)
    flat: list[ET.Element] = []
    for child in kept:
        flat += list(child) if child.tag == _SVG + "g" and not child.attrib else [child]
    parent[:] = _grouped(flat)


def _joined(nodes: list[ET.Element]) -> list[ET.Element]:
    """The nodes, with straight lines that look the same, and have no tooltip, as one path: marks of
    one kind do not cover each other, so that their order makes no difference."""
    made: list[ET.Element] = []
    lines: dict[tuple[tuple[str, str], ...], ET.Element] = {}
    for node in nodes:
        way = node.get("d", "")
        if len(node) or not _LINE.fullmatch(way):
            made.append(node)
            continue
        look = tuple((name, value) for name, value in node.attrib.items() if name != "d")
        if (line := lines.get(look)) is not None:
            line.set("d", line.get("d", "") + way)
        else:
            lines[look] = node
            made.append(node)
    return made


def _grouped(nodes: list[ET.Element]) -> list[ET.Element]:
    """The nodes, with what three or more in a row have in common said once, in a group of theirs,
    and in it the colour, or of texts the height, of those in a row that have one: a quarter of a
    chart."""
    return _shared(
        nodes, lambda node: node.tag, lambda same: _levelled(_shared(same, _colours, list))
    )


def _levelled(nodes: list[ET.Element]) -> list[ET.Element]:
    """The nodes, with five or more texts in a row at one height in a group that has it."""
    made: list[ET.Element] = []
    for y, run in groupby(nodes, key=lambda node: node.get("y")):
        same = list(run)
        if y is None or len(same) < 5:
            made += same
            continue
        for node in same:
            del node.attrib["y"]
        row = ET.Element(_SVG + "g", {"transform": f"translate(0,{y})"})
        row[:] = same
        made.append(row)
    return made


def _colours(node: ET.Element) -> tuple[str | None, str | None]:
    return node.get("fill"), node.get("stroke")


def _shared(
    nodes: list[ET.Element],
    key: Callable[[ET.Element], object],
    inner: Callable[[list[ET.Element]], list[ET.Element]],
) -> list[ET.Element]:
    """The nodes, with three or more in a row of the same `key` in a group that says what they have
    in common. `inner`: what becomes of those."""
    made: list[ET.Element] = []
    for _, run in groupby(nodes, key=key):
        same = list(run)
        common = {
            name: value
            for name, value in same[0].attrib.items()
            if name in _INHERITED and all(node.get(name) == value for node in same)
        }
        if len(same) < 3 or same[0].tag == _SVG + "g":
            made += same
            continue
        for node in same:
            node.attrib = {k: v for k, v in node.attrib.items() if k not in common}
        if common:
            group = ET.Element(_SVG + "g", common)
            group[:] = inner(same)
            made.append(group)
        else:
            made += inner(same)
    return made


def _prepare(node: ET.Element, key: str, tips: bool) -> bool:
    """Clean one element; false when it draws nothing."""
    if not tips and node.get("opacity") == "0":
        return False
    tip = node.get("aria-label", "")
    if tips and tip and node.get("aria-roledescription") not in _NO_TIP and node.tag != _SVG + "g":
        ET.SubElement(node, _SVG + "title").text = tip
    is_cell = node.get("aria-roledescription") == "rect mark"
    empty = node.get("class") in {"background", "foreground"} and not node.get("stroke")
    node.attrib = {
        name: _attribute(name, value, key)
        for name, value in node.attrib.items()
        if not (name in _DROP or name.startswith("aria-") or (name, value) in _DEFAULTS)
    }
    _shorten(node)
    if is_cell:
        _thicken(node)
    if node.tag == _SVG + "circle" and not node.get("stroke"):
        _enlarge(node) if len(node) else _dot(node)
    if node.tag == _SVG + "text" and node.get("stroke"):
        node.set("paint-order", "stroke")
    if node.tag in {_SVG + "path", _SVG + "circle"} and node.get("fill") is None and len(node):
        node.set("fill", "transparent")  # an unseen spot must still catch the pointer
        if node.get("opacity") == "0":
            for name in ("opacity", "stroke", "stroke-width"):
                node.attrib.pop(name, None)
    if node.tag == _SVG + "rect" and node.get("fill") is None:
        return False
    if node.tag == _SVG + "text" and not (node.text or len(node)):
        return False
    return not (empty or (node.tag == _SVG + "g" and len(node) == 0))


def _shorten(node: ET.Element) -> None:
    """Write a circle, a straight line and a line of text the short way: a fifth of a chart."""
    place = _PLACE.fullmatch(node.get("transform", "translate(0,0)"))
    if place is None:
        return
    x, y = place.groups()
    if node.tag == _SVG + "text" and len(node) == 0:
        node.attrib.pop("transform", None)
        node.attrib = {"x": x, "y": y} | node.attrib
    elif node.tag == _SVG + "line" and not {"x1", "y1"} & set(node.attrib):
        right, down = node.get("x2", "0"), node.get("y2", "0")
        way = f"h{right}" if down == "0" else f"v{down}" if right == "0" else f"l{right},{down}"
        rest = {k: v for k, v in node.attrib.items() if k not in {"x2", "y2", "transform"}}
        node.tag, node.attrib = _SVG + "path", {"d": f"M{x},{y}{way}"} | rest
    elif circle := _CIRCLE.fullmatch(node.get("d", "")):
        rest = {k: v for k, v in node.attrib.items() if k not in {"d", "transform"}}
        node.tag, node.attrib = _SVG + "circle", {"cx": x, "cy": y, "r": circle[1]} | rest


def _thicken(node: ET.Element) -> None:
    """Write a cell of a heatmap as a line as thick as it is high, if it is one: half of the text."""
    cell = _CELL.fullmatch(node.get("d", ""))
    if cell is None or node.get("stroke"):
        return
    x, y, width, height = cell.groups()
    middle = f"{float(y) + float(height) / 2:.1f}".removesuffix(".0")
    node.set("d", f"M{x},{middle}h{width}")
    node.attrib |= {"stroke": node.attrib.pop("fill", ""), "stroke-width": height}
    if depth := node.attrib.pop("fill-opacity", ""):
        node.set("opacity", depth)


def _enlarge(circle: ET.Element) -> None:
    """An unseen edge gives the pointer more to hit; Vega leaves it out."""
    if "stroke-width" in circle.attrib:
        circle.set("stroke", "transparent")


def _dot(circle: ET.Element) -> None:
    """Write a circle without edge as a line without length and with round ends, as lines are joined."""
    x, y, radius = (circle.attrib.pop(name) for name in ("cx", "cy", "r"))
    look = {"stroke": circle.attrib.pop("fill", ""), "stroke-linecap": "round"}
    circle.tag = _SVG + "path"
    circle.attrib |= {"d": f"M{x},{y}h0", "stroke-width": f"{float(radius) * 2:.3g}"} | look


def _attribute(name: str, value: str, key: str) -> str:
    """The value as it stands on the page: variable colours, short numbers, ids of this chart."""
    if name == "id":
        return f"{key}-{value}"
    if value.startswith("url(#"):
        return f"url(#{key}-{value[5:]}"
    if name in {"fill", "stroke"}:
        return _VARIABLE.get(value.lower(), value)
    if name == "fill-opacity":
        return f"{float(value):.2f}".removeprefix("0").rstrip("0")
    if name == "font-size":
        return value.removesuffix("px")
    if name in _NUMERIC:
        value = re.sub(r"-?\d+\.\d+(?:e-\d+)?", _tenths, value)
        return _STEPS.sub(_straight, value) if name == "d" else value
    return value


def _tenths(number: re.Match[str]) -> str:
    """A number with at most one decimal; 5.7e-14, as Vega adds up, is 0."""
    return f"{round(float(number[0]), 1) + 0:.1f}".removesuffix(".0")


def _straight(path: re.Match[str]) -> str:
    """A run of points, of which those beside or above the one before are told by one number."""
    (x, y), *others = (point.split(",") for point in path[0][1:].split("L"))
    written = f"{path[0][0]}{x},{y}"
    for right, down in others:
        written += (
            ""
            if (right, down) == (x, y)
            else f"H{right}"
            if down == y
            else f"V{down}"
            if right == x
            else f"L{right},{down}"
        )
        x, y = right, down
    return written
