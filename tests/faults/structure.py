"""What of a page is markup: its elements, the names of their attributes, and where links lead."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser

# Attributes whose values are of our own making and have to be equal; of all others, the names.
_OURS = {
    "aria-current", "aria-labelledby", "aria-sort", "class", "content", "download", "for", "hidden",
    "http-equiv", "id", "name", "rel", "role", "style", "tabindex", "type",
}  # fmt: skip
_LINKS = {"action", "background", "data", "formaction", "href", "ping", "poster", "src", "srcset", "xlink:href"}  # fmt: skip


class Structure(HTMLParser):
    """Elements, names of attributes, targets of links, own script and style; no text.

    The boxes that stand for unseen characters are left out, as a plain text has none; so are the
    lines of a chart's label, as their number depends on the width of its letters.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.links: list[str] = []
        self._left_out = {"span": 0, "tspan": 0}
        self._raw = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span" and ("class", "ctl") in attrs and [n for n, _ in attrs][1:] == ["title"]:
            self._left_out[tag] += 1
            return
        if tag == "tspan" and [n for n, _ in attrs] == ["x", "dy"]:
            self._left_out[tag] += 1
            return
        self._raw = tag if tag in ("script", "style") else ""
        self.lines.append(f"<{tag} {' '.join(self._attribute(n, v or '') for n, v in attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""
        if self._left_out.get(tag):
            self._left_out[tag] -= 1
        else:
            self.lines.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.lines.append(f"<!--{data}-->")

    def unknown_decl(self, data: str) -> None:
        self.lines.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.lines.append(f"<?{data}>")

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.lines.append(hashlib.sha256(data.encode()).hexdigest())

    def _attribute(self, name: str, value: str) -> str:
        if name in _LINKS:
            self.links.append(value)
            return f"{name}={target(value)}"
        return f"{name}={value}" if name in _OURS else name


def target(address: str) -> str:
    """Where a link leads; of a replay page's name and of CSV only what they are."""
    address = re.sub(r"^replay/[\w-]+-[0-9a-f]{12}\.html", "replay/….html", address)
    return re.sub(r"^data:text/csv;charset=utf-8,.*", "data:text/csv", address, flags=re.DOTALL)
