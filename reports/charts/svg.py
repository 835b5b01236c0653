"""From chart to page: one clean inline SVG.

Colours become CSS variables, marks get <title> tooltips, the whole gets role="img" with title and
description, and what only Vega needs goes: a third to a half of what vl-convert writes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
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
             ("fill", "transparent"), ("y2", "0"), ("x2", "0")}  # fmt: skip
_INHERITED = ("fill", "stroke", "stroke-width", "font-size", "text-anchor")
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_PLACE = re.compile(rf"translate\({_NUMBER},{_NUMBER}\)")
_CIRCLE = re.compile(r"M(\d+(?:\.\d+)?),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0Z?")
_STEPS = re.compile(rf"[ML]{_NUMBER},{_NUMBER}(?:L{_NUMBER},{_NUMBER})+")
_VARIABLE = {colour: f"var(--{name})" for name, colour in TOKENS.items()}


def to_svg(
    chart: alt.TopLevelMixin, key: str, title: str, description: str, tips: bool = True
) -> str:
    """`chart` as an inline <svg>; `key` is unique on the page and prefixes every id in it.

    Without `tips` the marks have no tooltips: for NARROW, as nothing hovers on a phone.

    Raises: ValueError when a colour is not a token (it would stay light in the dark).
    """
    root, size = _clean(chart, key, tips)
    root.attrib |= size | {
        "viewBox": f"0 0 {size['width']} {size['height']}", "role": "img",
        "font-size": str(SMALL), "aria-labelledby": f"{key}-t {key}-d",
    }  # fmt: skip
    for place, (tag, mark, text) in enumerate((("title", "t", title), ("desc", "d", description))):
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
    if not tips:
        kept = _joined(kept)
    flat: list[ET.Element] = []
    for child in kept:
        flat += list(child) if child.tag == _SVG + "g" and not child.attrib else [child]
    parent[:] = _grouped(flat)


def _joined(nodes: list[ET.Element]) -> list[ET.Element]:
    """The nodes, with cells of a heatmap beside each other that look the same as one path."""
    made: list[ET.Element] = []
    for node in nodes:
        last = made[-1] if made else node
        looks = [{k: v for k, v in each.attrib.items() if k != "d"} for each in (last, node)]
        if made and "fill-opacity" in node.attrib and last.tag == node.tag and looks[0] == looks[1]:
            last.set("d", last.get("d", "") + node.get("d", ""))
        else:
            made.append(node)
    return made


def _grouped(nodes: list[ET.Element]) -> list[ET.Element]:
    """The nodes, with what three or more in a row have in common said once, in a group of theirs:
    a quarter of a chart."""
    made: list[ET.Element] = []
    for _, run in groupby(nodes, key=lambda node: node.tag):
        same = list(run)
        common = {
            name: value
            for name, value in same[0].attrib.items()
            if name in _INHERITED and all(node.get(name) == value for node in same)
        }
        if len(same) < 3 or not common or same[0].tag == _SVG + "g":
            made += same
            continue
        for node in same:
            node.attrib = {k: v for k, v in node.attrib.items() if k not in common}
        group = ET.Element(_SVG + "g", common)
        group[:] = same
        made.append(group)
    return made


def _prepare(node: ET.Element, key: str, tips: bool) -> bool:
    """Clean one element; false when it draws nothing."""
    if not tips and node.get("opacity") == "0":
        return False
    tip = node.get("aria-label", "")
    if tips and tip and node.get("aria-roledescription") not in _NO_TIP and node.tag != _SVG + "g":
        ET.SubElement(node, _SVG + "title").text = tip
    empty = node.get("class") in {"background", "foreground"} and not node.get("stroke")
    node.attrib = {
        name: _attribute(name, value, key)
        for name, value in node.attrib.items()
        if not (name in _DROP or name.startswith("aria-") or (name, value) in _DEFAULTS)
    }
    _shorten(node)
    if node.tag == _SVG + "text" and node.get("stroke"):
        node.set("paint-order", "stroke")
    if node.tag in {_SVG + "path", _SVG + "circle"} and node.get("fill") is None and len(node):
        node.set("fill", "transparent")  # an unseen spot must still catch the pointer
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


def _attribute(name: str, value: str, key: str) -> str:
    """The value as it stands on the page: variable colours, short numbers, ids of this chart."""
    if name == "id":
        return f"{key}-{value}"
    if value.startswith("url(#"):
        return f"url(#{key}-{value[5:]}"
    if name in {"fill", "stroke"}:
        return _VARIABLE.get(value.lower(), value)
    if name == "fill-opacity":
        return f"{float(value):.2g}".removeprefix("0")
    if name in _NUMERIC:
        value = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), value)
        return _STEPS.sub(_straight, value) if name == "d" else value
    return value


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
