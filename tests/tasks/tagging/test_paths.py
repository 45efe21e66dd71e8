"""The best legal sequence is that of trying them all; so are marginals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from malmoi.tasks.tagging.paths import (
    BEGINS,
    FREE,
    GOES_ON,
    TagSet,
    best_path,
    kinds_of_tokens,
    marginals,
    stretch_scores,
    stretches,
)

TAG_SETS = {"entities": TagSet(("PS", "LC")), "words": TagSet(("NNG", "JX"), has_outside=False)}
every_tag_set = pytest.mark.parametrize("tags", TAG_SETS.values(), ids=TAG_SETS)


def is_legal(path: tuple[int, ...], tags: TagSet, kinds: list[int]) -> bool:
    """IOB2 by its names, and what the units may do."""
    for i, tag in enumerate(path):
        name, before = tags.names[tag], tags.names[path[i - 1]] if i else "O"
        goes_on = name == before == "O" or (name[0] == "I" and before[1:] == name[1:] and before != "O")
        if name[0] == "I" and not goes_on:
            return False
        kind = kinds[i] if i else BEGINS
        if kind == GOES_ON and not goes_on or kind == BEGINS and name[0] == "I":
            return False
    return True


def all_legal(n: int, tags: TagSet, kinds: list[int]) -> list[tuple[int, ...]]:
    return [path for path in itertools.product(range(len(tags)), repeat=n) if is_legal(path, tags, kinds)]


def value(path: tuple[int, ...], scores: np.ndarray, transitions: np.ndarray | None) -> float:
    moved = 0.0 if transitions is None else sum(transitions[a, b] for a, b in itertools.pairwise(path))
    return float(sum(scores[i, tag] for i, tag in enumerate(path)) + moved)


@every_tag_set
@pytest.mark.parametrize("learned", [False, True], ids=["scores only", "transitions"])
def test_best_of_all_legal_sequences(tags: TagSet, learned: bool) -> None:
    rng = np.random.default_rng(1)
    for trial in range(60):
        n = int(rng.integers(1, 6))
        scores = rng.normal(size=(n, len(tags))).astype(np.float32) * 2
        transitions = rng.normal(size=(len(tags), len(tags))) if learned else None
        kinds = None if trial % 3 == 0 else rng.choice([FREE, GOES_ON, BEGINS], size=n)
        candidates = all_legal(n, tags, [FREE] * n if kinds is None else kinds.tolist())
        best = max(candidates, key=lambda path: value(path, scores, transitions))
        assert tuple(best_path(scores, tags, kinds, transitions)) == best


def test_nothing_gives_nothing() -> None:
    assert best_path(np.zeros((0, 5)), TAG_SETS["entities"]).tolist() == []
    assert stretches(np.zeros(0, dtype=int), TAG_SETS["entities"]) == []


def test_a_start_with_i_and_a_change_of_label_are_repaired() -> None:
    tags = TAG_SETS["entities"]
    scores = np.zeros((3, 5))
    scores[[0, 1, 2], [2, 2, 4]] = 3.0  # I-PS I-PS I-LC
    scores[0, 1] = 2.9
    path = best_path(scores, tags)
    assert is_legal(tuple(path), tags, [FREE] * 3)
    assert [tags.names[tag] for tag in path[:2]] == ["B-PS", "I-PS"]


@every_tag_set
def test_marginals_are_sums_over_all_legal_sequences(tags: TagSet) -> None:
    rng = np.random.default_rng(2)
    for kinds in (None, np.array([FREE, GOES_ON, FREE, BEGINS])):
        scores, transitions = rng.normal(size=(4, len(tags))), rng.normal(size=(len(tags), len(tags)))
        expected, total = np.zeros_like(scores), 0.0
        for path in all_legal(4, tags, [FREE] * 4 if kinds is None else kinds.tolist()):
            weight = np.exp(value(path, scores, transitions))
            total += weight
            expected[np.arange(4), path] += weight
        assert np.allclose(marginals(scores, tags, transitions, kinds), expected / total)


def test_a_stretch_is_as_sure_as_its_least_sure_unit_and_its_end() -> None:
    tags = TagSet(("PS",))
    shares = np.array([[0.1, 0.9, 0.0], [0.2, 0.1, 0.7], [0.55, 0.0, 0.45], [0.2, 0.8, 0.0]])
    path = np.array([1, 2, 0, 1])
    assert stretch_scores(shares, path, stretches(path, tags), tags) == pytest.approx([0.55, 0.8])


def test_given_tokens_begin_and_go_on() -> None:
    starts = np.array([0, 1, 3, 4, 5])
    kinds, owner = kinds_of_tokens(starts, [(0, 2), (3, 4), (4, 6)])
    assert kinds.tolist() == [BEGINS, GOES_ON, BEGINS, BEGINS, GOES_ON]
    assert owner.tolist() == [0, 0, 1, 2, 2]
