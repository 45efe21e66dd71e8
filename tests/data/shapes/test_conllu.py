"""CoNLL-U blocks: places in the raw text, ranges, and what is said of broken lines."""

import pytest

from malmoi.data.cells import BadRow
from malmoi.data.shapes.conllu import ConlluSentence, is_conllu, read_sentences


def word_line(name, form, upos="NOUN", misc="_"):
    return f"{name}\t{form}\t{form}\t{upos}\tNNG\t_\t0\troot\t_\t{misc}\n"


def only(*lines):
    (found,) = read_sentences(lines)
    return found


def places(sentence):
    assert isinstance(sentence, ConlluSentence), sentence
    assert all(sentence.text[word.start : word.end] == word.form for word in sentence.words)
    return [(word.start, word.end) for word in sentence.words]


def test_words_stand_at_their_places_in_the_raw_text():
    lines = ["# sent_id = s1\n", "# text = 값이 645억원 ,  17억원\n"]
    lines += [word_line(i, form) for i, form in enumerate(("값이", "645억원", ",", "17억원"), 1)]
    sentence = only(*lines)
    assert places(sentence) == [(0, 2), (3, 8), (9, 10), (12, 16)]
    assert (sentence.id, sentence.row) == ("s1", 3)
    first = sentence.words[0]
    assert (first.line, first.upos, first.xpos, first.head, first.deprel) == (3, "NOUN", "NNG", "0", "root")


def test_without_a_text_comment_spaces_follow_misc():
    sentence = only(
        word_line(1, "서울", misc="SpaceAfter=No"), word_line(2, "("), word_line(3, "끝", misc="A=b|SpaceAfter=No")
    )
    assert sentence.text == "서울( 끝" and places(sentence) == [(0, 2), (2, 3), (4, 5)] and sentence.id is None


def test_several_sentences_crlf_and_a_last_one_without_a_blank_line():
    lines = ["# newdoc\r\n", word_line(1, "네").replace("\n", "\r\n"), "\r\n", " \n", word_line(1, "와요")]
    first, second = read_sentences(lines)
    assert (first.text, first.row, second.text, second.row) == ("네", 2, "와요", 5)


def test_words_of_a_range_have_their_own_places_or_share_one():
    lines = ["# text = 집에서는 봤다\n", word_line("1-2", "집에서는"), word_line(1, "집"), word_line(2, "에서는")]
    lines += [word_line("3-4", "봤다"), word_line(3, "보"), word_line(4, "았다"), word_line("4.1", "빈")]
    sentence = only(*lines)
    assert [(w.form, w.start, w.end) for w in sentence.words] == [
        ("집", 0, 1),
        ("에서는", 1, 4),
        ("보", 5, 7),
        ("았다", 5, 7),
    ]


@pytest.mark.parametrize(
    ("lines", "row", "problem"),
    [
        (["1 네 네 INTJ IC _ 0 root _ _\n"], 1, "1 tab-separated columns instead of 10"),
        ([word_line(1, "네"), word_line(1, "와요")], 2, "column 1 is '1' where 2 is due"),
        ([word_line(1, " ")], 1, "column 2, the word, is empty"),
        (["# text = 네 와요\n", word_line(1, "네"), word_line(2, "가요")], 3, "the word '가요' is not at its place in '# text =' (character 2): '와요'"),
        (["# text = 네 와요\n", word_line(1, "네")], 2, "the end of '# text =' has no words: '와요'"),
        (["# text = 네\n"], 1, "comments without a word"),
        ([word_line("2-3", "네")], 1, "column 1 is '2-3' where 1 is due"),
        ([word_line("1-2", "네"), word_line(1, "네")], 2, "words of a range are missing"),
    ],
    ids=["spaces", "number", "empty", "other word", "rest", "no word", "range", "range cut"],
)  # fmt: skip
def test_a_broken_line_is_named(lines, row, problem):
    found = only(*lines)
    assert isinstance(found, BadRow) and found.row == row and problem in found.problem


def test_a_broken_sentence_leaves_the_others():
    bad, good = read_sentences([word_line(2, "네"), "\n", word_line(1, "와요")])
    assert isinstance(bad, BadRow) and isinstance(good, ConlluSentence)


def test_recognised_by_its_first_word():
    assert is_conllu("# a\n# b\n" + word_line("1-2", "네")) and is_conllu(word_line(1, "네").rstrip("\n"))
    assert not is_conllu(word_line(3, "네")) and not is_conllu("text\tlabel\n1\t2\n")
