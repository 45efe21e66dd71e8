"""How scores are named and written for people: `macro_f1` is 매크로 F1, 0.8942 is 89.42 %."""

from __future__ import annotations

from malmoi.messages import say
from malmoi.metrics.scores import Score

LOWER_IS_BETTER = frozenset({"ece", "brier", "bits_per_char", "hamming_loss", "mae", "rmse"})
_PLAIN = frozenset({"ece", "brier", "bits_per_char", "pearson", "spearman", "mrr_at_10", "hamming_loss", "mae", "rmse"})
_NAMES = {
    "accuracy": ("정확도", "accuracy", "맞힌 비율", "share of right answers"),
    "macro_f1": ("매크로 F1", "macro F1", "클래스마다 구한 F1의 평균", "mean of the classes' F1"),
    "micro_f1": ("마이크로 F1", "micro F1", "모든 클래스를 모아 구한 F1", "F1 over all classes pooled"),
    "ece": (
        "보정 오차(ECE)",
        "calibration error (ECE)",
        "확률과 실제 정답률의 차이, 0이 가장 좋음",
        "gap of probability and hit rate, 0 is best",
    ),
    "brier": (
        "브라이어 점수",
        "Brier score",
        "확률의 제곱 오차, 0이 가장 좋고 2가 가장 나쁨",
        "squared error of probabilities, 0 best, 2 worst",
    ),
    "exact_match": (
        "완전 일치",
        "exact match",
        "라벨을 모두 맞힌 글의 비율",
        "share of texts whose labels are all right",
    ),
    "hamming_loss": (
        "해밍 손실",
        "Hamming loss",
        "라벨 하나하나의 판단 가운데 틀린 비율, 0이 가장 좋음",
        "share of wrong decisions on single labels, 0 is best",
    ),
    "macro_auprc": (
        "매크로 AUPRC",
        "macro AUPRC",
        "문턱값과 상관없이 잰 정밀도와 재현율",
        "precision and recall over all thresholds",
    ),
    "pearson": (
        "피어슨 상관",
        "Pearson r",
        "예측이 정답과 곧은 관계인 정도",
        "how straight predictions follow the gold",
    ),
    "spearman": ("스피어만 상관", "Spearman rho", "예측과 정답의 순서가 같은 정도", "how alike the two orders are"),
    "mae": (
        "평균 오차(MAE)",
        "mean error (MAE)",
        "정답과의 평균 차이, 0이 가장 좋음",
        "mean distance to the gold, 0 is best",
    ),
    "rmse": (
        "제곱 평균 오차(RMSE)",
        "squared error (RMSE)",
        "큰 오차를 더 무겁게 본 차이, 0이 가장 좋음",
        "distance that weighs large errors more, 0 is best",
    ),
    "entity_f1": ("개체 F1", "entity F1", "", ""),
    "korquad_em": ("완전 일치(EM)", "exact match (EM)", "", ""),
    "korquad_f1": ("글자 F1", "character F1", "", ""),
    "bits_per_char": ("글자당 비트", "bits per character", "", ""),
}


def score_name(name: str) -> str:
    """Return a score's name in the user's language, or its own name when it has none.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> score_name("accuracy"), score_name("recall_at_1")
    ('정확도', 'recall_at_1')
    >>> set_language(None)
    """
    ko, en, *_ = _NAMES.get(name, (name, name))
    return say(ko, en)


def score_hint(name: str) -> str:
    """Return what a score means in a few words, "" when nothing need be said."""
    *_, ko, en = _NAMES.get(name, ("", ""))
    return say(ko, en)


def is_share(name: str) -> bool:
    """Tell whether a score is a share from 0 to 1, written in percent."""
    return name not in _PLAIN


def format_value(name: str, value: float) -> str:
    """Return one value as people write it.

    >>> format_value("accuracy", 0.89417), format_value("ece", 0.0123)
    ('89.42 %', '0.0123')
    """
    return f"{100 * value:.2f} %" if is_share(name) else f"{value:.4f}"


def format_interval(name: str, score: Score, dash: str = "–") -> str:
    """Return the 95 % interval as people write it.

    >>> format_interval("accuracy", Score(0.894, 0.888, 0.900, 10241))
    '88.80–90.00 %'
    """
    if is_share(name):
        return f"{100 * score.low:.2f}{dash}{100 * score.high:.2f} %"
    return f"{score.low:.4f}{dash}{score.high:.4f}"


def percent(share: float) -> str:
    """Return a share as percent with one decimal, without "100.0" for what is not all and "0.0" for what is not nothing.

    >>> percent(0.1234), percent(0.9999), percent(1.0)
    ('12.3 %', '>99.9 %', '100 %')
    """
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share > 0.9995:
        return ">99.9 %"
    return "<0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"
