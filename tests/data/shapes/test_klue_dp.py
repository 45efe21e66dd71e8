"""KLUE-DP blocks: eojeols at their places in the raw text, and what is said of broken lines."""

import pytest

from malmoi.data.cells import BadRow
from malmoi.data.shapes.klue_dp import is_klue_dp, read_klue_sentences

HEADER = ["## 토큰, 레이블 구분자 : \\t\n", "## 칼럼명 : INDEX\tWORD_FORM\tLEMMA\tPOS\tHEAD\tDEPREL\n"]


def word_line(number, form, head=0):
    return f"{number}\t{form}\t{form}\tNNG\t{head}\tVP\n"


def only(*lines):
    (found,) = read_klue_sentences(lines)
    return found


def test_the_last_comment_before_the_words_has_the_text():
    sentence = only(*HEADER, "## dev_00007\t비가  온다.\n", word_line(1, "비가", 2), word_line(2, "온다."))
    assert (sentence.text, sentence.id, sentence.row) == ("비가  온다.", "dev_00007", 4)
    assert [(w.start, w.end, w.head, w.relation, w.number) for w in sentence.words] == [
        (0, 2, "2", "VP", 4),
        (4, 7, "0", "VP", 5),
    ]


def test_the_text_counts_where_a_word_is_spelt_otherwise():
    sentence = only(
        "## a\t상수도 12%, 올린다.\n", *(word_line(i, w) for i, w in enumerate(("상수도", "12.0%,", "올린다."), 1))
    )
    assert [sentence.text[w.start : w.end] for w in sentence.words] == ["상수도", "12%,", "올린다."]


def test_without_a_comment_the_words_are_the_text():
    first, second = read_klue_sentences(
        [word_line(1, "네."), "\n", "## 이름뿐\n", word_line(1, "와요."), word_line(2, "또.")]
    )
    assert (first.text, first.id, second.text, second.row) == ("네.", None, "와요. 또.", 4)


@pytest.mark.parametrize(
    ("lines", "row", "column", "problem"),
    [
        (["1\t네\t네\tIC\t0\n"], 1, None, "5 tab-separated columns instead of 6 (INDEX WORD_FORM LEMMA POS HEAD DEPREL)"),
        ([word_line(1, "네"), word_line(1, "와요")], 2, "INDEX", "the number is '1' where 2 is due"),
        (["## a\t네 와요\n", word_line(1, "네")], 2, "WORD_FORM", "2 eojeols, but there are 1 words: '네 와요'"),
    ],
    ids=["columns", "number", "eojeols"],
)  # fmt: skip
def test_a_broken_line_is_named(lines, row, column, problem, monkeypatch):
    monkeypatch.setenv("MALMOI_LANG", "en")
    found = only(*lines)
    assert isinstance(found, BadRow) and (found.row, found.column) == (row, column) and problem in found.problem


def test_recognised_by_any_whole_word():
    assert is_klue_dp("".join(HEADER) + "1\t깨진 줄\n" + word_line(2, "네"))
    assert not is_klue_dp("1\t네\t네\tINTJ\tIC\t_\t0\troot\t_\t_\n") and not is_klue_dp("text\tlabel\n1\t2\n")
