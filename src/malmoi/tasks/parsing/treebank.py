"""Treebanks: what their tags are made of, and that their examples are trees at all."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.data.examples import TreeExample
from malmoi.data.trees import BadWord, check_heads
from malmoi.messages import say


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
    end = 0
    for number, word in enumerate(example.words, 1):
        if not end <= word.start < word.end <= len(example.text):
            raise BadWord(
                number,
                say(
                    f"자리 {word.start}~{word.end}: {len(example.text)}자인 글 밖이거나 앞 낱말과 겹칩니다",
                    f"its place {word.start} to {word.end} is outside the text of {len(example.text)} characters, or overlaps the word before",
                ),
            )
        end = word.end
        if word.head is None or word.relation is None:
            raise BadWord(number, say("머리나 관계가 없습니다", "its head or relation is missing"))
    check_heads([word.head or 0 for word in example.words])
