"""Every score of the contract has a name and a hint in both languages, and is written as people expect it."""

from __future__ import annotations

import pytest

from malmoi.evaluation.names import LOWER_IS_BETTER, format_value, is_share, score_hint, score_name
from malmoi.messages import set_language

# fmt: off
FIXED = [
    "accuracy", "macro_f1", "micro_f1", "pearson", "spearman", "klue_sts_f1", "klue_ner_entity_f1", "klue_ner_char_f1",
    "entity_f1", "char_f1_no_o", "upos_accuracy", "xpos_accuracy", "korquad_em", "korquad_f1", "klue_mrc_em",
    "klue_mrc_rouge_w", "uas", "las", "klue_dp_uas", "klue_dp_las", "klue_re_f1", "klue_re_auprc", "wos_jga",
    "wos_slot_f1", "slot_f1_micro", "chrf", "bleu", "rouge1", "rouge2", "rougeL", "bits_per_char", "recall_at_1",
    "mrr_at_10", "ece", "brier", "masked_accuracy", "next_token_accuracy", "next_sentence_accuracy",
]
# fmt: on


@pytest.fixture(params=["ko", "en"])
def language(request):
    set_language(request.param)
    yield request.param
    set_language(None)


@pytest.mark.parametrize("name", FIXED)
def test_fixed_names_are_known(language, name):
    assert score_name(name) and score_hint(name)


def test_names_differ_from_each_other(language):
    assert len({score_name(name) for name in FIXED}) == len(FIXED)


def test_what_is_no_share_is_not_written_in_percent():
    assert {name for name in FIXED if not is_share(name)} == {
        "pearson", "spearman", "bits_per_char", "mrr_at_10", "ece", "brier",
    }  # fmt: skip
    assert format_value("klue_mrc_em", 0.6867) == "68.67 %"
    assert format_value("bits_per_char", 2.345) == "2.3450"
    assert "bits_per_char" in LOWER_IS_BETTER
