"""KLUE-NER: golden values from seqeval's and scikit-learn's definitions, and the round trip of spans and tags."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.data.examples import Span
from malmoi.metrics.spans import entity_table
from malmoi.metrics.tags import KLUE_NER_TYPES, char_table, char_tags, dense_spans, klue_ner_table, tag_spans

TAGS = ["O", *(f"{prefix}-{name}" for name in KLUE_NER_TYPES for prefix in "BI")]
TEXT = "이순신은 1592년 한산도에서 조선 수군을 이끌었다"
GOLD = [Span(0, 3, "PS"), Span(5, 10, "DT"), Span(11, 14, "LC"), Span(17, 22, "OG")]


@st.composite
def annotated(draw):
    """A text of letters and spaces with spans that do not overlap, each of some letters."""
    text = draw(st.text("가나 ", min_size=1, max_size=25))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [
        Span(start, end, draw(st.sampled_from(KLUE_NER_TYPES)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        if text[start:end].strip()
    ]
    return text, spans


def tag_tables(n: int, seed: int) -> tuple[list[list[str]], list[list[str]]]:
    """Made-up tags of n sentences, half of the answers right."""
    rng = np.random.default_rng(seed)
    gold = [rng.choice(TAGS, rng.integers(1, 20)).tolist() for _ in range(n)]
    return gold, [[tag if rng.random() < 0.5 else str(rng.choice(TAGS)) for tag in tags] for tags in gold]


@given(annotated())
@settings(deadline=None)
def test_spans_survive_the_tags(case):
    text, spans = case
    tags = char_tags(text, spans)
    assert len(tags) == len(text.replace(" ", ""))
    assert tag_spans(tags) == tag_spans(tags, strict=False) == dense_spans(text, spans)


def test_i_without_b_is_an_entity_only_for_the_lenient():
    """seqeval's own example: [I-PER I-PER O] is all right by default, and all wrong in strict mode."""
    tags = ["I-PER", "I-PER", "O", "B-LOC"]
    gold = [Span(0, 2, "PER"), Span(3, 4, "LOC")]
    assert tag_spans(tags, strict=False) == gold
    assert tag_spans(tags) == gold[1:]
    both = [entity_table([gold[:1]], [tag_spans(tags[:3], strict)]).values()["entity_f1"] for strict in (False, True)]
    assert both == [1.0, 0.0]


def test_a_change_of_type_ends_an_entity():
    assert tag_spans(["B-PS", "I-LC", "I-PS"]) == [Span(0, 1, "PS")]
    assert tag_spans(["B-PS", "B-PS", "I-PS"]) == [Span(0, 1, "PS"), Span(1, 3, "PS")]
    assert tag_spans([]) == []


def test_entity_f1_is_the_mean_over_types_in_gold_or_predictions():
    predicted = [GOLD[0], GOLD[2], Span(5, 9, "QT")]  # PS and LC right; DT, OG overlooked; QT invented; TI nowhere
    found = klue_ner_table([TEXT], [GOLD], [predicted]).values()
    assert found["klue_ner_entity_f1"] == pytest.approx((1 + 1 + 0 + 0 + 0) / 5)
    assert entity_table([GOLD], [predicted]).values()["entity_f1"] == pytest.approx(2 * 2 / 7)


def test_char_f1_counts_all_tags_and_o():
    """By hand: 23 characters without spaces, 15 of them tagged; the answer finds 이순신 and half of 한산도."""
    predicted = [GOLD[0], Span(11, 12, "LC")]
    found = klue_ner_table([TEXT], [GOLD], [predicted]).values()
    o = 2 * (8 + 2) / ((8 + 2) + (19 + 2))  # two more for [CLS] and [SEP]
    tags = [1, 1, 0, 0, 1, 0, 0, 0]  # B and I of PS, DT, LC, OG
    assert found["char_f1_no_o"] == pytest.approx(sum(tags) / 8)
    assert found["klue_ner_char_f1"] == pytest.approx((o + sum(tags) + 4 * 1.0) / 13)  # TI and QT occur nowhere: 1 each


