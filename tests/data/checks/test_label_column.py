"""What a label column may be instead of labels, and what it may not be taken for."""

from __future__ import annotations

import pytest

from malmoi.data.checks import check_dataset
from malmoi.data.checks.label_column import look_at_labels
from malmoi.data.examples import Dataset, TextExample


def rows(labels: list[str], text: str = "글 {i}", times: int = 4) -> list[TextExample]:
    labels = labels * times
    return [TextExample(text.format(i=i, label=label), label=label) for i, label in enumerate(labels)]


def test_labels_that_differ_only_in_case_or_as_numbers_are_named() -> None:
    found = look_at_labels(rows(["Good", "good", "bad", "1", "1.0", "01", "2"]))
    assert {frozenset(group) for group in found.lookalikes} == {
        frozenset({"Good", "good"}),
        frozenset({"1", "1.0", "01"}),
    }
    assert look_at_labels(rows(["가", "나", "1", "2", "9007199254740993", "9007199254740992"])).lookalikes == ()


@pytest.mark.parametrize("times", [1, 40])
def test_numbers_with_fractions_look_like_scores(times: int) -> None:
    assert look_at_labels(rows(["0.5", "1.25", "2", "3.5", "4"], times=times)).num_scores == 5
    assert look_at_labels(rows([str(n) for n in range(60)], times=times)).num_scores == 60


@pytest.mark.parametrize(
    "labels",
    [["1", "2", "3", "4", "5"], ["1.0", "2.0", "3.0", "4.0", "5.0"], ["0", "0.5", "1"], ["1.5", "2", "3", "4", "x"]],
)
def test_grades_and_names_are_no_scores(labels: list[str]) -> None:
    assert look_at_labels(rows(labels)).num_scores == 0


@pytest.mark.parametrize(
    ("labels", "separator"),
    [
        (["가,나", "가", "나"], ","),
        (["가|나", "나|다", "다"], "|"),
        (['["가", "나"]', '["나"]', '["다"]'], ","),
        (["음식, 맛", "서비스", "가격"], None),
        (["가", "나", "[가"], None),
        (["[가]", "[나]"], None),
    ],
)
def test_sets_are_labels_with_parts_in_common(labels: list[str], separator: str | None) -> None:
    assert look_at_labels(rows(labels)).separator == separator


def test_a_text_with_its_own_label_is_a_leak() -> None:
    assert look_at_labels(rows(["긍정", "부정"], "[{label}] 글 {i}", times=10)).num_leaks == 20
    assert look_at_labels(rows(["긍정", "부정"], "긍정인가 부정인가 {i}", times=10)).num_leaks == 0, "holds every label"
    assert look_at_labels(rows(["긍정", "부정"], "글 {i}", times=10)).num_leaks == 0
    half = [*rows(["긍정", "부정"], "[{label}] 글 {i}"), *rows(["긍정", "부정"], "말 {i}")]
    assert look_at_labels(half).num_leaks == 0


def test_scores_and_several_labels_are_what_they_are() -> None:
    scores = [TextExample(f"글 {i}", score=i / 7) for i in range(20)]
    several = [TextExample(f"글 {i}", labels=("가,나", "가", "나")) for i in range(20)]
    for examples in (scores, several):
        assert look_at_labels(examples).warnings == []


def test_the_report_names_the_task_that_fits() -> None:
    def said(examples: list[TextExample]) -> str:
        return " ".join(check_dataset(Dataset(examples)).warnings)

    assert "malmoi train regression" in said(rows(["0.5", "1.5", "2.5", "3.5", "4.5"]))
    assert "malmoi train multi-label" in said(rows(["가,나", "가", "나"]))
    assert "'Good' = 'good'" in said(rows(["Good", "good"]))
    assert "20 text(s) hold their own label" in said(rows(["긍정", "부정"], "[{label}] 글 {i}", times=10))


def test_contradictions_of_near_copies_are_named_by_themselves() -> None:
    examples = [TextExample("재밌어요!", label="긍정", row=2), TextExample("재밌어요", label="부정", row=3)]
    warnings = check_dataset(Dataset(examples)).warnings
    assert warnings[0] == "1 group(s) of nearly equal texts carry contradicting labels: lines 2, 3 (긍정, 부정)."
