"""Entities and tokens: strict spans, micro and per label, token accuracy and F1 from raw text."""

from __future__ import annotations

import pytest

from malmoi.data.examples import Span
from malmoi.metrics.spans import accuracy_table, entity_table, eojeol_spans, span_rows, token_table

# "이순신은 조선의 장군이다" and "서울에 비가 온다"
GOLD = [[Span(0, 3, "PS"), Span(5, 7, "LC")], [Span(0, 2, "LC")]]


def test_entity_f1_hand_counted():
    predicted = [[Span(0, 3, "PS"), Span(5, 8, "LC")], [Span(0, 2, "OG"), Span(4, 5, "LC")]]
    score = entity_table(GOLD, predicted).scores()["entity_f1"]
    assert score.value == pytest.approx(2 * 1 / (3 + 4))  # a wrong end and a wrong label are both wrong twice
    assert score.n == 2 and score.low <= score.value <= score.high


def test_rows_by_type():
    rows = {row.label: row for row in span_rows(GOLD, [[Span(0, 3, "PS"), Span(5, 7, "LC")], [Span(0, 2, "OG")]])}
    assert list(rows) == ["LC", "OG", "PS"]
    assert (rows["LC"].precision, rows["LC"].recall, rows["LC"].support, rows["LC"].predicted) == (1.0, 0.5, 2, 1)
    assert (rows["OG"].f1, rows["OG"].support, rows["OG"].predicted) == (0.0, 0, 1)
    assert rows["LC"].f1 == pytest.approx(2 / 3)


def test_a_span_said_twice_counts_once():
    assert entity_table([[Span(0, 3, "PS")]], [[Span(0, 3, "PS")] * 2]).values()["entity_f1"] == 1.0


def test_nothing_annotated_and_nothing_found_scores_zero():
    assert entity_table([[], []], [[], []]).values()["entity_f1"] == 0.0


def test_token_f1_needs_boundary_and_label():
    # 나는 | 밥을 | 먹었다 with morphemes; the second analysis splits 먹었다 otherwise and mistakes 나 for a verb
    gold = [[Span(0, 1, "NP"), Span(1, 2, "JX"), Span(3, 4, "NNG"), Span(4, 5, "JKO"), Span(6, 9, "VV")]]
    found = [
        [Span(0, 1, "VV"), Span(1, 2, "JX"), Span(3, 4, "NNG"), Span(4, 5, "JKO"), Span(6, 7, "VV"), Span(7, 9, "EF")]
    ]
    scores = token_table(gold, found).scores()
    assert scores["token_f1"].value == pytest.approx(2 * 3 / (5 + 6))
    assert scores["boundary_f1"].value == pytest.approx(2 * 4 / (5 + 6))


def test_token_accuracy_pools_tokens_not_sentences():
    table = accuracy_table([["NOUN"], ["NOUN", "ADP", "VERB"]], [["NOUN"], ["NOUN", "VERB", "NOUN"]], "xpos_accuracy")
    score = table.scores()["xpos_accuracy"]
    assert (score.value, score.n) == (0.5, 2)


def test_a_sentence_without_tokens_does_no_harm():
    assert accuracy_table([[], ["NOUN"]], [[], ["NOUN"]], "upos_accuracy").scores()["upos_accuracy"].value == 1.0


def test_eojeols_forgive_particles_not_words():
    """Naver NER tags eojeols: 이순신 and 이순신은 are the same entity there, 충무공 이순신은 is another."""
    text = "충무공 이순신은  한산도에서"
    assert eojeol_spans(text, [Span(4, 7, "PS")]) == eojeol_spans(text, [Span(4, 8, "PS")]) == [Span(1, 2, "PS")]
    assert eojeol_spans(text, [Span(0, 7, "PS"), Span(10, 13, "LC")]) == [Span(0, 2, "PS"), Span(2, 3, "LC")]
    assert eojeol_spans(text, [Span(8, 10, "PS")]) == []  # spaces only


@pytest.mark.parametrize(
    "call",
    [
        lambda: entity_table([], []),
        lambda: entity_table([[]], []),
        lambda: accuracy_table([["NOUN"]], [["NOUN", "VERB"]], "upos_accuracy"),
        lambda: accuracy_table([[]], [[]], "upos_accuracy"),
    ],
)
def test_uneven_or_empty_lists_are_refused(call):
    with pytest.raises(ValueError):
        call()
