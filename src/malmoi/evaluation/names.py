"""How scores are named and written for people: `macro_f1` is 매크로 F1, 0.8942 is 89.42 %."""

from __future__ import annotations

from dataclasses import replace

from malmoi.messages import say
from malmoi.metrics.analysis import Analysis
from malmoi.metrics.scores import Score, Scores

LOWER_IS_BETTER = frozenset({"ece", "brier", "bits_per_char", "hamming_loss", "mae", "rmse"})
_PLAIN = frozenset(
    {"ece", "brier", "bits_per_char", "pearson", "spearman", "mrr_at_10", "domain_auroc", "hamming_loss", "mae", "rmse"}
)
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
    "entity_f1": ("개체 F1", "entity F1", "자리와 종류를 모두 맞힌 개체", "entities whose place and type are right"),
    "naver_ner_f1": (
        "네이버 개체 F1",
        "Naver NER F1",
        "어절로 센 자리와 종류를 모두 맞힌 개체",
        "entities whose eojeols and type are right",
    ),
    "klue_ner_entity_f1": (
        "KLUE 개체 F1",
        "KLUE entity F1",
        "종류마다 구한 개체 F1의 평균",
        "mean of the types' entity F1",
    ),
    "klue_ner_char_f1": (
        "KLUE 글자 F1",
        "KLUE character F1",
        "글자 태그 F1의 평균, O 포함",
        "mean F1 of the characters' tags, O among them",
    ),
    "char_f1_no_o": (
        "글자 F1 (O 제외)",
        "character F1 without O",
        "글자 태그 F1의 평균, O 제외",
        "mean F1 of the characters' tags, without O",
    ),
    "token_f1": ("토큰 F1", "token F1", "경계와 품사를 모두 맞힌 토큰", "tokens whose boundaries and tag are right"),
    "boundary_f1": ("경계 F1", "boundary F1", "경계를 맞힌 토큰", "tokens whose boundaries are right"),
    "upos_accuracy": ("UPOS 정확도", "UPOS accuracy", "품사를 맞힌 토큰의 비율", "share of tokens whose tag is right"),
    "xpos_accuracy": (
        "XPOS 정확도",
        "XPOS accuracy",
        "세부 품사를 맞힌 토큰의 비율",
        "share of tokens whose fine tag is right",
    ),
    "korquad_em": ("완전 일치(EM)", "exact match (EM)", "정답과 똑같은 답", "answers that are the gold one"),
    "korquad_f1": ("글자 F1", "character F1", "정답과 겹치는 글자", "characters shared with the gold answer"),
    "korquad2_em": (
        "완전 일치(EM, KorQuAD 2)",
        "exact match (EM, KorQuAD 2)",
        "정답과 똑같은 답, 띄어쓰기와 태그 무시",
        "answers that are the gold one but for spaces and tags",
    ),
    "korquad2_f1": (
        "글자 F1 (KorQuAD 2)",
        "character F1 (KorQuAD 2)",
        "정답과 겹치는 글자, 태그 무시",
        "characters shared with the gold answer, tags aside",
    ),
    "squad_f1": ("낱말 F1 (SQuAD)", "word F1 (SQuAD)", "정답과 겹치는 낱말", "words shared with the gold answer"),
    "klue_mrc_em": ("KLUE 완전 일치(EM)", "KLUE exact match (EM)", "정답과 똑같은 답", "answers that are the gold one"),
    "klue_mrc_rouge_w": (
        "KLUE ROUGE-W",
        "KLUE ROUGE-W",
        "정답과 이어서 겹치는 가장 긴 글자열",
        "longest stretch of characters shared with the gold answer",
    ),
    "klue_re_f1": (
        "KLUE 관계 F1",
        "KLUE relation F1",
        "no_relation을 뺀 마이크로 F1",
        "micro F1 without no_relation",
    ),
    "klue_re_auprc": (
        "KLUE 관계 AUPRC",
        "KLUE relation AUPRC",
        "문턱값과 상관없이 잰 정밀도와 재현율",
        "precision and recall over all thresholds",
    ),
    "uas": ("UAS", "UAS", "지배소를 맞힌 낱말의 비율", "share of words whose head is right"),
    "las": ("LAS", "LAS", "지배소와 관계를 맞힌 낱말의 비율", "share of words whose head and relation are right"),
    "klue_dp_uas": (
        "KLUE UAS",
        "KLUE UAS",
        "지배소 번호마다 구한 F1의 평균",
        "mean F1 over the numbers of the heads",
    ),
    "klue_dp_las": ("KLUE LAS", "KLUE LAS", "관계마다 구한 F1의 평균", "mean F1 over the relations"),
    "wos_jga": (
        "대화 상태 정확도(JGA)",
        "joint goal accuracy (JGA)",
        "상태를 모두 맞힌 발화의 비율",
        "share of turns whose whole state is right",
    ),
    "wos_slot_f1": ("KLUE 슬롯 F1", "KLUE slot F1", "발화마다 구한 슬롯 F1의 평균", "mean of the turns' slot F1"),
    "slot_f1_micro": (
        "슬롯 F1 (마이크로)",
        "slot F1 (micro)",
        "모든 발화를 모아 구한 슬롯 F1",
        "slot F1 over all turns pooled",
    ),
    "klue_sts_f1": (
        "KLUE STS F1",
        "KLUE STS F1",
        "점수 3 이상을 같은 뜻으로 볼 때",
        "where a score from 3 on means alike",
    ),
    "chrf": ("chrF", "chrF", "글자 n-그램이 겹치는 정도", "overlap of character n-grams"),
    "bleu": ("BLEU", "BLEU", "낱말 n-그램이 겹치는 정도", "overlap of word n-grams"),
    "rouge1": ("ROUGE-1", "ROUGE-1", "겹치는 형태소", "morphemes shared"),
    "rouge2": ("ROUGE-2", "ROUGE-2", "겹치는 형태소 쌍", "pairs of morphemes shared"),
    "rougeL": ("ROUGE-L", "ROUGE-L", "순서대로 겹치는 형태소", "morphemes shared in order"),
    "distinct_1": ("distinct-1", "distinct-1", "서로 다른 낱말의 비율", "share of words that differ"),
    "distinct_2": ("distinct-2", "distinct-2", "서로 다른 낱말 쌍의 비율", "share of word pairs that differ"),
    "bits_per_char": (
        "글자당 비트",
        "bits per character",
        "글자 하나를 맞히는 데 드는 정보량",
        "information a character costs",
    ),
    "masked_accuracy": (
        "가린 토큰 정확도",
        "hidden tokens found",
        "가린 토큰을 그대로 맞힌 비율",
        "share of hidden tokens that are the first guess",
    ),
    "next_token_accuracy": (
        "다음 토큰 정확도",
        "next tokens found",
        "다음 토큰을 그대로 맞힌 비율",
        "share of next tokens that are the first guess",
    ),
    "next_sentence_accuracy": (
        "다음 문장 정확도",
        "next sentences found",
        "이어지는 문장인지 맞힌 비율, 찍으면 50 %",
        "share of pairs told right, 50 % by chance",
    ),
    "recall_at_1": ("재현율@1", "recall@1", "첫째 답이 정답인 비율", "share of questions whose first hit is right"),
    "recall_at_5": ("재현율@5", "recall@5", "다섯째 안에 든 정답의 비율", "share of right hits among the first five"),
    "recall_at_10": ("재현율@10", "recall@10", "열째 안에 든 정답의 비율", "share of right hits among the first ten"),
    "mrr_at_10": ("MRR@10", "MRR@10", "첫 정답 순위의 역수 평균", "mean of 1 / rank of the first right hit"),
    "answer_accuracy": (
        "응답 정확도",
        "answer accuracy",
        "맞게 답하거나 맞게 거절한 비율",
        "share of questions answered or turned down rightly",
    ),
    "domain_auroc": (
        "영역 AUROC",
        "domain AUROC",
        "아는 질문의 점수가 모르는 질문보다 높을 확률",
        "chance that a known question scores above a foreign one",
    ),
}


