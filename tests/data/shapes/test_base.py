"""What all shapes have in common: data of another shape is told once, with the shape that was expected."""

from __future__ import annotations

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.shapes import SHAPES, Shape, read_shape
from malmoi.errors import DataError
from malmoi.messages import set_language


@pytest.fixture(autouse=True)
def korean() -> None:
    set_language("ko")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_forms_that_are_shown_are_read(shape: Shape):
    for form in shape.forms:
        examples = list(shape.read_record(json.loads(form), Columns(), 1))
        assert examples and all(isinstance(example, shape.example_class) for example in examples)
        assert any(example.target for example in examples), "annotated"


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("skip_bad", [False, True])
def test_data_of_another_shape_is_one_reason_and_the_expected_shape(shape: Shape, skip_bad, tmp_path):
    path = tmp_path / "다른꼴.csv"
    path.write_text("별점,날짜\n" + "5,어제\n" * 120, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_shape(path, shape, Columns(), skip_bad=skip_bad)
    message = str(caught.value)
    assert "120개를 하나도" in message and message.count("번째 줄") == 1
    assert all(form in message for form in shape.forms) and "--skip-bad" not in message


def test_a_row_with_another_fault_does_not_hide_another_shape(tmp_path):
    path = tmp_path / "다른꼴.jsonl"
    path.write_text('{"text": ""}\n' + '{"별점": 5}\n' * 20, encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)21개를 하나도.*2번째 줄") as caught:
        read_shape(path, SHAPES["spans"], Columns())
    assert "--skip-bad" not in str(caught.value)


def test_rows_that_differ_in_what_is_wrong_are_listed(tmp_path):
    path = tmp_path / "자료.jsonl"
    path.write_text('{"text": ""}\n{"별점": 5}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)1번째 줄.*2번째 줄.*--skip-bad"):
        read_shape(path, SHAPES["spans"], Columns())
