"""What the parser says: the words of a text with part of speech, head and relation, drawn as trees."""

from __future__ import annotations

from dataclasses import dataclass

from malmoi.data.predictions.base import Prediction
from malmoi.data.predictions.tree_lines import tree_lines
from malmoi.data.predictions.tree_svg import trees_svg
from malmoi.data.predictions.trees import ParsedWord, trees_of
from malmoi.messages import say


@dataclass(frozen=True, slots=True)
class ParsingPrediction(Prediction):
    """The words of a text in order; heads count all words of the text from 1, and each sentence has one root, whose head is 0.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> words = (ParsedWord("비가", 0, 2, "NNG+JKS", 2, "NP_SBJ"), ParsedWord("온다.", 3, 6, "VV+EF+SF", 0, "VP"))
    >>> prediction = ParsingPrediction("비가 온다.", None, words)
    >>> print(*prediction.drawing, sep="\\n")
     ┌─ 비가   NP_SBJ  NNG+JKS
    ─┴─ 온다.  VP      VV+EF+SF
    >>> prediction.sentence
    '이 글의 중심은 ‘온다.’입니다 (낱말 2개).'
    >>> set_language(None)
    """

    words: tuple[ParsedWord, ...]

    @property
    def sentence(self) -> str:
        num, roots = len(self.words), [word.text for word in self.words if not word.head]
        if not roots:
            return say("이 글에는 낱말이 없습니다.", "This text has no words.")
        listed = ", ".join(f"‘{root}’" for root in roots)
        if len(roots) == 1:
            return say(
                f"이 글의 중심은 {listed}입니다 (낱말 {num:,}개).",
                f"The root of this text is {listed} ({num:,} words).",
            )
        return say(
            f"문장 {len(roots):,}개의 중심은 {listed}입니다 (낱말 {num:,}개).",
            f"The roots of the {len(roots):,} sentences are {listed} ({num:,} words).",
        )  # fmt: skip

    @property
    def trees(self) -> list[tuple[ParsedWord, ...]]:
        """The words of each sentence, their heads counted from its own first word."""
        return list(trees_of(self.words))

    @property
    def drawing(self) -> list[str]:
        """The trees, a word in each line, with a blank line between two sentences."""
        lines: list[str] = []
        for tree in self.trees:
            lines += ["", *tree_lines(tree)] if lines else tree_lines(tree)
        return lines

    def to_svg(self) -> str | None:
        """Return a self-contained SVG image of the trees, arcs from heads to dependents; None for a text without words."""
        return trees_svg(self.trees, self.text) if self.words else None
