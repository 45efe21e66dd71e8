"""What a report shows of parsed trees: relations one by one, confusions, trees with many errors, and a rule to compare with.

Words are compared by their places in the raw text, as in `trees.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from malmoi.data.examples import Span, TreeExample, Word
from malmoi.metrics.classification import ClassRow, confusion_matrix, count_rows
from malmoi.metrics.counts import CountTable, class_table, micro_f1_of_counts
from malmoi.metrics.scores import Score
from malmoi.metrics.slices import LENGTH_EDGES, LengthSlice, WrongAnswer, largest
from malmoi.metrics.spans import accuracy_table, span_counts
from malmoi.metrics.trees import Trees, tree_table

_MAX_WORDS = 8  # of a tree that are named in an error
_NOTHING = ""  # the tag of a word that was not found


def word_table(gold: Trees, predicted: Trees) -> CountTable:
    """Return the counts behind boundary_f1: words found at their places in the raw text (CoNLL 2018's "Words").

    >>> word_table([[Word(0, 2), Word(2, 3)]], [[Word(0, 3)]]).values()
    {'boundary_f1': 0.0}
    """
    places = [[[Span(word.start, word.end) for word in words] for words in trees] for trees in (gold, predicted)]
    counts = span_counts(places[0], places[1], [""])
    return class_table(counts, lambda *sums: {"boundary_f1": micro_f1_of_counts(*sums)})


def tag_table(gold: Trees, predicted: Trees, name: str) -> CountTable:
    """Return the counts behind the share of gold words found with their part of speech: `name`, upos_accuracy or xpos_accuracy.

    >>> gold, predicted = [[Word(0, 2, "NOUN"), Word(3, 5, "VERB")]], [[Word(0, 2, "NOUN"), Word(3, 4, "VERB")]]
    >>> tag_table(gold, predicted, "upos_accuracy").values()
    {'upos_accuracy': 0.5}
    """
    tags = [[word.pos or _NOTHING for word in words] for words in gold]
    found = []
    for words, answers in zip(gold, predicted, strict=True):
        at = {(answer.start, answer.end): answer.pos for answer in answers}
        found.append([at.get((word.start, word.end)) or _NOTHING for word in words])
    return accuracy_table(tags, found, name)


def relation_rows(gold: Trees, predicted: Trees) -> list[ClassRow]:
    """Return the per-class table of the relations: a word is right with its head and its relation.

    >>> row = relation_rows([[Word(0, 1, None, 0, "VP")]], [[Word(0, 1, None, 0, "VP")]])[0]
    >>> row.label, row.f1, row.support
    ('VP', 1.0, 1)
    """
    hits, golds, answers = Counter[str](), Counter[str](), Counter[str]()
    for words, found in zip(gold, predicted, strict=True):
        golds.update(word.relation or "" for word in words)
        answers.update(word.relation or "" for word in found)
        hits.update(
            word.relation or "" for word, answer in _pairs(words, found) if _is_right(words, found, word, answer)
        )
    labels = sorted(golds.keys() | answers.keys())
    counts = np.array([[counter[label] for label in labels] for counter in (hits, golds, answers)], dtype=np.float64)
    return count_rows(labels, counts[0], counts[1], counts[2])


def relation_confusion(gold: Trees, predicted: Trees, relations: Sequence[str]) -> np.ndarray:
    """Count gold and predicted relations of the words found, int64 [relations, relations], gold in rows; others are left out."""
    ids = {relation: i for i, relation in enumerate(relations)}
    pairs = [
        (ids[word.relation or ""], ids[answer.relation or ""])
        for words, found in zip(gold, predicted, strict=True)
        for word, answer in _pairs(words, found)
        if word.relation in ids and answer.relation in ids
    ]
    return confusion_matrix([a for a, _ in pairs], [b for _, b in pairs], len(relations))


def next_word_trees(gold: Trees) -> list[list[Word]]:
    """Return what a rule would say: every word depends on the next one, the last is the root, in the relation that is most
    frequent for the gold tag of the word.

    A generous floor, since Korean puts heads last and the tags and their usual relations are those of these very trees.

    >>> next_word_trees([[Word(0, 2, "NP", 2, "NP_SBJ"), Word(3, 5, "VP", 0, "VP")]])[0][0].head
    2
    """
    counts: defaultdict[str | None, Counter[str | None]] = defaultdict(Counter)
    for words in gold:
        for word in words:
            counts[word.pos][word.relation] += 1
    usual = {pos: relations.most_common(1)[0][0] for pos, relations in counts.items()}
    return [
        [
            Word(word.start, word.end, word.pos, i + 1 if i < len(words) else 0, usual[word.pos])
            for i, word in enumerate(words, 1)
        ]
        for words in gold
    ]


def length_rows(examples: Sequence[TreeExample], gold: Trees, predicted: Trees) -> list[LengthSlice]:
    """Return LAS by the number of characters, shortest first, no empty buckets."""
    buckets: defaultdict[int, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        buckets[sum(len(example.text) > edge for edge in LENGTH_EDGES)].append(i)
    lows, highs = [1, *(edge + 1 for edge in LENGTH_EDGES)], [*LENGTH_EDGES, None]
    return [
        LengthSlice(lows[k], highs[k], _las([gold[i] for i in rows], [predicted[i] for i in rows]))
        for k, rows in sorted(buckets.items())
    ]


def _las(gold: Trees, predicted: Trees) -> Score:
    return tree_table(gold, predicted).scores()["las"]


def wrong_trees(examples: Sequence[TreeExample], gold: Trees, predicted: Trees) -> list[WrongAnswer]:
    """Return the trees with most wrong words, each with these words as "word ← head relation"."""
    errors = []
    for example, words, found in zip(examples, gold, predicted, strict=True):
        wrong = [(w, a) for w, a in _pairs(words, found) if not _is_right(words, found, w, a)]
        num_missing = len(words) - len(_pairs(words, found))
        if not wrong and not num_missing:
            continue
        shown = wrong[:_MAX_WORDS]
        more = f" … (+{len(wrong) - len(shown) + num_missing})" if len(wrong) > len(shown) or num_missing else ""
        golds = "; ".join(_arc(example.text, words, word) for word, _ in shown) + more
        answers = "; ".join(_arc(example.text, found, answer) for _, answer in shown) + more
        error = WrongAnswer(example.row, example.text, None, golds, answers)
        errors.append((float(len(wrong) + num_missing), error))
    return largest(errors)


def _pairs(gold: Sequence[Word], predicted: Sequence[Word]) -> list[tuple[Word, Word]]:
    """Return the gold words that were found, each with the predicted word of its place."""
    at = {(answer.start, answer.end): answer for answer in predicted}
    return [(word, at[word.start, word.end]) for word in gold if (word.start, word.end) in at]


def _is_right(gold: Sequence[Word], predicted: Sequence[Word], word: Word, answer: Word) -> bool:
    return word.relation == answer.relation and _head_place(gold, word) == _head_place(predicted, answer)


def _head_place(words: Sequence[Word], word: Word) -> tuple[int, int] | None:
    """Return the place of a word's head, None for the root."""
    head = words[word.head - 1] if word.head else None
    return None if head is None else (head.start, head.end)


def _arc(text: str, words: Sequence[Word], word: Word) -> str:
    place = _head_place(words, word)
    head = "·" if place is None else text[slice(*place)]
    return f"{text[word.start : word.end]} ← {head} {word.relation}"
