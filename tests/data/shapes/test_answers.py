"""Questions with answers in every form they are written in, and what is said of those that cannot be used."""

from __future__ import annotations

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import AnswerExample, Span
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import DataError

ANSWERS = SHAPES["answers"]
CONTEXT = "말모이는 학생이 쓴다. 학생은 많다."
QUESTION = "누가 쓰나?"
PLACE = {"text": "학생", "answer_start": 5}


def article(**question):
    """An article of one question in the form of KorQuAD 1.0."""
    return {
        "title": "말모이",
        "paragraphs": [{"context": CONTEXT, "qas": [{"id": "7-0-1", "question": QUESTION, **question}]}],
    }


def read(tmp_path, value, name="질문.json", columns=Columns(), **options):  # noqa: B008
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return read_shape(path, ANSWERS, columns, **options)


RECORDS = {
    "squad": {"question": QUESTION, "context": CONTEXT, "answers": [PLACE]},
    "hugging face": {"question": QUESTION, "context": CONTEXT, "answers": {"text": ["학생"], "answer_start": [5]}},
    "korquad 2": {"question": QUESTION, "context": CONTEXT, "answer": PLACE | {"html_answer_start": 900}},
    "own": {"text": QUESTION, "pair": CONTEXT, "answers": [{"start": 5, "end": 7}]},
    "prediction": {"text": QUESTION, "pair": CONTEXT, "answer": "학생", "start": 5, "end": 7, "score": 0.9},
    "korean": {"질문": QUESTION, "지문": CONTEXT, "정답": "학생", "answer_start": "5"},
    "json in a cell": {"question": QUESTION, "context": CONTEXT, "answers": json.dumps([PLACE])},
}


@pytest.mark.parametrize("form", RECORDS)
def test_forms_of_a_record(form):
    (example,) = shape_from_memory([RECORDS[form]], ANSWERS, Columns())
    assert example == AnswerExample(QUESTION, CONTEXT, (Span(5, 7),))


def test_korquad_file(tmp_path):
    dataset = read(
        tmp_path, {"version": "KorQuAD_v1.0_dev", "data": [article(answers=[PLACE]), article(answers=[PLACE])]}
    )
    assert [e.row for e in dataset] == [1, 2]
    example = dataset.examples[0]
    assert (example.title, example.id, example.answer_texts) == ("말모이", "7-0-1", ("학생",))
    assert example.linked_by == ("말모이",)


def test_klue_mrc_file(tmp_path):
    qas = [
        {"guid": "klue-mrc-v1_dev_1", "question": QUESTION, "answers": [PLACE, {"text": "학생이", "answer_start": 5}], "is_impossible": False},
        {"guid": "klue-mrc-v1_dev_2", "question": "언제 쓰나?", "answers": [], "plausible_answers": [PLACE], "is_impossible": True},
    ]  # fmt: skip
    data = [
        {"title": "말모이", "paragraphs": [{"context": CONTEXT, "qas": qas}], "news_category": "문화", "source": "신문"}
    ]
    first, second = read(tmp_path, {"version": "v1.1", "data": data})
    assert first.answer_texts == ("학생", "학생이") and first.id == "klue-mrc-v1_dev_1"
    assert second.answers == () and second.target == "-"


def test_korquad_2_file_keeps_the_html(tmp_path):
    html = "<html><body><p>말모이는 <b>학생</b>이 쓴다.</p></body></html>"
    text = "<b>학생</b>"
    qas = [{"id": 36615, "question": QUESTION, "answer": {"text": text, "answer_start": html.index(text)}}]
    (example,) = read(
        tmp_path,
        {"version": "KorQuAD_2.1", "data": [{"title": "말모이", "context": html, "qas": qas, "raw_html": "…"}]},
    )
    assert example.context == html and example.answer_texts == (text,) and example.id == "36615"


def test_csv_looks_for_the_answer(tmp_path):
    lines = ["질문,지문,정답", f'{QUESTION},"{CONTEXT}",학생', f'언제 쓰나?,"{CONTEXT}",']
    first, second = read(tmp_path, "\n".join(lines), "질문.csv")
    assert first.answers == (Span(5, 7), Span(13, 15)) and first.row == 2
    assert second.answers == ()


