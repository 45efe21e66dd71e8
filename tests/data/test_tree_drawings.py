"""Predicted trees: words, sentences, the drawing in characters and the SVG image."""

import json
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from malmoi.data.predictions import ParsedWord, ParsingPrediction
from malmoi.data.predictions.tree_lines import MAX_WORDS
from malmoi.messages import set_language


def parsed(*rows):
    """A prediction of (word, head, relation) rows, a space between two words."""
    words, start = [], 0
    for text, head, relation in rows:
        words.append(ParsedWord(text, start, start + len(text), "NNG", head, relation))
        start += len(text) + 1
    return ParsingPrediction(" ".join(row[0] for row in rows), None, tuple(words))


CHILD = parsed(
    ("아이는", 3, "NP_SBJ"), ("일찍", 3, "AP"), ("태어나", 5, "VP"), ("치료를", 5, "NP_OBJ"), ("받았다.", 0, "VP")
)
CROSSED = parsed(("가", 3, "a"), ("나", 4, "b"), ("다", 0, "c"), ("라", 3, "d"))
TWO = parsed(("네.", 0, "IP"), ("비가", 3, "NP_SBJ"), ("온다.", 0, "VP"))
NOTHING = ParsingPrediction(" ", None, ())


def drawn(prediction):
    """The drawing and the words, without relations and tags."""
    return [re.sub(r"(?<=\S)  .*", "", line) for line in prediction.drawing]


def test_a_tree_in_lines():
    assert drawn(CHILD) == [
        "   ┌─ 아이는",
        "   ├─ 일찍",
        " ┌─┴─ 태어나",
        " ├─── 치료를",
        "─┴─── 받았다.",
    ]


def test_dependents_on_both_sides_and_crossing_arcs():
    assert drawn(parsed(("가", 2, "a"), ("나", 0, "b"), ("다", 2, "c"))) == [" ┌─ 가", "─┼─ 나", " └─ 다"]
    assert drawn(CROSSED) == [" ┌─── 가", " │ ┌─ 나", "─┼─│─ 다", " └─┴─ 라"]
    assert drawn(parsed(("가", 0, "a"), ("나", 1, "b"))) == ["─┬─ 가", " └─ 나"]


def test_sentences_are_drawn_apart_with_heads_of_their_own():
    assert drawn(TWO) == ["─ 네.", "", " ┌─ 비가", "─┴─ 온다."]
    assert [[word.head for word in tree] for tree in TWO.trees] == [[0], [2, 0]]


def test_columns_stand_below_one_another():
    lines = CHILD.drawing
    assert {cell_len(line[: line.index("NNG")]) for line in lines} == {cell_len(lines[0][: lines[0].index("NNG")])}
    decomposed = parsed(*((unicodedata.normalize("NFD", w.text), w.head, w.relation) for w in CHILD.words))
    assert decomposed.drawing == lines


def test_odd_words_stay_in_their_line():
    rows = [("가\x00\x1b[31m", 2, "a\tb"), ("긴" * 500, 0, "<b>")]
    lines = parsed(*rows).drawing
    assert len(lines) == 2 and all(line.isprintable() and cell_len(line) < 80 for line in lines)


def test_very_long_sentences_are_cut():
    lines = parsed(*(("가", i + 2 if i < 299 else 0, "a") for i in range(300))).drawing
    assert len(lines) == MAX_WORDS + 1 and lines[-1] == "… (+100)"


def texts_of(prediction):
    root = ElementTree.fromstring(prediction.to_svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return root, [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_svg_holds_every_word_tag_and_relation_as_text():
    root, texts = texts_of(CHILD)
    assert texts[:5] == ["NP_SBJ", "AP", "VP", "NP_OBJ", "VP"]
    assert texts[5:] == [text for word in CHILD.words for text in (word.text, "NNG")]
    assert len(root.findall(".//{*}path[@class='arc']")) == len(root.findall(".//{*}path[@class='tip']")) == 5
    assert "http" not in CHILD.to_svg().replace("http://www.w3.org/2000/svg", "")


def test_arcs_of_the_svg_leave_room_for_those_between_their_ends():
    from malmoi.data.predictions.tree_svg import _levels

    assert _levels([3, 3, 5, 5, 0]) == [2, 1, 2, 1, 3]
    assert _levels([3, 4, 0, 3])[:2] in ([1, 2], [2, 1])  # arcs that cross stand at different heights


def test_the_svg_of_hostile_words_is_well_formed():
    root, texts = texts_of(parsed(("<script>&\"'", 2, "</svg>"), ("\ud800\x00\uffff", 0, "]]>")))
    assert "<script>&\"'" in texts and root.find(".//script") is None


def test_sentences_of_the_svg_stand_below_one_another():
    root, texts = texts_of(TWO)
    groups = root.findall("{*}g")
    heights = [int(group.get("transform").removeprefix("translate(0,").removesuffix(")")) for group in groups]
    assert len(groups) == 2 and heights[0] == 0 < heights[1] < int(root.get("height"))


def test_a_text_without_words():
    assert NOTHING.drawing == [] and NOTHING.to_svg() is None and NOTHING.trees == []
    assert "<svg" not in NOTHING._repr_html_() and "<svg" in CHILD._repr_html_()


def test_json():
    values = json.loads(json.dumps(TWO.to_dict(), ensure_ascii=False))
    assert values["words"][1] == {"text": "비가", "start": 3, "end": 5, "pos": "NNG", "head": 3, "relation": "NP_SBJ"}
    assert set(values) == {"text", "words", "sentence"}


@pytest.mark.parametrize(
    ("prediction", "korean", "english"),
    [
        (CHILD, "이 글의 중심은 ‘받았다.’입니다 (낱말 5개).", "The root of this text is ‘받았다.’ (5 words)."),
        (TWO, "문장 2개의 중심은 ‘네.’, ‘온다.’입니다 (낱말 3개).", "The roots of the 2 sentences are ‘네.’, ‘온다.’ (3 words)."),
        (NOTHING, "이 글에는 낱말이 없습니다.", "This text has no words."),
    ],
)  # fmt: skip
def test_sentences(prediction, korean, english):
    set_language("ko")
    assert prediction.sentence == korean
    set_language("en")
    assert prediction.sentence == english
