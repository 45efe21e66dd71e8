"""What a report shows of trees."""

import numpy as np
import pytest

from malmoi.data.examples import TreeExample, Word
from malmoi.metrics.tree_analysis import (
    length_rows,
    next_word_trees,
    relation_confusion,
    relation_rows,
    tag_table,
    word_table,
    wrong_trees,
)

TEXT = "비가 많이 온다."
GOLD = [(Word(0, 2, "NOUN", 3, "nsubj"), Word(3, 5, "ADV", 3, "advmod"), Word(6, 8, "VERB", 0, "root"), Word(8, 9, "PUNCT", 3, "punct"))]  # fmt: skip
# the full stop is not split off, 비가 has another relation, 많이 another head
SAID = [(Word(0, 2, "NOUN", 3, "obj"), Word(3, 5, "NOUN", 1, "advmod"), Word(6, 9, "VERB", 0, "root"))]


def test_words_and_tags_are_compared_by_place():
    assert word_table(GOLD, SAID).values()["boundary_f1"] == pytest.approx(2 * 2 / 7)
    assert tag_table(GOLD, SAID, "upos_accuracy").values() == {"upos_accuracy": 0.25}
    assert tag_table(GOLD, GOLD, "upos_accuracy").values() == {"upos_accuracy": 1.0}
    assert word_table(GOLD, GOLD).values() == {"boundary_f1": 1.0}


def test_relations_count_with_their_heads():
    rows = {row.label: row for row in relation_rows(GOLD, SAID)}
    assert {label: (row.support, row.predicted, row.f1) for label, row in rows.items()} == {
        "advmod": (1, 1, 0.0), "nsubj": (1, 0, 0.0), "obj": (0, 1, 0.0), "punct": (1, 0, 0.0), "root": (1, 1, 0.0),
    }  # fmt: skip
    assert all(row.f1 == 1.0 for row in relation_rows(GOLD, GOLD))


def test_relations_that_are_confused():
    counts = relation_confusion(GOLD, SAID, ("advmod", "nsubj", "obj"))
    assert counts.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert relation_confusion(GOLD, [()], ("nsubj",)).tolist() == [[0]]


def test_the_rule_takes_the_next_word_and_the_usual_relation():
    (tree,) = next_word_trees(GOLD)
    assert [word.head for word in tree] == [2, 3, 4, 0]
    assert [word.relation for word in tree] == ["nsubj", "advmod", "root", "punct"]


def test_las_by_length():
    examples = [TreeExample(TEXT, GOLD[0]), TreeExample("가" * 11, GOLD[0])]
    rows = length_rows(examples, GOLD * 2, [GOLD[0], SAID[0]])
    assert [(row.low, row.high, row.accuracy.value, row.accuracy.n) for row in rows] == [
        (1, 10, 1.0, 1),
        (11, 20, 0.0, 1),
    ]


def test_the_most_wrong_trees_come_first_and_say_what_is_wrong():
    examples = [TreeExample(TEXT, GOLD[0], row=3), TreeExample(TEXT, GOLD[0], row=8), TreeExample(TEXT, GOLD[0])]
    almost = (GOLD[0][0], Word(3, 5, "ADV", 3, "obl"), *GOLD[0][2:])
    errors = wrong_trees(examples, GOLD * 3, [almost, SAID[0], GOLD[0]])
    assert [error.row for error in errors] == [8, 3]
    assert (errors[1].gold, errors[1].predicted) == ("많이 ← 온다 advmod", "많이 ← 온다 obl")
    assert errors[0].predicted == "비가 ← 온다. obj; 많이 ← 비가 advmod … (+2)"


def test_counts_are_whole():
    assert np.issubdtype(relation_confusion(GOLD, SAID, ("root",)).dtype, np.integer)
