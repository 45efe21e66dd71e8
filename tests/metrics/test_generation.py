"""Generated text: sacrebleu's and rouge-score's own numbers, the tokenizer trap, distinct-n, bits per character."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from malmoi.errors import MissingExtra
from malmoi.metrics.generation import (
    MorphemeTokenizer,
    bits_per_char_scores,
    bits_per_char_statistic,
    distinct_scores,
    overlap_signatures,
    overlap_table,
    rouge_table,
)
from malmoi.metrics.scores import bootstrap

PREDICTED = ["오늘은 하루 종일 비가 온다", "내일 서울은 맑겠습니다", "주말에는 눈이 내린다", "기온이 뚝 떨어졌다"]
REFERENCES = [
    ["오늘은 종일 비가 온다"],
    ["내일 서울은 맑다", "서울은 내일 맑겠습니다"],
    ["주말에는 눈이 내린다"],
    ["바람이 많이 분다"],
]
SUMMARY = "정부는 2024 예산안을 국회에 냈다"
UNRELATED = "우리 가족은 2024 겨울을 제주에서 보냈다"


def padded(references: list[list[str]]) -> list[list[str | None]]:
    """References as sacrebleu wants them: first ones, second ones."""
    return [[texts[i] if i < len(texts) else None for texts in references] for i in range(2)]


def test_chrf_and_bleu_are_those_of_sacrebleu():
    metrics = pytest.importorskip("sacrebleu.metrics")
    scores = overlap_table(PREDICTED, REFERENCES).scores(resamples=50)
    for name, metric in (("chrf", metrics.CHRF()), ("bleu", metrics.BLEU())):
        expected = metric.corpus_score(PREDICTED, padded(REFERENCES)).score
        assert 0 < expected < 100
        assert 100 * scores[name].value == pytest.approx(expected)
        assert scores[name].low < scores[name].value < scores[name].high and scores[name].n == 4
        assert overlap_signatures(REFERENCES)[name] == str(metric.get_signature())
    assert overlap_signatures(REFERENCES)["chrf"].startswith("nrefs:var|case:mixed")


def test_draws_are_scores_of_the_drawn_texts():
    table = overlap_table(PREDICTED, REFERENCES)
    rows = np.array([0, 3, 3, 1])
    drawn = overlap_table([PREDICTED[i] for i in rows], [REFERENCES[i] for i in rows]).values()
    assert {name: table.statistic(name)(rows) for name in ("chrf", "bleu")} == pytest.approx(drawn)


def test_the_same_text_is_all_right_and_nothing_is_all_wrong():
    same = overlap_table(PREDICTED, [[text] for text in PREDICTED]).values()
    assert same["chrf"] == 1.0 and same["bleu"] == pytest.approx(1.0) and same["bleu"] <= 1.0
    assert overlap_table(["", ""], [["비가 온다"], ["눈이 온다"]]).values() == {"chrf": 0.0, "bleu": 0.0}


def test_rouge_with_its_own_tokenizer_does_not_see_hangul():
    """The trap: the same Korean sentence twice scores 0, unrelated ones that share a number 1. Morphemes mend both."""
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rouge1"])
    text = "책을 봤다"
    assert scorer.score(text, text)["rouge1"].fmeasure == 0.0
    assert scorer.score(SUMMARY, UNRELATED)["rouge1"].fmeasure == 1.0
    assert rouge_table([text], [[text]]).values() == {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}
    assert rouge_table([UNRELATED], [[SUMMARY]]).values()["rouge1"] < 0.6


def test_rouge_counts_morphemes_by_hand():
    """책 을 보 었 다 against 책 을 읽 었 다: four of five, the pairs 책 을 and 었 다 of four, four in order."""
    assert MorphemeTokenizer().tokenize("책을 봤다.") == ["책", "을", "보", "었", "다"]
    found = rouge_table(["책을 봤다."], [["책을 읽었다"]]).values()
    assert found == pytest.approx({"rouge1": 4 / 5, "rouge2": 2 / 4, "rougeL": 4 / 5})


def test_the_best_reference_counts():
    found = rouge_table(["책을 봤다", "비가 온다"], [["영화", "책을 봤다"], ["비가 온다", "눈"]]).values()
    assert set(found.values()) == {1.0}


@pytest.mark.parametrize(
    ("module", "package", "call"),
    [
        ("sacrebleu", "sacrebleu", lambda: overlap_table(["비"], [["비"]])),
        ("rouge_score", "rouge-score", lambda: rouge_table(["비"], [["비"]])),
    ],
)
def test_a_missing_package_is_named_with_its_extra(monkeypatch, module, package, call):
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=package) as error:
        call()
    assert "malmoi[metrics]" in str(error.value)


def test_distinct_counts_over_all_texts():
    scores = distinct_scores(["네 알겠습니다", "네 네", "아니요"])
    assert scores["distinct_1"].value == pytest.approx(3 / 5)
    assert scores["distinct_2"].value == 1.0  # 네 알겠습니다, 네 네
    assert scores["distinct_1"].n == 3
    assert distinct_scores(["네"])["distinct_2"].value == 0.0


def test_distinct_interval_is_the_jackknife():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("가나다라마바사아자차"), 4)) for _ in range(30)]
    found = distinct_scores(texts)["distinct_2"]
    without = [distinct_scores(texts[:i] + texts[i + 1 :])["distinct_2"].value for i in range(30)]
    half = 1.959964 * math.sqrt(29 * np.var(without))
    assert (found.value - found.low, found.high - found.value) == pytest.approx((half, half))


def test_bits_per_char_is_a_ratio_of_sums():
    """Half a bit for a long text and 4 bits for a short one: the long one weighs more."""
    nats = [100 * 0.5 * math.log(2), 10 * 4 * math.log(2)]
    assert bits_per_char_scores(nats, [100, 10])["bits_per_char"].value == pytest.approx(90 / 110)


def test_bits_per_char_has_the_interval_of_the_rows():
    rng = np.random.default_rng(0)
    num_chars = rng.integers(5, 80, 200)
    nats = num_chars * rng.normal(1.6, 0.4, 200)
    expected = bootstrap(bits_per_char_statistic(nats, num_chars), 200, seed=1)
    found = bits_per_char_scores(nats, num_chars)["bits_per_char"]
    assert found.value == pytest.approx(expected.value)
    assert found.low == pytest.approx(expected.low, rel=0.01) and found.high == pytest.approx(expected.high, rel=0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda: overlap_table(["비"], [[]]),
        lambda: overlap_table(["비"], []),
        lambda: distinct_scores([]),
        lambda: bits_per_char_scores([0.0], [0]),
        lambda: bits_per_char_scores([], []),
    ],
)
def test_what_cannot_be_scored_is_refused(call):
    with pytest.raises(ValueError):
        call()
