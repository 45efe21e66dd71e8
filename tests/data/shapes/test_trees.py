"""Trees from CoNLL-U, KLUE-DP and records; broken ones are named with line, column and what is wrong."""

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import TreeExample, Word
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import DataError
from malmoi.messages import set_language
from malmoi.metrics.trees import tree_table

TREES = SHAPES["tree"]
RAIN = TreeExample("비가 온다.", (Word(0, 2, "NOUN", 2, "nsubj"), Word(3, 5, "VERB", 0, "root"), Word(5, 6, "PUNCT", 2, "punct")))  # fmt: skip
CONLLU = """# sent_id = s1
# text = 비가 온다.
1	비가	비+가	NOUN	NNG+JKS	_	{}	nsubj	_	_
2	온다	오+ㄴ다	VERB	VV+EF	_	{}	root	_	SpaceAfter=No
3	.	.	PUNCT	SF	_	{}	punct	_	_
"""
KLUE = "## a\t비가 온다.\n1\t비가\t비 가\tNNG+JKS\t{}\tNP_SBJ\n2\t온다.\t오 ㄴ다 .\tVV+EF+SF\t{}\tVP\n"


def read(tmp_path, content, name="나무.conllu", columns=Columns(), **options):  # noqa: B008
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read_shape(path, TREES, columns, **options)


def problem_of(tmp_path, content, **options):
    set_language("en")
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, **options)
    return str(caught.value)


def test_conllu(tmp_path):
    (tree,) = read(tmp_path, CONLLU.format(2, 0, 2))
    assert (tree.text, tree.words, tree.id, tree.row) == (RAIN.text, RAIN.words, "s1", 3)


def test_the_fine_tags_of_conllu(tmp_path):
    (tree,) = read(tmp_path, CONLLU.format(2, 0, 2), columns=Columns(label="xpos"))
    assert [word.pos for word in tree.words] == ["NNG+JKS", "VV+EF", "SF"]
    assert "the tags of CoNLL-U are upos or xpos" in problem_of(
        tmp_path, CONLLU.format(2, 0, 2), columns=Columns(label="lemma")
    )


def test_words_that_do_not_spell_their_token_are_one_word(tmp_path):
    """French "du" is de + le: two words of one place cannot be told apart in raw text, and gold against itself scored 0."""
    rows = [
        "1\tVient\t_\tVERB\t_\t_\t0\troot\t_\t_",
        "2-3\tdu\t_\t_\t_\t_\t_\t_\t_\t_",
        "2\tde\t_\tADP\t_\t_\t4\tcase\t_\t_",
    ]
    rows += ["3\tle\t_\tDET\t_\t_\t4\tdet\t_\t_", "4\tnord\t_\tNOUN\t_\t_\t1\tobl\t_\t_"]
    (tree,) = read(tmp_path, "\n".join(["# text = Vient du nord", *rows]) + "\n")
    assert tree.words == (
        Word(0, 5, "VERB", 0, "root"),
        Word(6, 8, "ADP+DET", 3, "case"),
        Word(9, 13, "NOUN", 1, "obl"),
    )
    assert tree_table([tree.words], [tree.words]).values() == {"uas": 1.0, "las": 1.0}


def test_the_root_inside_such_a_token(tmp_path):
    rows = [
        "1-2\t갑니다\t_\t_\t_\t_\t_\t_\t_\t_",
        "1\t가\t_\tVERB\t_\t_\t0\troot\t_\t_",
        "2\tㅂ니다\t_\tPART\t_\t_\t1\tdep\t_\t_",
    ]
    (tree,) = read(tmp_path, "\n".join([*rows, "3\t네\t_\tINTJ\t_\t_\t2\tdiscourse\t_\t_"]) + "\n")
    assert [(word.pos, word.head, word.relation) for word in tree.words] == [
        ("VERB+PART", 0, "root"),
        ("INTJ", 1, "discourse"),
    ]


def test_conllu_without_annotation_is_text_only(tmp_path):
    (tree,) = read(tmp_path, CONLLU.format("_", "_", "_").replace("nsubj", "_").replace("root", "_"))
    assert tree.target is None and tree.words[0] == Word(0, 2, "NOUN")


def test_klue_dp(tmp_path):
    data = read(tmp_path, KLUE.format(2, 0), "나무.tsv")
    assert data.examples == [
        TreeExample("비가 온다.", (Word(0, 2, "NNG+JKS", 2, "NP_SBJ"), Word(3, 6, "VV+EF+SF", 0, "VP")), "a", 2)
    ]
    assert data.notes == ("read as KLUE-DP.",)


