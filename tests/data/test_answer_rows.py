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
        ("id", "7"), ("글", "재밌어요"), ("malmoi_label", "긍정"), ("malmoi_score", 0.9),
        ("malmoi_score_부정", 0.1), ("malmoi_score_긍정", 0.9), ("malmoi_sentence", "…"),
    ]  # fmt: skip
    other = {**ANSWER, "scores": {"부정": 0.7, "긍정": 0.3}}  # in another order, as its own answer wants it
    found = layout.row({}, other)
    assert list(found)[4:6] == ["malmoi_score_부정", "malmoi_score_긍정"] and found["malmoi_score_부정"] == 0.7


def test_json_keeps_records_and_scores_as_they_are() -> None:
    layout = row_layout(ANSWER, ["글", "k"], is_table=False, labels=LABELS)
    record = {"글": "재밌어요", "k": {"날": datetime.date(2024, 10, 9), "수": float("nan")}}
    row = layout.row(record, ANSWER)
    assert row == {"글": "재밌어요", "k": {"날": "2024-10-09", "수": None}} | {
        f"malmoi_{part}": value for part, value in ANSWER.items()
    }
    assert "k" not in layout.row({"글": "짧은 기록"}, ANSWER)


def test_a_row_without_an_answer_has_all_columns() -> None:
    row = row_layout(ANSWER, ["id"], is_table=True, labels=LABELS).row({}, {"text": ""})
    parts = ["label", "score", "score_부정", "score_긍정", "sentence"]
    assert list(row) == ["id", *(f"malmoi_{part}" for part in parts)] and set(row.values()) == {None}
    assert row_layout(ANSWER, is_table=False).row({}, {}) == dict.fromkeys(ANSWER)


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ([], ["label", "score", "scores", "sentence"]),
        (["글"], ["malmoi_label", "malmoi_score", "malmoi_scores", "malmoi_sentence"]),
        (["malmoi_label"], ["malmoi_label_2", "malmoi_score", "malmoi_scores", "malmoi_sentence"]),
        (["malmoi_label", "malmoi_label_2"], ["malmoi_label_3", "malmoi_score", "malmoi_scores", "malmoi_sentence"]),
    ],
)
def test_answers_behind_columns_of_an_input_are_prefixed(columns: list[str], names: list[str]) -> None:
    assert list(row_layout(ANSWER, columns, is_table=False).names.values()) == names


COLUMN = st.sampled_from(
    ["label", "score", "score_긍정", "malmoi_label", "malmoi_label_2", "malmoi_score_긍정", "글", ""]
)


@given(st.lists(COLUMN, unique=True), st.booleans())
def test_nothing_of_the_input_is_lost(columns: list[str], is_table: bool) -> None:
    layout = row_layout(ANSWER, columns, is_table=is_table, labels=LABELS)
    cells = {name: f"<{name}>" for name in columns}
    row = layout.row(cells, ANSWER)
    assert {name: row[name] for name in columns} == cells
    assert len(row) == len(columns) + (5 if is_table else 4)
