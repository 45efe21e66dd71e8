"""What makes the heads of a sentence's words a tree: each word has a head, one word is the root, no path of heads goes in a circle."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.messages import say


class BadWord(Exception):
    """A word that cannot be part of its tree: its 1-based number in the sentence, and why."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def check_heads(heads: Sequence[int]) -> None:
    """Raise `BadWord` unless the 1-based heads (0 = root) of a sentence's words make a tree with one root.

    >>> check_heads([2, 0])
    """
    for number, head in enumerate(heads, 1):
        if not 0 <= head <= len(heads):
            raise BadWord(
                number,
                say(
                    f"머리 {head} 번 낱말이 없습니다. 낱말은 {len(heads)}개이고 0 은 뿌리입니다",
                    f"there is no word {head} to be its head: the sentence has {len(heads)} words, and 0 is the root",
                ),
            )
    roots = [number for number, head in enumerate(heads, 1) if head == 0]
    if len(roots) != 1:
        listed = ", ".join(map(str, roots[:5]))
        raise BadWord(
            roots[1] if roots else 1,
            say(
                f"머리가 0 인 뿌리가 하나여야 하는데 {len(roots)}개입니다" + (f" (낱말 {listed})" if roots else ""),
                f"{len(roots)} words have head 0, but a tree has one root" + (f" (words {listed})" if roots else ""),
            ),
        )
    if cycle := find_cycle([0, *heads]):
        path = " → ".join(map(str, [*cycle, cycle[0]]))
        raise BadWord(
            min(cycle),
            say(f"머리를 따라가면 제자리로 돌아옵니다: 낱말 {path}", f"the heads go in a circle: words {path}"),
        )


def find_cycle(heads: Sequence[int]) -> list[int]:
    """Return the nodes of one cycle, in order from head to head, or an empty list; node 0 is the root and ends every path.

    >>> find_cycle([0, 2, 3, 1, 0]), find_cycle([0, 2, 0])
    ([1, 2, 3], [])
    """
    seen_from = [0] * len(heads)  # the node whose path went through here first
    for start in range(1, len(heads)):
        node = start
        while node and not seen_from[node]:
            seen_from[node] = start
            node = heads[node]
        if node and seen_from[node] == start:
            cycle = [node]
            while heads[cycle[-1]] != node:
                cycle.append(heads[cycle[-1]])
            return cycle
    return []


def is_projective(heads: Sequence[int]) -> bool:
    """Tell whether no two arcs of a tree cross and none passes over the root.

    >>> is_projective([2, 0, 2]), is_projective([3, 4, 0, 3]), is_projective([3, 0, 2])
    (True, False, False)
    """
    arcs = [
        (min(word, head), max(word, head)) for word, head in enumerate(heads, 1)
    ]  # the root stands before all words
    opened: list[tuple[int, int]] = []  # arcs around the current place, each inside the one before
    for start, end in sorted(arcs, key=lambda arc: (arc[0], -arc[1])):
        while opened and opened[-1][1] <= start:
            opened.pop()
        if opened and opened[-1][1] < end:
            return False
        opened.append((start, end))
    return True
