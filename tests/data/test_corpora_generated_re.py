"""The generated relations: the same every time, every relation there, nothing shared between splits, spans on their words."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from malmoi.data.corpora import find_corpus
from malmoi.data.corpora.generated_re import SIZES, generate
from malmoi.data.corpora.templates import draw, fill, material
from malmoi.data.relation_names import RELATIONS

MATERIAL = material("generated_re.json")


@pytest.fixture(scope="module")
def splits():
    corpus = find_corpus("generated-re")
    return {split: corpus.load(split) for split in corpus.splits}


def test_sizes_and_balance(splits):
    assert {split: len(data) for split, data in splits.items()} == SIZES
    for split, data in splits.items():
        counts = Counter(example.relation for example in data)
        assert set(counts) == set(RELATIONS)
        assert 0.18 < counts.pop("no_relation") / len(data) < 0.28
        assert min(counts.values()) > 0.4 * max(counts.values()), split


def test_the_same_every_time_and_longer_ones_begin_alike(splits):
    assert generate("dev", 400) == splits["dev"].examples
    assert generate("train", 50) == splits["train"].examples[:50]


def test_nothing_is_shared_between_splits(splits):
    words = {
        split: {e.text[s.start : s.end] for e in data for s in (e.subject, e.object)} for split, data in splits.items()
    }
    for one, other in combinations(splits, 2):
        assert not words[one] & words[other]
        for fact in MATERIAL["facts"]:
            assert not set(fact[one]) & set(fact[other])
    assert all(len(values) > 100 for values in words.values())


def test_spans_are_words_and_the_same_text_is_asked_differently(splits):
    for example in splits["train"]:
        for span in (example.subject, example.object):
            word = example.text[span.start : span.end]
            assert word == word.strip() and span.label in ("PER", "ORG", "LOC", "DAT", "POH", "NOH")
            assert example.text.count(word) >= 1
    across = [
        e
        for e in splits["train"]
        if e.relation == "no_relation"
        and ". " in e.text[min(e.subject.end, e.object.end) : max(e.subject.start, e.object.start)]
    ]
    assert len(across) > 300, "subjects and objects of two facts are the hardest negatives"


def test_every_reverse_is_a_relation_and_every_gap_is_filled():
    for fact in MATERIAL["facts"]:
        assert fact["relation"] in RELATIONS and fact.get("reverse", "no_relation") in RELATIONS
        for split in SIZES:
            for template in fact[split]:
                assert set(fill(template, {"s": "가", "o": "나"}).places) == {"s", "o"}, template


def test_gaps_and_values():
    assert fill("{a:과/와} {b}, {a}", {"a": "강릉", "b": "목포"}).text == "강릉과 목포, 강릉"
    with pytest.raises(KeyError):
        fill("{a}", {})
    with pytest.raises(AssertionError, match="no value left"):
        draw([[["가"]]], "train", random.Random(0), taken={"가"})
