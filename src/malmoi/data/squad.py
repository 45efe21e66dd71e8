"""Articles as SQuAD writes them, taken apart into one record a question: KorQuAD 1.0 and 2.x, KLUE-MRC, SQuAD 1 and 2.

    {"title": "말모이", "paragraphs": [{"context": "말모이는 학생이 쓴다.", "qas": [
        {"id": "1-1", "question": "누가 쓰나?", "answers": [{"text": "학생", "answer_start": 5}]}]}]}

KorQuAD 2.x has no paragraphs: `context` (HTML) and `qas` are the article's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from malmoi.data.tables import Record, shorten
from malmoi.data.values import BadCell
from malmoi.messages import say

Cells = Mapping[str, Any]


def is_article(cells: Any) -> bool:
    """Whether a record is an article with questions, not a question itself.

    >>> is_article({"title": "말모이", "paragraphs": []}), is_article({"question": "누가?", "context": "학생이 쓴다."})
    (True, False)
    """
    return isinstance(cells, Mapping) and ("paragraphs" in cells or "qas" in cells)


def questions_of(article: Cells) -> Iterator[dict[str, Any] | BadCell]:
    """Yield an article's questions as flat records with `context` and `title`, and a `BadCell` for each broken part.

    >>> article = {"title": "말모이", "paragraphs": [{"context": "학생이 쓴다.", "qas": [{"id": "1", "question": "누가 쓰나?"}]}]}
    >>> list(questions_of(article))
    [{'title': '말모이', 'context': '학생이 쓴다.', 'id': '1', 'question': '누가 쓰나?'}]
    """
    title = article.get("title", "")
    if "paragraphs" not in article:
        yield from _questions(article, title, "")
        return
    paragraphs = article["paragraphs"]
    if not isinstance(paragraphs, list):
        yield _not_list(paragraphs, "paragraphs", "")
        return
    for number, paragraph in enumerate(paragraphs, 1):
        where = say(f"{number}번째 문단: ", f"paragraph {number}: ")
        if isinstance(paragraph, Mapping):
            yield from _questions(paragraph, title, where)
        else:
            yield BadCell(
                where + say("객체가 아닙니다", "not an object") + f": {shorten(paragraph)}",
                "paragraphs",
            )


def flat_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records with every article taken apart; a question has its article's number.

    >>> [record.cells["question"] for record in flat_records([Record(1, {"context": "학생이 쓴다.", "qas": [{"question": "누가?"}]})])]
    ['누가?']
    """
    for record in records:
        if not is_article(record.cells):
            yield record
            continue
        for found in questions_of(record.cells):
            if isinstance(found, BadCell):
                yield Record(record.row, None, f"'{found.column}': {found}")
            else:
                yield Record(record.row, found)


def _questions(holder: Cells, title: Any, where: str) -> Iterator[dict[str, Any] | BadCell]:
    questions = holder.get("qas")
    if not isinstance(questions, list):
        yield _not_list(questions, "qas", where)
        return
    for number, question in enumerate(questions, 1):
        if isinstance(question, Mapping):
            yield {"title": title, "context": holder.get("context"), **question}
        else:
            problem = say(f"{number}번째 질문이 객체가 아닙니다", f"question {number} is not an object")
            yield BadCell(f"{where}{problem}: {shorten(question)}", "qas")


def _not_list(value: Any, name: str, where: str) -> BadCell:
    if value is None:
        return BadCell(where + say(f"'{name}' 목록이 없습니다", f"there is no list '{name}'"), name)
    return BadCell(where + say("목록이 아닙니다", "not a list") + f": {shorten(value)}", name)
