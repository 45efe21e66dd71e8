"""Dependency trees: CoNLL 2018 scores on gold and other words, and KLUE-DP's macro F1 with its cap."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from malmoi.data.examples import Word
from malmoi.metrics.trees import KLUE_DP_RELATIONS, klue_dp_table, tree_table


def tree(*arcs: tuple[int, str]) -> list[Word]:
    """Words of two characters with a space between them, each with its head and relation."""
    return [Word(3 * i, 3 * i + 2, None, head, relation) for i, (head, relation) in enumerate(arcs)]


def chain(relations: list[str]) -> list[Word]:
    """Every word's head is the next one, the last is the root."""
    return tree(*((i + 1 if i < len(relations) else 0, relation) for i, relation in enumerate(relations, start=1)))


GOLD = [tree((2, "NP_SBJ"), (0, "VP")), tree((3, "NP_SBJ"), (3, "NP_OBJ"), (0, "VP"))]


def klue_baseline(gold: list[list[Word]], predicted: list[list[Word]]) -> dict[str, float]:
    """What the official functions compute, with scikit-learn."""
    metrics = pytest.importorskip("sklearn.metrics")
    words = [pair for trees in zip(gold, predicted, strict=True) for pair in zip(*trees, strict=True)]
    heads = np.array([(g.head, p.head) for g, p in words])
    types = np.array([[KLUE_DP_RELATIONS.index(w.relation) for w in pair] for pair in words])
    types[types >= 15] = -3
    types[heads[:, 0] != heads[:, 1], 1] = -2
    return {
        "klue_dp_uas": metrics.f1_score(*heads.T, average="macro", zero_division=0),
        "klue_dp_las": metrics.f1_score(*types.T, average="macro", zero_division=0),
    }


def test_attachment_scores_are_shares_of_words():
    predicted = [tree((2, "NP_OBJ"), (0, "VP")), tree((2, "NP_SBJ"), (3, "NP_OBJ"), (0, "VP"))]
    scores = tree_table(GOLD, predicted).scores()
    assert (scores["uas"].value, scores["las"].value) == (4 / 5, 3 / 5)
    assert scores["uas"].n == 2


def test_subtypes_of_relations_do_not_count():
    gold, predicted = [tree((2, "acl:relcl"), (0, "root"))], [tree((2, "acl"), (0, "root"))]
    assert tree_table(gold, predicted).values()["las"] == 1.0


def test_words_of_raw_text_are_aligned_by_their_place():
    """The parser splits the second word in two: its head is not found, and the number of the root moves on."""
    predicted = [
        [
            Word(0, 2, None, 4, "NP_SBJ"),
            Word(3, 4, None, 3, "NP"),
            Word(4, 5, None, 4, "NP_OBJ"),
            Word(6, 8, None, 0, "VP"),
        ]
    ]
    scores = tree_table([GOLD[1]], predicted).values()
    assert scores["uas"] == scores["las"] == pytest.approx(2 * 2 / (3 + 4))
    found = klue_dp_table([GOLD[1]], predicted).values()
    assert found["klue_dp_uas"] == pytest.approx((1 + 2 / 3 + 0) / 3)  # heads 0, 3, and one that is no gold word
    assert found["klue_dp_las"] == pytest.approx((1 + 0 + 1 + 0) / 4)  # NP_SBJ, NP_OBJ, VP and the wrong head


def test_a_head_that_is_no_gold_word_is_wrong():
    gold = [tree((2, "NP"), (0, "VP"))]
    predicted = [[Word(0, 2, None, 2, "NP"), Word(3, 4, None, 0, "VP"), Word(4, 5, None, 2, "X")]]
    assert tree_table(gold, predicted).values()["uas"] == 0.0


def test_klue_uas_takes_the_number_of_the_head_as_class():
    """One of five heads is wrong: 80 % as CoNLL counts, 70 % as KLUE does, where head 2 is a class of two words."""
    predicted = [GOLD[0], tree((2, "NP_SBJ"), (3, "NP_OBJ"), (0, "VP"))]
    found = klue_dp_table(GOLD, predicted).values()["klue_dp_uas"]
    assert found == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)  # heads 0, 2, 3
    assert tree_table(GOLD, predicted).values()["uas"] == 0.8


