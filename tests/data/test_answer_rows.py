"""Rows with answers behind them: every column of the input as it was, every part of the answer under a name of its own."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.answer_rows import row_layout

ANSWER: dict[str, Any] = {"label": "긍정", "score": 0.9, "scores": {"긍정": 0.9, "부정": 0.1}, "sentence": "…"}
LABELS = ("부정", "긍정")


def test_a_table_has_one_column_for_each_label() -> None:
    layout = row_layout(ANSWER, ["id", "글"], is_table=True, labels=LABELS)
    row = layout.row({"id": "7", "글": "재밌어요"}, ANSWER)
    assert list(row.items()) == [
        ("id", "7"), ("글", "재밌어요"), ("label", "긍정"), ("score", 0.9), ("score_부정", 0.1), ("score_긍정", 0.9), ("sentence", "…"),
    ]  # fmt: skip
    assert layout.renamed == {}
    other = {**ANSWER, "scores": {"부정": 0.7, "긍정": 0.3}}  # in another order, as its own answer wants it
    assert (
        list(layout.row({}, other))[4:6] == ["score_부정", "score_긍정"] and layout.row({}, other)["score_부정"] == 0.7
    )


def test_json_keeps_records_and_scores_as_they_are() -> None:
    layout = row_layout(ANSWER, ["글", "k"], is_table=False, labels=LABELS)
    record = {"글": "재밌어요", "k": {"날": datetime.date(2024, 10, 9), "수": float("nan")}}
    row = layout.row(record, ANSWER)
    assert row == {"글": "재밌어요", "k": {"날": "2024-10-09", "수": None}, **ANSWER}
    assert "k" not in layout.row({"글": "짧은 기록"}, ANSWER)


def test_a_row_without_an_answer_has_all_columns() -> None:
    row = row_layout(ANSWER, ["id"], is_table=True, labels=LABELS).row({}, {"text": ""})
    assert list(row) == ["id", "label", "score", "score_부정", "score_긍정", "sentence"] and set(row.values()) == {None}
    assert row_layout(ANSWER, is_table=False).row({}, {}) == dict.fromkeys(ANSWER)


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["label"], ["answer_label", "score", "scores", "sentence"]),
        (["score", "sentence"], ["label", "answer_score", "scores", "answer_sentence"]),
        (["label", "answer_label"], ["answer_label_2", "score", "scores", "sentence"]),
        (["label", "answer_label", "answer_label_2"], ["answer_label_3", "score", "scores", "sentence"]),
    ],
)
def test_names_that_the_input_has_are_prefixed(columns: list[str], names: list[str]) -> None:
    assert list(row_layout(ANSWER, columns, is_table=False).names.values()) == names


COLUMN = st.sampled_from(
    ["label", "score", "score_긍정", "answer_label", "answer_label_2", "answer_score_긍정", "글", ""]
)


@given(st.lists(COLUMN, unique=True), st.booleans())
def test_nothing_of_the_input_is_lost(columns: list[str], is_table: bool) -> None:
    layout = row_layout(ANSWER, columns, is_table=is_table, labels=LABELS)
    cells = {name: f"<{name}>" for name in columns}
    row = layout.row(cells, ANSWER)
    assert {name: row[name] for name in columns} == cells
    assert len(row) == len(columns) + (5 if is_table else 4)
