"""Articles taken apart into questions, broken parts named."""

from __future__ import annotations

import pytest

from malmoi.data.squad import flat_records, is_article, questions_of
from malmoi.data.tables import Record
from malmoi.data.values import BadCell

QUESTIONS = [{"id": "1", "question": "누가 쓰나?"}, {"id": "2", "question": "무엇을 쓰나?"}]
BROKEN = {
    "no paragraphs": ({"paragraphs": None}, "paragraphs", "there is no list 'paragraphs'"),
    "paragraphs is no list": ({"paragraphs": {"context": "글"}}, "paragraphs", "not a list"),
    "paragraph is no object": ({"paragraphs": ["글"]}, "paragraphs", "paragraph 1: not an object"),
    "no questions": ({"paragraphs": [{"context": "글"}]}, "qas", "paragraph 1: there is no list 'qas'"),
    "questions are no list": ({"qas": "질문"}, "qas", "not a list"),
    "question is no object": ({"context": "글", "qas": [3]}, "qas", "question 1 is not an object"),
}


def test_paragraphs_give_their_context_and_the_article_its_title():
    article = {
        "title": "말모이",
        "paragraphs": [{"context": "가", "qas": QUESTIONS}, {"context": "나", "qas": QUESTIONS[:1]}],
    }
    found = list(questions_of(article))
    assert [(row["context"], row["id"], row["title"]) for row in found] == [
        ("가", "1", "말모이"),
        ("가", "2", "말모이"),
        ("나", "1", "말모이"),
    ]


def test_korquad_2_has_no_paragraphs():
    article = {"title": "말모이", "context": "<p>글</p>", "qas": QUESTIONS, "raw_html": "<html>", "url": "…"}
    assert [row["context"] for row in questions_of(article)] == ["<p>글</p>", "<p>글</p>"]


@pytest.mark.parametrize("case", BROKEN)
def test_broken_parts_are_named(case):
    article, column, message = BROKEN[case]
    (found,) = questions_of(article)
    assert isinstance(found, BadCell) and found.column == column and message in str(found)


def test_whole_parts_beside_a_broken_one_are_kept():
    article = {"paragraphs": [{"context": "가"}, {"context": "나", "qas": QUESTIONS}]}
    found = list(questions_of(article))
    assert isinstance(found[0], BadCell) and [row["id"] for row in found[1:]] == ["1", "2"]


def test_flat_records_keep_the_number_and_the_problem():
    records = [
        Record(1, {"text": "글"}),
        Record(2, {"context": "나", "qas": [*QUESTIONS, 3]}),
        Record(3, None, "이상함"),
    ]
    found = list(flat_records(records))
    assert [(record.row, record.cells is None) for record in found] == [
        (1, False),
        (2, False),
        (2, False),
        (2, True),
        (3, True),
    ]
    assert "question 3" in found[3].problem and found[4].problem == "이상함"


def test_what_is_an_article():
    assert is_article({"qas": []}) and not is_article(["qas"]) and not is_article({"question": "qas"})