def score_name(name: str) -> str:
    """Return a score's name in the user's language, or its own name when it has none.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> score_name("accuracy"), score_name("recall_at_7")
    ('정확도', 'recall_at_7')
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


def format_interval(name: str, score: Score) -> str:
    """Return the 95 % interval as people write it, in characters that a Korean Windows console (cp949) has.

    >>> format_interval("accuracy", Score(0.894, 0.888, 0.900, 10241))
    '88.80 ~ 90.00 %'
    """
    if is_share(name):
        return f"{100 * score.low:.2f} ~ {100 * score.high:.2f} %"
    return f"{score.low:.4f} ~ {score.high:.4f}"


def format_score(name: str, score: Score) -> str:
    """Return a score with its 95 % interval in brackets.

    >>> format_score("accuracy", Score(0.5385, 0.2308, 0.7712, 13))
    '53.85 % [23.08 ~ 77.12 %]'
    """
    return f"{format_value(name, score.value)} [{format_interval(name, score)}]"


def scores_table(scores: Scores) -> str:
    """Return scores as a table in Markdown.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> print(scores_table({"accuracy": Score(0.894, 0.888, 0.900, 10241)}))
    | 점수 / score | 값 / value [95 %] | n |
    |---|---|---|
    | accuracy (정확도) | 89.40 % [88.80 ~ 90.00 %] | 10,241 |
    >>> set_language(None)
    """
    rows = [
        f"| {name} ({score_name(name)}) | {format_score(name, score)} | {score.n:,} |" for name, score in scores.items()
    ]
    return "\n".join(("| 점수 / score | 값 / value [95 %] | n |", "|---|---|---|", *rows))


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


def readable(analysis: Analysis) -> Analysis:
    """Return the analysis with its labels as the user reads them; JSON has those that answers say, whoever reads."""
    if not analysis.english:
        return analysis

    def name(label: str) -> str:
        return say(label, analysis.english.get(label, label))

    return replace(
        analysis,
        labels=[name(label) for label in analysis.labels],
        class_rows=[replace(row, label=name(row.label)) for row in analysis.class_rows],
        errors=[replace(e, gold=name(e.gold), predicted=name(e.predicted)) for e in analysis.errors],
    )
