"""KorQuAD, KLUE-MRC and SQuAD: golden values from the official scripts' rules, each with its trap."""

from __future__ import annotations

import pytest

from malmoi.metrics.answers import (
    bag_f1,
    contiguous_f1,
    klue_mrc_table,
    korquad2_table,
    korquad_table,
    normalize_klue_mrc,
    normalize_korquad,
    normalize_korquad2,
)


def test_korquad_takes_brackets_and_punctuation_off():
    """Quotes and brackets become spaces, other ASCII punctuation vanishes; other brackets (「」) stay."""
    assert normalize_korquad("'K팝스타'(2014)") == "k팝스타 2014"
    assert normalize_korquad("《난중일기》〈상〉‘임진’") == "난중일기 상 임진"
    assert normalize_korquad("  U.S.A,\t1,000\n원 ") == "usa 1000 원"
    assert normalize_korquad("「훈민정음」") == "「훈민정음」"


def test_a_bracket_leaves_a_space_that_exact_match_sees():
    """조선(朝鮮)의 is 조선 朝鮮 의, so an answer without brackets is no exact match, but has the same characters."""
    found = korquad_table(["조선(朝鮮)의"], [["조선朝鮮의"]]).values()
    assert (found["korquad_em"], found["korquad_f1"]) == (0.0, 1.0)


def test_korquad_f1_is_a_bag_of_characters():
    found = korquad_table(["1592년 음력 4월"], [["1592년 4월 13일"]]).values()
    assert found["korquad_f1"] == pytest.approx(2 * 7 / (9 + 10))
    assert found["squad_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert bag_f1("다나가", "가나다") == 1.0  # in any order


def test_particles_make_korquad_and_squad_differ():
    """A model that says 이순신은 for 이순신 has three of four characters, and no word, right."""
    found = korquad_table(["이순신은"], [["이순신"]]).values()
    assert found["korquad_f1"] == pytest.approx(2 * 3 / 7) and found["squad_f1"] == 0.0


def test_the_best_answer_counts_for_each_score_by_itself():
    found = korquad_table(["한산도 대첩"], [["대첩", "한산도대첩", "한산도 대첩!"]]).values()
    assert found["korquad_em"] == found["korquad_f1"] == found["squad_f1"] == 1.0


def test_a_missing_prediction_is_zero_and_still_counted():
    score = korquad_table(["이순신", None], [["이순신"], ["원균"]]).scores()["korquad_em"]
    assert (score.value, score.n) == (0.5, 2)
    assert klue_mrc_table([None], [[]]).values()["klue_mrc_em"] == 0.0


@pytest.mark.parametrize("table", [korquad_table, korquad2_table, klue_mrc_table])
def test_unanswerable_questions_want_an_empty_answer(table):
    found = table(["", " ", "이순신", ""], [[], [], [], ["이순신"]]).values()
    assert set(found.values()) == {0.5}


def test_korquad2_knows_no_spaces_and_no_tags():
    assert normalize_korquad2("<td>임진왜란&nbsp;(1592&ndash;1598)</td>") == "임진왜란1592–1598"
    found = korquad2_table(["<p>한산도 대첩</p>"], [["한산도대첩"]]).values()
    assert found == {"korquad2_em": 1.0, "korquad2_f1": 1.0}
    assert korquad_table(["한산도 대첩"], [["한산도대첩"]]).values()["korquad_em"] == 0.0  # as 1.0 sees it


def test_klue_keeps_the_brackets_that_korquad_drops():
    assert normalize_klue_mrc("《난중일기》(상)") == "《난중일기》상"
    assert normalize_klue_mrc("‘임진’ <왜란>") == "‘임진’ 왜란"
    assert klue_mrc_table(["난중일기"], [["《난중일기》"]]).values()["klue_mrc_em"] == 0.0
    assert korquad_table(["난중일기"], [["《난중일기》"]]).values()["korquad_em"] == 1.0


def test_rouge_w_is_the_longest_contiguous_stretch():
    """Spaces count, and two separate stretches do not add up (a longest common *subsequence* would give 6)."""
    assert contiguous_f1("이순신 장군", "이순신의 장군") == pytest.approx(2 * 3 / (6 + 7))
    assert contiguous_f1("", "이순신") == contiguous_f1("이순신", "") == 0.0
    assert contiguous_f1("", "") == 1.0
    assert contiguous_f1("원균", "이순신") == 0.0


def test_an_answer_of_brackets_only():
    """Normalised to nothing: an exact match, but no shared character."""
    found = korquad_table(["()"], [["''"]]).values()
    assert (found["korquad_em"], found["korquad_f1"]) == (1.0, 0.0)


def test_uneven_lists_are_refused():
    with pytest.raises(ValueError):
        korquad_table(["이순신"], [])
