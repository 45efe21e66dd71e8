"""HTML and SVG that cannot forget to escape: a plain `str` becomes text, only `element` makes tags.

>>> element("td", "손흥민 <b>", class_="name")
'<td class="name">손흥민 &lt;b&gt;</td>'
"""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = {"meta", "br", "link"}
_CONTROLS = {
    code: 0xFFFD for code in (*range(32), *range(127, 160), *range(0xD800, 0xE000)) if chr(code) not in "\t\n\r"
}


class Html(str):
    """Finished markup; `element` puts it in as it is."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Return text as markup: `< > & " '` escaped; control characters and lone surrogates become U+FFFD."""
    return text if isinstance(text, Html) else Html(html.escape(text.translate(_CONTROLS), quote=True))


def element(tag: str, *children: str, **attributes: str | float | bool | None) -> Html:
    """Return `<tag …>children</tag>`.

    Attribute names lose a trailing `_`, others become `-` (`class_`, `text_anchor`); None and False leave one out.
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(name if value is True else f'{name}="{escape(_number(value))}"')
    opening = " ".join(parts)
    return Html(f"<{opening}>") if tag in _VOID else Html(f"<{opening}>{join(children)}</{tag}>")


def join(children: Iterable[str]) -> Html:
    """Return children one after another, plain strings escaped."""
    return Html("".join(escape(child) for child in children))


def table(header: Iterable[str], rows: Iterable[Iterable[str]], caption: str = "", numbers: Iterable[int] = ()) -> Html:
    """Return a table in a scrollable box; the first column is the row's header, columns in `numbers` are right-aligned."""
    header, numbers = list(header), set(numbers)

    def cell(tag: str, i: int, content: str, **attributes: str) -> Html:
        return element(tag, content, class_="num" if i in numbers else None, **attributes)

    head = element("tr", *(cell("th", i, name, scope="col") for i, name in enumerate(header)))
    body = [
        element("tr", *(cell("td", i, c) if i else cell("th", i, c, scope="row") for i, c in enumerate(row)))
        for row in rows
    ]
    inner = element(
        "table", element("caption", caption) if caption else "", element("thead", head), element("tbody", *body)
    )
    label = caption or ", ".join(name for name in header if not isinstance(name, Html))
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=label)


def details(summary: str, *children: str, class_: str | None = None) -> Html:
    """Return a box that opens on click, without a script."""
    return element("details", element("summary", summary), *children, class_=class_)


def _number(value: str | float) -> str:
    return (
        value
        if isinstance(value, str)
        else f"{value:.2f}".rstrip("0").rstrip(".")
        if isinstance(value, float)
        else str(value)
    )
