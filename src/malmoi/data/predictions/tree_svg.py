"""Dependency trees as a self-contained SVG image: words in a row, arcs above them from heads to dependents.

Text stays text, set in the fonts of the system that shows it; sizes are those of Hangul, which fills the square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from rich.cells import cell_len

from malmoi.data.predictions.trees import ParsedWord, shown

FONTS = "'Pretendard','Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR','NanumGothic',sans-serif"
_SIZE, _SMALL = 16, 11  # font sizes: words, labels
_GAP, _MARGIN, _LEVEL, _BELOW = 22, 16, 26, 46  # pixels: between words, at the edges, of an arc's height, of the words
_MAX_CELLS = 40
_RULES = {
    "text": f"font-family:{FONTS};text-anchor:middle;fill:#1b1f24",
    ".word": f"font-size:{_SIZE}px;font-weight:600",
    ".small": f"font-size:{_SMALL}px;fill:#57606a",
    ".label": "paint-order:stroke;stroke:#fff;stroke-width:5px;fill:#2c5cc5",
    ".arc": "fill:none;stroke:#8b949e;stroke-width:1.4px",
    ".tip": "fill:#57606a",
}
_STYLE = "".join(f".malmoi-tree {name}{{{rule}}}" for name, rule in _RULES.items())  # in a page, of this image only


def trees_svg(trees: Sequence[Sequence[ParsedWord]], title: str) -> str:
    """Return the SVG of trees, one below the other; `title` is what a screen reader says.

    >>> trees_svg([[ParsedWord("네", 0, 1, "IC", 0, "IP")]], "네").count("<text")
    3
    """
    drawn = [_Row(tree) for tree in trees]
    width = max(row.width for row in drawn)
    parts, top = [], 0
    for row in drawn:
        parts.append(f'<g transform="translate(0,{top})">{"".join(row.parts())}</g>')
        top += row.height
    name = escape(shown(title, 500))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="malmoi-tree" width="{width}" height="{top}" '
        f'viewBox="0 0 {width} {top}" role="img"><title>{name}</title><style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


class _Row:
    """A tree and where its words stand."""

    def __init__(self, words: Sequence[ParsedWord]) -> None:
        self.words = words
        self.texts = [shown(word.text, _MAX_CELLS) for word in words]
        self.tags = [shown(word.pos or "", _MAX_CELLS) for word in words]
        self.centres, x = list[float](), float(_MARGIN)
        for text, tag in zip(self.texts, self.tags, strict=True):
            width = max(_width(text, _SIZE), _width(tag, _SMALL), _SIZE)
            self.centres.append(x + width / 2)
            x += width + _GAP
        self.width = round(x - _GAP + _MARGIN)
        self.levels = _levels([word.head for word in words])
        self.base = _MARGIN + _LEVEL * max(self.levels, default=0) + _SMALL
        self.height = self.base + _BELOW

    def parts(self) -> Iterator[str]:
        """Yield arcs, their labels, words and tags."""
        for i, word in enumerate(self.words):
            yield self._arc(i) if word.head else self._root(i)
        for i, word in enumerate(self.words):
            x, y = self._label_place(i)
            yield f'<text class="small label" x="{x:.1f}" y="{y:.1f}">{escape(shown(word.relation, _MAX_CELLS))}</text>'
        for x, text, tag in zip(self.centres, self.texts, self.tags, strict=True):
            yield f'<text class="word" x="{x:.1f}" y="{self.base + 22}">{escape(text)}</text>'
            yield f'<text class="small" x="{x:.1f}" y="{self.base + 38}">{escape(tag)}</text>' if tag else ""

    def _arc(self, i: int) -> str:
        """Return the arc to a dependent: it leaves its head on the dependent's side and ends in an arrow."""
        end, top = self.centres[i], self.base - _LEVEL * self.levels[i]
        head = self.words[i].head - 1
        start = self.centres[head] + (5 if i > head else -5)
        bend = min(14.0, abs(end - start) / 2) * (1 if end > start else -1)
        path = f"M{start:.1f},{self.base}V{top + 10}Q{start:.1f},{top} {start + bend:.1f},{top}"
        path += f"H{end - bend:.1f}Q{end:.1f},{top} {end:.1f},{top + 10}V{self.base - 4}"
        return f'<path class="arc" d="{path}"/>{self._tip(end)}'

    def _root(self, i: int) -> str:
        x = self.centres[i]
        return f'<path class="arc" d="M{x:.1f},{self.base - _LEVEL * self.levels[i]}V{self.base - 4}"/>{self._tip(x)}'

    def _tip(self, x: float) -> str:
        return f'<path class="tip" d="M{x - 4:.1f},{self.base - 6}h8l-4,7z"/>'

    def _label_place(self, i: int) -> tuple[float, float]:
        head = self.words[i].head
        x = (self.centres[i] + self.centres[head - 1]) / 2 if head else self.centres[i]
        return x, self.base - _LEVEL * self.levels[i] + (4 if head else -4)


def _levels(heads: Sequence[int]) -> list[int]:
    """Return how high each word's arc goes: above all arcs between its ends, so that arcs cross only where the tree does."""
    arcs = {i: tuple(sorted((i, head - 1))) for i, head in enumerate(heads) if head}
    levels: dict[int, int] = {}
    for i in sorted(arcs, key=lambda i: arcs[i][1] - arcs[i][0]):
        first, last = arcs[i]
        levels[i] = 1 + max((levels[j] for j in levels if arcs[j][0] < last and first < arcs[j][1]), default=0)
    top = max(levels.values(), default=0) + 1
    return [levels.get(i, top) for i in range(len(heads))]


def _width(text: str, size: int) -> float:
    """Return about how wide a text is: a cell is half a square."""
    return 0.55 * size * cell_len(text)