def test_one_wrong_head_caps_las_at_94_1():
    """All 38 relations, each often: the wrong head adds a class that nobody can answer rightly, 16 of 17 are left."""
    relations = list(KLUE_DP_RELATIONS)
    gold = [chain(relations) for _ in range(500)]
    assert klue_dp_table(gold, gold).values() == {"klue_dp_uas": 1.0, "klue_dp_las": 1.0}
    one_wrong = [[replace(gold[0][0], head=3), *gold[0][1:]], *gold[1:]]
    found = klue_dp_table(gold, one_wrong).values()["klue_dp_las"]
    assert found == pytest.approx(16 / 17, abs=1e-4) and found < 16 / 17
    assert tree_table(gold, one_wrong).values()["las"] > 0.9999


def test_relations_from_vp_cmp_on_are_one_class():
    gold = [chain(["VP_CMP", "NP_SVJ", "X", "VP_SBJ", "VP"])]
    predicted = [chain(["X", "X", "VP_CMP", "VP_SBJ", "VP"])]
    assert klue_dp_table(gold, predicted).values()["klue_dp_las"] == 1.0
    assert tree_table(gold, predicted).values()["las"] == 2 / 5
    assert KLUE_DP_RELATIONS.index("VP_CMP") == 15 and len(set(KLUE_DP_RELATIONS)) == 38
    found = klue_dp_table(gold, [chain(["X", "X", "VP_CMP", "VP_CMP", "VP"])]).values()
    assert found["klue_dp_las"] == pytest.approx((6 / 7 + 0 + 1) / 3)  # VP_SBJ, the 15th, is a class of its own


@pytest.mark.parametrize("seed", range(5))
def test_klue_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    gold, predicted = [], []
    for _ in range(12):
        n = int(rng.integers(1, 9))
        gold.append(tree(*((int(rng.integers(0, n + 1)), str(rng.choice(KLUE_DP_RELATIONS))) for _ in range(n))))
        predicted.append(
            [
                replace(word, head=int(rng.integers(0, n + 1)) if rng.random() < 0.3 else word.head,
                        relation=str(rng.choice(KLUE_DP_RELATIONS)) if rng.random() < 0.3 else word.relation)
                for word in gold[-1]
            ]
        )  # fmt: skip
    assert klue_dp_table(gold, predicted).values() == pytest.approx(klue_baseline(gold, predicted))


def test_trees_without_heads_and_foreign_relations_are_refused():
    with pytest.raises(ValueError, match="word 1"):
        tree_table([[Word(0, 2)]], [[Word(0, 2, None, 0, "VP")]])
    with pytest.raises(ValueError, match="word 2 of 2"):
        tree_table([tree((2, "NP"), (3, "VP"))], [tree((2, "NP"), (0, "VP"))])
    with pytest.raises(ValueError, match="nsubj"):
        klue_dp_table([tree((0, "nsubj"))], [tree((0, "nsubj"))])
    with pytest.raises(ValueError):
        tree_table([], [])


@pytest.mark.skipif("MALMOI_DATA" not in os.environ, reason="needs the corpora")
def test_klue_relations_are_those_of_the_corpus():
    """All are in the list, and about in the order of their frequency there."""
    path = Path(os.environ["MALMOI_DATA"], "klue", "klue-dp-v1.1_dev.80.tsv")
    if not path.is_file():
        pytest.skip("needs KLUE-DP")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    found, counts = np.unique([row[5] for row in rows], return_counts=True)
    assert set(found) <= set(KLUE_DP_RELATIONS)
    merged = counts[[KLUE_DP_RELATIONS.index(relation) >= 15 for relation in found]].sum()
    assert 0.005 < merged / counts.sum() < 0.02
    kept = dict(zip(found, counts, strict=True))
    assert min(kept[relation] for relation in KLUE_DP_RELATIONS[:14]) > max(
        kept.get(relation, 0) for relation in KLUE_DP_RELATIONS[15:]
    )