def test_answering_o_throughout_scores_6_77():
    """The 12 other tags score 0, and O has recall 1 and as precision its share p: 2p / (1 + p) / 13.

    A sentence of KLUE's development set has 35 characters tagged O and 10 others on average, and [CLS] and [SEP].
    """
    texts, gold = ["가" * 45] * 6, [[Span(35, 45, name)] for name in KLUE_NER_TYPES]
    found = klue_ner_table(texts, gold, [[]] * 6).values()
    share = (35 + 2) / (45 + 2)
    assert found["klue_ner_char_f1"] == pytest.approx(2 * share / (1 + share) / 13)
    assert 100 * found["klue_ner_char_f1"] == pytest.approx(6.77, abs=0.01)
    assert found["char_f1_no_o"] == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_char_scores_agree_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    gold, predicted = tag_tables(4, seed)
    found = char_table(gold, predicted).values()
    flat = [[tag for tags in rows for tag in ["O", *tags, "O"]] for rows in (gold, predicted)]
    expected = metrics.f1_score(*flat, labels=TAGS, average="macro", zero_division=1.0)
    assert found["klue_ner_char_f1"] == pytest.approx(expected)
    present = sorted({*flat[0], *flat[1]} - {"O"})
    expected = metrics.f1_score(*flat, labels=present, average="macro", zero_division=0.0)
    assert found["char_f1_no_o"] == pytest.approx(expected)


def test_spaces_at_the_edge_do_not_matter_to_klue():
    predicted = [Span(0, 3, "PS"), Span(4, 10, "DT"), Span(11, 14, "LC"), Span(16, 22, "OG")]
    assert klue_ner_table([TEXT], [GOLD], [predicted]).values() == dict.fromkeys(
        ("klue_ner_entity_f1", "klue_ner_char_f1", "char_f1_no_o"), 1.0
    )
    assert entity_table([GOLD], [predicted]).values()["entity_f1"] == 0.5


def test_text_and_spans_that_hold_nothing():
    found = klue_ner_table(["", "   "], [[], [Span(0, 2, "PS")]], [[], []]).values()
    assert found == {"klue_ner_entity_f1": 0.0, "klue_ner_char_f1": 1.0, "char_f1_no_o": 0.0}


def test_overlapping_spans_and_foreign_types_are_refused():
    with pytest.raises(ValueError, match="overlaps"):
        char_tags("이순신", [Span(0, 2, "PS"), Span(1, 3, "LC")])
    with pytest.raises(ValueError, match="PER"):
        klue_ner_table(["이순신"], [[Span(0, 3, "PER")]], [[]])


@pytest.mark.skipif("MALMOI_DATA" not in os.environ, reason="needs the corpora")
def test_o_throughout_on_klue():
    """6.78 on the 80 % sample: 6.74 without [CLS] and [SEP], which the official figure 6.77 of the whole file rules out."""
    path = Path(os.environ["MALMOI_DATA"], "klue", "klue-ner-v1.1_dev.80.tsv")
    if not path.is_file():
        pytest.skip("needs KLUE-NER")
    sentences = re.split(r"\n\t?\n", path.read_text(encoding="utf-8").strip())
    rows = [[line.split("\t") for line in lines.split("\n") if not line.startswith("##")] for lines in sentences]
    texts = ["".join(char for char, _ in row) for row in rows]
    gold = [tag_spans([tag for _, tag in row]) for row in rows]
    found = klue_ner_table(texts, gold, [[]] * len(texts)).values()
    assert 100 * found["klue_ner_char_f1"] == pytest.approx(6.78, abs=0.005)
    assert found["char_f1_no_o"] == found["klue_ner_entity_f1"] == 0.0
