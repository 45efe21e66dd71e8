"""A page read strictly, for the tests of what is written as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "link"}


class Page(HTMLParser):
    """Reads a page strictly: every tag must be closed by its own end tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.headings: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)

    def count(self, tag: str, class_: str = "") -> int:
        return sum(name == tag and class_ in (attrs.get("class") or "").split() + [""] for name, attrs in self.tags)
