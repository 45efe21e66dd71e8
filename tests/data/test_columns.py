"""Which column is read: the user's word, then the training's, then what names and cells tell."""

from __future__ import annotations

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.readers import read_dataset
from malmoi.data.shapes import SHAPES, read_shape

PAIRS = Columns("앞", "뒤", "같음")


@pytest.mark.parametrize(
    ("columns", "names", "found"),
    [
        (Columns(trained=PAIRS), ["text", "앞", "뒤", "같음"], Columns("앞", "뒤", "같음")),
        (
            Columns(trained=PAIRS),
            ["text", "앞", "같음"],
            Columns(None, None, "같음"),
        ),  # a text without its pair is none
        (Columns(pair="text", trained=PAIRS), ["text", "앞", "뒤"], Columns("앞", "text", None)),
        (Columns(label="앞", trained=Columns("앞")), ["앞", "뒤"], Columns(None, None, "앞")),
        (
            Columns(label="1", trained=Columns("앞")),
            ["앞", "뒤"],
            Columns(None, None, "1"),
        ),  # the same column by number
        (Columns("2"), ["앞", "뒤"], Columns("2")),
    ],
)
def test_what_the_training_read(columns: Columns, names: list[str], found: Columns) -> None:
    assert columns.among(names) == found


def test_single_texts_of_the_training_look_for_no_pair(tmp_path):
    path = tmp_path / "글.csv"
    path.write_text("말,sentence2,등급\n좋아요,가나,높음\n별로예요,다라,낮음\n", encoding="utf-8")
    dataset = read_dataset(path, Columns(trained=Columns("말", None, "등급")))
    assert [example.pair for example in dataset] == [None, None] and dataset.columns == Columns("말", None, "등급")


def test_a_file_without_header_names_nothing(tmp_path):
    path = tmp_path / "글.csv"
    path.write_text("좋아요 정말,높음\n별로예요 진짜,낮음\n" * 4, encoding="utf-8")
    dataset = read_dataset(path, Columns("1", None, "2"))
    assert len(dataset) == 8 and dataset.columns == Columns()


def test_answers_that_were_trained_on_are_no_gold_elsewhere(tmp_path):
    path = tmp_path / "답.csv"
    path.write_text("내용,malmoi_label\n좋아요,높음\n별로예요,낮음\n", encoding="utf-8")
    dataset = read_dataset(path, Columns("내용", label="malmoi_label"))
    assert dataset.examples[0].label == "높음" and dataset.columns == Columns("내용")


def test_questions_as_in_the_training(tmp_path):
    path = tmp_path / "질문.jsonl"
    record = {"question": "딴 질문", "물음": "누가 쓰나?", "context": "말모이는 학생이 쓴다.", "answer": "학생"}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    shape = SHAPES["answers"]
    assert read_shape(path, shape, Columns(trained=Columns("물음"))).examples[0].text == "누가 쓰나?"
    assert read_shape(path, shape, Columns(trained=Columns("없음"))).examples[0].text == "딴 질문"
    assert read_shape(path, shape, Columns("물음")).columns == Columns("물음")
