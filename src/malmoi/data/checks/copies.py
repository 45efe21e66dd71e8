"""Texts that stand more than once in a dataset, and those of them that carry different labels.

>>> examples = [TextExample("굿", label="긍정", row=2), TextExample("굿", label="부정", row=9)]
>>> find_copies(examples).contradictions[0]
Copies(text='굿', num_rows=2, rows=(2, 9), labels={'긍정': 1, '부정': 1})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.data.checks.keys import KeyOf, exact_key, groups_of_copies, near_key, row_of
from malmoi.data.examples import TextExample

MAX_LISTED = 20
SCORE_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class Copies:
    """One text and its rows (physical lines, or 1-based positions; at most `MAX_LISTED`); `labels` counts what stands there.

    With several labels the first rows show one of each.
    """

    text: str
    num_rows: int
    rows: tuple[int, ...]
    labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """`num_rows` rows repeat an earlier text, whatever their labels; `num_contradictions` texts carry several labels.

    `groups` and `contradictions` list the texts with the most rows, at most `MAX_LISTED` each.
    """

    num_rows: int
    num_texts: int
    groups: tuple[Copies, ...]
    num_contradictions: int
    contradictions: tuple[Copies, ...]


def find_copies(examples: Sequence[TextExample]) -> CopyReport:
    """Return the rows with exactly the same text (and pair)."""
    return _report(examples, range(len(examples)), exact_key)


def find_near_copies(examples: Sequence[TextExample]) -> CopyReport:
    """Return different texts that are the same to `near_key`; of exact copies only the first is looked at."""
    copies = {i for group in groups_of_copies(examples, exact_key) for i in group[1:]}
    return _report(examples, [i for i in range(len(examples)) if i not in copies], near_key)


def contradictions(examples: Sequence[TextExample], groups: Sequence[list[int]]) -> list[list[int]]:
    """Return the groups of positions whose annotations differ; scores must lie a tenth of their whole range apart.

    >>> rows = [TextExample("가", score=score) for score in (5.0, 4.9, 0.0)]
    >>> contradictions(rows, [[0, 1], [0, 2]])
    [[0, 2]]
    """
    scores = [example.score for example in examples if example.score is not None]
    tolerance = SCORE_TOLERANCE * (max(scores) - min(scores)) if scores else 0.0

    def differ(group: list[int]) -> bool:
        given = [score for i in group if (score := examples[i].score) is not None]
        if given:
            return max(given) - min(given) > tolerance
        return len({examples[i].target for i in group} - {None}) > 1

    return [group for group in groups if differ(group)]


def _report(examples: Sequence[TextExample], positions: Sequence[int], key: KeyOf) -> CopyReport:
    groups = groups_of_copies((examples[i] for i in positions), key)
    found = [[positions[i] for i in group] for group in groups]
    found.sort(key=len, reverse=True)
    contradicting = contradictions(examples, found)
    return CopyReport(
        num_rows=sum(len(group) - 1 for group in found),
        num_texts=len(found),
        groups=tuple(_copies(examples, group) for group in found[:MAX_LISTED]),
        num_contradictions=len(contradicting),
        contradictions=tuple(_copies(examples, group) for group in contradicting[:MAX_LISTED]),
    )


def _copies(examples: Sequence[TextExample], group: list[int]) -> Copies:
    counts = Counter(target for i in group if (target := examples[i].target) is not None)
    first: dict[str | None, int] = {}
    for i in group:
        first.setdefault(examples[i].target, i)
    front = list(first.values())
    ordered = [*front, *(i for i in group if i not in set(front))]
    rows = tuple(row_of(examples[i], i) for i in ordered[:MAX_LISTED])
    return Copies(examples[group[0]].text, len(group), rows, dict(counts.most_common()))