def test_named_columns(tmp_path):
    lines = ["제목,물음,글,풀이", f'말모이,{QUESTION},"{CONTEXT}",학생']
    (example,) = read(tmp_path, "\n".join(lines), "질문.csv", Columns("물음", "글", "풀이"))
    assert (example.text, example.title, len(example.answers)) == (QUESTION, "말모이", 2)


def test_unannotated_questions():
    (example,) = shape_from_memory([{"question": QUESTION, "context": CONTEXT}], ANSWERS, Columns())
    assert example.answers is None and example.target is None


def test_equal_places_count_once():
    (example,) = shape_from_memory([RECORDS["squad"] | {"answers": [PLACE, PLACE]}], ANSWERS, Columns())
    assert example.answers == (Span(5, 7),)


BAD = {
    "moved": ({"answers": [{"text": "학생", "answer_start": 6}]}, "column 'answers': question '7-0-1': '학생' is not at answer_start 6 (there stands '생이'). Make answer_start 5"),
    "nearest": ({"answers": [{"text": "학생", "answer_start": 12}]}, "Make answer_start 13"),
    "beyond": ({"answers": [{"text": "학생", "answer_start": 900}]}, "Make answer_start 13"),
    "absent": ({"answers": [{"text": "선생", "answer_start": 5}]}, "'선생' is not in the context (at answer_start 5 stands '학생')"),
    "not found": ({"answers": ["선생"]}, "'선생' is not in the context"),
    "empty text": ({"answers": [{"text": " ", "answer_start": 7}]}, "an answer is empty"),
    "not a number": ({"answers": [{"text": "학생", "answer_start": "다섯"}]}, "not a number from 0 on (answer_start): '다섯'"),
    "negative": ({"answers": [{"text": "학생", "answer_start": -1}]}, "not a number from 0 on"),
    "lists of two lengths": ({"answers": {"text": ["학생"], "answer_start": []}}, "not lists of one length"),
    "no place": ({"answers": [{"start": 7, "end": 5}]}, "7 to 5 is no place"),
    "impossible but answered": ({"answers": [], "is_impossible": False}, "no answer, but is_impossible is false"),
    "text is an object": ({"answers": [{"text": {}, "answer_start": 5}]}, "neither text nor a number"),
    "empty question": ({"question": " ", "answers": [PLACE]}, "column 'question': question '7-0-1': empty"),
    "question with NUL": ({"question": "누\x00가", "answers": [PLACE]}, "NUL"),
    "empty context": ({"context": "", "answers": [PLACE]}, "column 'context': question '7-0-1': empty"),
    "no context": ({"context": None, "answers": [PLACE]}, "column 'context'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_unusable_questions_are_named_with_record_and_id(case, tmp_path):
    question, message = BAD[case]
    with pytest.raises(DataError) as error:
        read(tmp_path, {"data": [article(answers=[PLACE]), article(**question)]})
    assert "질문.json" in str(error.value) and "record 2" in str(error.value) and message in str(error.value)


def test_unusable_questions_can_be_left_out(tmp_path):
    dataset = read(tmp_path, {"data": [article(answers=[PLACE]), article(**BAD["moved"][0])]}, skip_bad=True)
    assert len(dataset) == 1 and dataset.skipped == 1 and dataset.bad_rows == (2,)


def test_broken_structure_names_the_record(tmp_path):
    with pytest.raises(DataError, match="record 1, column 'qas': paragraph 1: there is no list 'qas'"):
        read(tmp_path, {"data": [{"title": "말모이", "paragraphs": [{"context": CONTEXT}]}]})


def test_missing_columns_are_said(tmp_path):
    with pytest.raises(
        DataError, match="there is no context column. Name it with --pair. Columns found: '질문', '문서번호'"
    ):
        read(tmp_path, f"질문,문서번호\n{QUESTION},3\n", "질문.csv")
    with pytest.raises(DataError, match="there is no such answer column"):
        read(tmp_path, f"질문,지문\n{QUESTION},글\n", "질문.csv", Columns(label="답안"))
