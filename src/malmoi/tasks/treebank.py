"""What a treebank teaches besides its labels: which kind of trees it has, what its tags are made of; and that it has trees at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from malmoi.data.examples import TreeExample
from malmoi.data.trees import BadWord, check_heads, is_projective
from malmoi.messages import say

TreeKind = Literal["any", "projective", "head-final"]
UNIVERSAL_TAGS = frozenset((
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
))  # fmt: skip  # https://universaldependencies.org/u/pos
_ENOUGH = 1000  # words without an exception: the true share of exceptions is below 0.3 % (95 %)


def tree_kind(trees: Sequence[Sequence[int]]) -> TreeKind:
    """Return what all trees have in common, given by their heads; "any" when there are too few words to tell.

    >>> tree_kind([[2, 0]] * 500), tree_kind([[2, 0, 2]] * 500), tree_kind([[3, 4, 0, 3]] * 500), tree_kind([[2, 0]])
    ('head-final', 'projective', 'any', 'any')
    """
    if sum(map(len, trees)) < _ENOUGH or not all(is_projective(heads) for heads in trees):
        return "any"
    are_behind = all(head == 0 or head > word for heads in trees for word, head in enumerate(heads, 1))
    return "head-final" if are_behind else "projective"


def tag_parts(tags: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the parts of each tag: the tag itself and, of tags such as "NNG+JKS", the first morpheme's, the last
    one's, and those it has anywhere.

    >>> tag_parts(["NOUN", "VERB"]), tag_parts(["NNG", "NNG+JKS"])
    ([[0], [1]], [[0, 2, 3, 4], [1, 2, 4, 5, 6]])
    """
    if not any("+" in tag for tag in tags):
        return [[i] for i in range(len(tags))]
    numbers: dict[str, int] = {}

    def number(part: str) -> int:
        return numbers.setdefault(part, len(tags) + len(numbers))

    found = []
    for i, tag in enumerate(tags):
        morphemes = tag.split("+")
        parts = [f"^{morphemes[0]}", f"{morphemes[-1]}$", *morphemes]
        found.append([i, *sorted({number(part) for part in parts})])
    return found


def check_tree(example: TreeExample) -> None:
    """Raise `BadWord` unless the example has a whole tree; number 0 blames no word."""
    if not example.words:
        raise BadWord(
            0,
            say(
                "나무가 없습니다 (CoNLL-U, KLUE-DP, 또는 'words' 가 있는 JSON 이어야 함)",
                "there is no tree (CoNLL-U, KLUE-DP, or JSON with 'words')",
            ),
        )
    for number, word in enumerate(example.words, 1):
        if word.head is None or word.relation is None:
            raise BadWord(number, say("머리나 관계가 없습니다", "its head or relation is missing"))
    check_heads([word.head or 0 for word in example.words])
