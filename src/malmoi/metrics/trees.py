"""Dependency trees: UAS and LAS as in the CoNLL 2018 evaluation, and the two macro F1 that KLUE-DP calls UAS and LAS.

Gold and predicted trees hold the words of each sentence, in order. Words found in raw text may differ from the gold ones: a
predicted word is compared with the gold word of the same place, and a head is right when it is the gold head's place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from malmoi.data.examples import Word
from malmoi.metrics.counts import CountTable, check_lengths, class_table, f1_of_counts, macro_f1_of_counts

Trees = Sequence[Sequence[Word]]

# The order decides what klue_dp_las merges; it is that of `get_dep_labels` in KLUE-baseline (klue_baseline/data/klue_dp.py).
KLUE_DP_RELATIONS = (
    "NP", "NP_AJT", "VP", "NP_SBJ", "VP_MOD", "NP_OBJ", "AP", "NP_CNJ", "NP_MOD", "VNP", "DP", "VP_AJT", "VNP_MOD",
    "NP_CMP", "VP_SBJ", "VP_CMP", "VP_OBJ", "VNP_CMP", "AP_MOD", "X_AJT", "VP_CNJ", "VNP_AJT", "IP", "X", "X_SBJ",
    "VNP_OBJ", "VNP_SBJ", "X_OBJ", "AP_AJT", "L", "X_MOD", "X_CNJ", "VNP_CNJ", "X_CMP", "AP_CMP", "AP_SBJ", "R", "NP_SVJ",
)  # fmt: skip
_RANKS = {relation: rank for rank, relation in enumerate(KLUE_DP_RELATIONS)}
_OTHERS = 15  # the class of VP_CMP and all after it
_ROOT, _ELSEWHERE, _WRONG_HEAD = 0, -1, -1


def tree_table(gold: Trees, predicted: Trees) -> CountTable:
    """Return the counts behind uas and las: F1 of words whose head, or head and relation, are right (CoNLL 2018).

    With gold words that is the share of words. Relations are compared up to the first colon ("acl:relcl" is "acl").
    Raises `ValueError` without examples, for lists of different length, or where a word has no head or relation.

    >>> gold = [[Word(0, 2, None, 2, "nsubj"), Word(3, 5, None, 0, "root")]]
    >>> predicted = [[Word(0, 2, None, 2, "obj"), Word(3, 5, None, 0, "root")]]
    >>> tree_table(gold, predicted).values()
    {'uas': 1.0, 'las': 0.5}
    """
    check_lengths(gold, predicted)
    counts = []
    for words, answers in zip(gold, predicted, strict=True):
        pairs = list(zip(_arcs(words), _aligned(words, answers), strict=True))
        heads = [arc for arc, answer in pairs if arc.head == answer.head]
        both = [arc for arc, answer in pairs if arc.head == answer.head and _universal(arc) == _universal(answer)]
        counts.append((len(heads), len(both), len(words), len(answers)))

    def measure(sums: np.ndarray) -> dict[str, np.ndarray]:
        heads, both, golds, answers = sums.T
        return {"uas": f1_of_counts(heads, golds, answers), "las": f1_of_counts(both, golds, answers)}

    return CountTable(np.array(counts, dtype=np.float64), measure)


def klue_dp_table(gold: Trees, predicted: Trees) -> CountTable:
    """Return the counts behind klue_dp_uas and klue_dp_las, which are no attachment scores but macro F1 (KLUE-baseline).

    klue_dp_uas takes the number of the head as the class of a word. klue_dp_las takes the relation: the 15 first of
    `KLUE_DP_RELATIONS` are classes and all others one more; a word whose head is wrong is answered with a class of its
    own, so that one wrong head adds a 17th class of F1 0 and no score is above 16/17 = 94.1 %. A gold word that
    was not found in the raw text has a wrong head. Long sentences are not cut, as KLUE-baseline does.

    Raises `ValueError` as `tree_table`, and for a gold relation that is not one of KLUE-DP's.

    >>> gold = [[Word(0, 2, None, 2, "NP_SBJ"), Word(3, 5, None, 0, "VP")]]
    >>> predicted = [[Word(0, 2, None, 2, "NP_OBJ"), Word(3, 5, None, 0, "VP")]]
    >>> {name: round(value, 3) for name, value in klue_dp_table(gold, predicted).values().items()}
    {'klue_dp_uas': 1.0, 'klue_dp_las': 0.333}
    """
    check_lengths(gold, predicted)
    heads, relations = [], []
    for words, answers in zip(gold, predicted, strict=True):
        pairs = list(zip(_arcs(words), _aligned(words, answers), strict=True))
        heads.append([(arc.head, answer.head) for arc, answer in pairs])
        relations.append(
            [(_class_of(arc), _class_of(answer) if arc.head == answer.head else _WRONG_HEAD) for arc, answer in pairs]
        )
    of_heads, of_relations = _class_counts(heads), _class_counts(relations)
    return class_table(of_heads, lambda *sums: {"klue_dp_uas": macro_f1_of_counts(*sums)}) | class_table(
        of_relations, lambda *sums: {"klue_dp_las": macro_f1_of_counts(*sums)}
    )


class _Arc(NamedTuple):
    head: int
    relation: str


def _arcs(words: Sequence[Word]) -> Iterator[_Arc]:
    for number, word in enumerate(words, start=1):
        if word.head is None or not 0 <= word.head <= len(words) or word.relation is None:
            raise ValueError(f"word {number} of {len(words)} needs a head among them, or 0, and a relation: {word}")
        yield _Arc(word.head, word.relation)


def _aligned(gold: Sequence[Word], predicted: Sequence[Word]) -> list[_Arc]:
    """Return for each gold word the arc of the predicted word of the same place, its head numbered as gold words are."""
    numbers = {(word.start, word.end): number for number, word in enumerate(gold, start=1)}
    of_predicted = [_ROOT, *(numbers.get((word.start, word.end), _ELSEWHERE) for word in predicted)]
    found = [_Arc(_ELSEWHERE, "")] * len(gold)
    for number, arc in zip(of_predicted[1:], _arcs(predicted), strict=True):
        if number != _ELSEWHERE:
            found[number - 1] = _Arc(of_predicted[arc.head], arc.relation)
    return found


def _universal(arc: _Arc) -> str:
    return arc.relation.partition(":")[0]


def _class_of(arc: _Arc) -> int:
    if arc.relation not in _RANKS:
        raise ValueError(f"{arc.relation!r} is no relation of KLUE-DP")
    return min(_RANKS[arc.relation], _OTHERS)


def _class_counts(pairs: Sequence[Sequence[tuple[int, int]]]) -> np.ndarray:
    """Count each sentence's right, gold and answered classes, float64 [n, 3, num_classes], for pairs of ids from -1 on."""
    num_classes = 2 + max((max(pair) for sentence in pairs for pair in sentence), default=0)
    counts = np.zeros((len(pairs), 3, num_classes))
    for row, sentence in zip(counts, pairs, strict=True):
        for gold, answer in sentence:
            row[0, gold] += gold == answer
            row[1, gold] += 1
            row[2, answer] += 1  # -1 is the last
    return counts