@pytest.mark.parametrize(
    ("heads", "line", "problem"),
    [
        ((2, 0, 9), 5, "there is no word 9 to be its head: the sentence has 3 words"),
        ((0, 0, 2), 4, "2 words have head 0, but a tree has one root (words 1, 2)"),
        ((2, 3, 2), 3, "0 words have head 0"),
        ((3, 0, 1), 3, "the heads go in a circle: words"),
        ((2, "x", 2), 4, "not a number: 'x'"),
        ((2, 0, "_"), 5, "its head or relation is missing"),
    ],
)
def test_heads_that_make_no_tree_are_named(tmp_path, heads, line, problem):
    message = problem_of(tmp_path, CONLLU.format(*heads))
    assert f"line {line}, column '7 (HEAD)'" in message and problem in message


def test_a_broken_klue_tree_names_line_and_column(tmp_path):
    message = problem_of(tmp_path, KLUE.format(2, 1), name="나무.tsv")
    assert "line 2, column 'HEAD': 0 words have head 0" in message
    good = KLUE.format(2, 0)
    data = read(tmp_path, good + "\n" + KLUE.format(0, 0) + "\n" + good, "나무.tsv", skip_bad=True)
    assert len(data) == 2 and data.bad_rows == (7,)


def test_records_find_their_words_in_the_text(tmp_path):
    words = [{"text": "비가", "pos": "NOUN", "head": 2, "relation": "nsubj"}, {"text": "온다", "pos": "VERB", "head": 0, "relation": "root"}]  # fmt: skip
    words.append({"start": 5, "end": 6, "pos": "PUNCT", "head": 2, "relation": "punct"})
    lines = [json.dumps({"text": RAIN.text, "words": words, "id": "s1"}, ensure_ascii=False), '{"text": "글뿐"}']
    annotated, bare = read(tmp_path, "\n".join(lines), "나무.jsonl")
    assert annotated == TreeExample(RAIN.text, RAIN.words, "s1", 1)
    assert (bare.text, bare.words) == ("글뿐", None)


def test_what_the_model_says_can_be_read_again():
    from malmoi.data.predictions import ParsedWord, ParsingPrediction

    words = tuple(ParsedWord(RAIN.text[w.start : w.end], w.start, w.end, w.pos, w.head, w.relation) for w in RAIN.words)
    (tree,) = shape_from_memory([ParsingPrediction(RAIN.text, None, words).to_dict()], TREES, Columns())
    assert tree.words == RAIN.words


def test_lists_of_the_data_set_hub():
    record = {"sentence": "비가 온다.", "word_form": ["비가", "온다."], "pos": ["NNG+JKS", "VV+EF+SF"], "head": [2, 0], "deprel": ["NP_SBJ", "VP"]}  # fmt: skip
    (tree,) = shape_from_memory([record], TREES, Columns())
    assert tree.words == (Word(0, 2, "NNG+JKS", 2, "NP_SBJ"), Word(3, 6, "VV+EF+SF", 0, "VP"))
    with pytest.raises(DataError, match="'word_form'.*word_form 1, pos 2"):
        shape_from_memory([record | {"word_form": ["비가"]}], TREES, Columns())


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([{"text": "눈이", "head": 0, "relation": "root"}], "word 1: no '눈이' in the text from character 0 on"),
        ([{"text": "온다", "head": 0, "relation": "root"}, {"text": "비가", "head": 1, "relation": "nsubj"}], "word 2: no '비가' in the text from character 5 on"),
        ([{"start": 3, "end": 99, "head": 0, "relation": "root"}], "word 1"),
        ([{"text": "비가", "head": "영", "relation": "root"}], "word 1: not a number: '영'"),
        ([{"text": "비가", "head": 0}], "word 1: its head or relation is missing"),
        (["비가"], "a word must be like"),
        ([], "must be a list that is not empty"),
        ("비가 온다", "a word must be like"),
    ],
)  # fmt: skip
def test_a_broken_record_is_named(words, problem):
    set_language("en")
    with pytest.raises(DataError) as caught:
        shape_from_memory([{"text": RAIN.text, "words": words}], TREES, Columns())
    assert "item 1, column 'words': " in str(caught.value) and problem in str(caught.value)


def test_a_table_of_texts_has_no_trees(tmp_path):
    data = read(tmp_path, "text\tlabel\n비가 온다\t1\n눈이 온다\t2\n", "표.tsv")
    assert [example.target for example in data] == [None, None]
    with pytest.raises(DataError, match="'text'"):
        read(tmp_path, "글\t라벨\n비가 온다\t1\n", "표.tsv")
