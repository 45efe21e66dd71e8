"""The real files: sizes, balance, and no text on two sides of a split of malmoi's own; skipped where they are missing."""

from collections import Counter

import pytest

from malmoi.data.corpora import CORPORA, find_corpus
from malmoi.data.examples import SpanExample

SIZES = {
    "hate-speech": {"train": 6_302, "dev": 823, "final": 771},
    "hate-speech-bias": {"train": 6_302, "dev": 823, "final": 771},
    "hate-speech-gender": {"train": 6_302, "dev": 823, "final": 771},
    "kocasm": {"train": 7_176, "dev": 895, "final": 928},
    "chatbot": {"train": 9_460, "dev": 1_216, "final": 1_147},
    "3i4k": {"train": 44_043, "dev": 5_569, "final": 5_522},
    "sae4k": {"train": 21_110, "dev": 2_523, "final": 2_647},
    "parakqc-topic": {"train": 7_070, "dev": 830, "final": 810},
    "parakqc-act": {"train": 7_070, "dev": 830, "final": 810},
    "parakqc-domain": {"train": 5_170, "dev": 830, "final": 810},
    "question-pair": {"train": 6_136, "dev": 682},
    "paws": {"train": 1_587, "dev": 220, "final": 193},
    "kornli": {"dev": 2_490},
    "kornli-small": {"train": 1_986, "dev": 234, "final": 270},
    "nli-small": {"train": 4_368, "dev": 519, "final": 603},
    "klue-nli": {"dev": 3_000},
    "klue-nli-small": {"train": 2_382, "dev": 285, "final": 333},
    "korsts": {"train": 5_749, "dev": 1_500},
    "kmhas": {"dev": 8_776},
    "kmhas-small": {"train": 6_970, "dev": 900, "final": 906},
    "klue-re": {"train": 32_470, "dev": 7_765},
    "klue-dp": {"dev": 2_000},
    "ud-gsd-tree": {"dev": 950},
    "ud-kaist-tree": {"dev": 2_066},
    "korquad-1": {"train": 60_407, "dev": 5_774},
    "klue-mrc": {"train": 17_554, "dev": 5_841},
    "klue-ner": {"dev": 5_000},
    "ud-gsd": {"dev": 950},
    "ud-gsd-xpos": {"dev": 950},
    "ud-kaist": {"dev": 2_066},
}
LABELS = {
    ("hate-speech", "train"): {"none": 2_775, "offensive": 1_996, "hate": 1_531},
    ("hate-speech-bias", "train"): {"none": 4_119, "others": 1_206, "gender": 977},
    ("hate-speech-gender", "train"): {"False": 5_325, "True": 977},
    ("kocasm", "final"): {"0": 464, "1": 464},
    ("chatbot", "train"): {"0": 4_200, "1": 2_881, "2": 2_379},
    ("3i4k", "final"): {"0": 520, "1": 1_688, "2": 1_604, "3": 1_190, "4": 159, "5": 87, "6": 274},
    ("sae4k", "final"): {"0": 504, "1": 10, "2": 1_013, "3": 47, "4": 1_068, "5": 5},
    ("parakqc-topic", "final"): {"0": 170, "1": 220, "2": 260, "3": 160},
    ("parakqc-domain", "final"): {"0": 170, "1": 220, "2": 260, "범위밖": 160},
    ("parakqc-act", "final"): {"0": 200, "1": 300, "2": 140, "3": 170},
    ("question-pair", "train"): {"0": 4_169, "1": 1_967},
    ("paws", "train"): {"0": 915, "1": 672},
    ("kornli", "dev"): {"entailment": 830, "contradiction": 830, "neutral": 830},
    ("klue-nli-small", "final"): {"entailment": 111, "contradiction": 111, "neutral": 111},
}


def of(name):
    """Return the corpus, or skip when its files are not here."""
    corpus = find_corpus(name)
    if any(corpus.state_of(split) == "missing" for split in SIZES[name]):
        pytest.skip(f"{name}: files are missing; set MALMOI_DATA")
    if name.startswith(("sae4k", "parakqc")) and corpus.files[0].state != "excerpt":
        pytest.skip(f"{name}: the sizes here are those of the excerpt")
    return corpus


def squeezed(example):
    return {"".join(text.split()) for text in (example.text, example.pair) if text is not None}


def annotated(example):
    """Every label of an example."""
    if isinstance(example, SpanExample):
        return [span.label for span in example.spans]
    return example.labels if example.labels is not None else [example.label]


def test_every_corpus_is_measured():
    assert set(SIZES) == {corpus.name for corpus in CORPORA} - {
        "demo",
        "nsmc",
        "generated-re",
        "generated-wos",
        "klue-wos",
    }


@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_sides(name):
    corpus = of(name)
    splits = {split: corpus.load(split) for split in SIZES[name]}
    assert {split: len(data) for split, data in splits.items()} == SIZES[name]
    assert {split: data.source for split, data in splits.items()} == {split: f"{name}:{split}" for split in splits}
    assert len({data.fingerprint for data in splits.values()}) == len(splits)
    for split, data in splits.items():
        assert all(example.text.strip() and example.target is not None for example in data)
        known = set(corpus.label_names)
        assert not known or {label for example in data for label in annotated(example)} <= known
        assert Counter(example.target for example in data) == LABELS.get((name, split), Counter(e.target for e in data))
    if "final" in splits:
        sides = [set().union(*map(squeezed, data)) for data in splits.values()]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        assert sum(map(len, splits.values())) + splits["train"].skipped == {"kocasm": 9_000}.get(
            name, sum(SIZES[name].values())
        )


def test_scores_cover_their_range():
    for split in ("train", "dev"):
        scores = [example.score for example in of("korsts").load(split)]
        assert (min(scores), max(scores)) == (0.0, 5.0) and all(score is not None for score in scores)


def test_several_labels_are_several():
    counts = Counter(len(example.labels) for example in of("kmhas").load("dev"))
    assert counts == {0: 4_887, 1: 2_875, 2: 887, 3: 119, 4: 8}


def test_known_rows():
    assert of("chatbot").load("train").examples[0].text == "12시 땡!"
    first = of("klue-nli").load("dev").examples[0]
    assert (first.id, first.label) == ("klue-nli-v1_dev_00000", "contradiction")
    assert of("korsts").load("train").examples[1].score == 3.8


def test_excerpts_are_said():
    assert any("an excerpt of the published file" in note for note in of("sae4k").load("dev").notes)
    assert not any("excerpt" in note for note in of("chatbot").load("dev").notes)


def test_sae4k_noun_phrases_stand_on_one_side():
    from malmoi.data.corpora.sae4k import TABLE

    of("sae4k")
    sides = [{("".join(e.pair.split()), e.label) for e in TABLE.load(split)} for split in TABLE.splits]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
