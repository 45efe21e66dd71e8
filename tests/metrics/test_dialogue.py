"""Dialogue states: KLUE's two scores by its own rules, and the F1 that its slot F1 is not."""

from __future__ import annotations

import pytest

from malmoi.metrics.dialogue import state_table

AREA, PEOPLE, DAY = "숙소-지역-서울 중앙", "숙소-예약 명수-2", "숙소-예약 요일-금요일"


def official_turn_f1(gold: list[str], predicted: list[str]) -> float:
    """KLUE-baseline's rules (from TRADE): precision and recall of one turn."""
    if not gold:
        return float(not predicted)
    hits = sum(value in predicted for value in gold)
    precision = hits / len(predicted) if predicted else 0.0
    recall = hits / len(gold)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


TURNS = [
    ([AREA], [AREA]),
    ([AREA, PEOPLE], [PEOPLE, AREA]),  # order does not matter
    ([AREA, PEOPLE, DAY], [AREA, PEOPLE, "숙소-예약 요일-토요일"]),  # a wrong value is both missed and invented
    ([AREA], [AREA, DAY]),
    ([], []),  # nothing to say, nothing said: right
    ([], [AREA]),
    ([DAY], []),
]


def test_scores_of_hand_made_turns():
    gold, predicted = ([turn[i] for turn in TURNS] for i in (0, 1))
    scores = state_table(gold, predicted).scores()
    assert scores["wos_jga"].value == pytest.approx(3 / 7) and scores["wos_jga"].n == 7
    assert scores["wos_slot_f1"].value == pytest.approx(sum(official_turn_f1(*turn) for turn in TURNS) / 7)
    assert scores["slot_f1_micro"].value == pytest.approx(2 * 6 / (8 + 9))


def test_slot_f1_is_a_mean_of_turns():
    """Short turns weigh as much as long ones: right on one slot, wrong on nine, is one half for KLUE."""
    many = [f"식당-{i}-{i}" for i in range(9)]
    found = state_table([[AREA], many], [[AREA], [f"{value}0" for value in many]]).values()
    assert found["wos_slot_f1"] == 0.5
    assert found["slot_f1_micro"] == pytest.approx(0.1)


@pytest.mark.parametrize(("gold", "predicted"), [([], []), ([[AREA]], [])])
def test_no_turns_and_uneven_lists_are_refused(gold, predicted):
    with pytest.raises(ValueError):
        state_table(gold, predicted)
