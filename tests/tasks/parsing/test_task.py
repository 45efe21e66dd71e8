"""Parsing: what is learned from treebanks, targets, decoding, scores, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_models import demo_model

from malmoi.config import from_dict
from malmoi.data.examples import TreeExample, Word
from malmoi.errors import ConfigError, DataError
from malmoi.messages import set_language
from malmoi.tasks import Window
from malmoi.tasks.parsing import Parsing, ParsingConfig


def tree(text, *words):
    """A tree of (start, end, tag, head, relation) words."""
    return TreeExample(text, tuple(Word(*word) for word in words), row=1)


UD = [
    tree("비가 온다.", (0, 2, "NOUN", 2, "nsubj"), (3, 5, "VERB", 0, "root"), (5, 6, "PUNCT", 2, "punct")),
    tree("나무(3)가 있다.", (0, 2, "NOUN", 6, "nsubj"), (2, 3, "PUNCT", 3, "punct"), (3, 4, "NUM", 1, "appos"), (4, 5, "PUNCT", 3, "punct"), (5, 6, "ADP", 1, "case"), (7, 9, "VERB", 0, "root"), (9, 10, "PUNCT", 6, "punct")),
]  # fmt: skip


def parsing(examples=UD, **config):
    return Parsing(Parsing.configure(ParsingConfig(**config), examples), None)


def test_relations_tags_and_words_are_learned():
    config = parsing().config
    assert config.relations == ("appos", "case", "nsubj", "punct", "root")
    assert config.tags == ("ADP", "NOUN", "NUM", "PUNCT", "VERB")
    assert config.breaks["가 Po"] and config.breaks["가 Ps"]
    assert Parsing.configure(ParsingConfig(), Parsing.demo()).breaks == {}
    assert Parsing.configure(ParsingConfig(breaks={}), UD).breaks == {}


def answered(task, example, arcs):
    """An example's window with arc scores, whatever the relations and tags."""
    (features,) = task.encode([example])[0]
    ids = np.zeros((len(arcs), len(arcs) + 1))
    return [Window(features, {"arcs": arcs, "relation_ids": ids, "tag_ids": ids[:, 0]})]


def test_the_kind_of_trees_that_is_best_on_dev_is_chosen(tiny_model):
    text, words = "가 나 다 라", [(0, 1), (2, 3), (4, 5), (6, 7)]
    crossed = tree(text, *((*place, "a", head, "r") for place, head in zip(words, (3, 4, 0, 3), strict=True)))
    nested = tree(text, *((*place, "a", head, "r") for place, head in zip(words, (3, 3, 0, 3), strict=True)))
    behind = tree(text, *((*place, "a", head, "r") for place, head in zip(words, (3, 3, 4, 0), strict=True)))
    task, _ = demo_model(Parsing, tiny_model, [crossed])
    arcs = np.array([[0, 0, 0, 9, 0], [0, 0, 0, 8, 9], [9, 0, 0, 0, 7], [0, 0, 0, 9, 0]], dtype=np.float32)
    for gold, kind in ((crossed, "any"), (nested, "projective"), (behind, "head-final")):
        chosen = task.tune([gold], [answered(task, gold, arcs)])
        assert chosen.config.trees == kind and ("나무의 꼴", "kind of trees", kind) in chosen.tuned()
    assert task.config.trees is None
    given = Parsing(replace(task.config, trees="any"), task.tokenizer)
    assert given.tune([behind], [answered(task, behind, arcs)]) is given
    with pytest.raises(ConfigError, match="projective"):
        from_dict(ParsingConfig, {"trees": "projektiv"}, "task.")


def test_targets_are_those_of_the_words_that_are_found(tiny_model):
    task, _ = demo_model(Parsing, tiny_model, UD)
    (window,) = task.encode(UD)[0]
    assert window.heads.tolist() == [2, 0, 2]
    assert [task.config.relations[i] for i in window.relations] == ["nsubj", "root", "punct"]
    assert [task.config.tags[i] for i in window.tags] == ["NOUN", "VERB", "PUNCT"]
    coarse = Parsing(
        replace(task.config, breaks={}), task.tokenizer
    )  # "온다." is one word now: nobody's head, no target
    (window,) = coarse.encode(UD)[0]
    assert window.places.tolist() == [[0, 2], [3, 6]]
    assert window.heads.tolist() == window.relations.tolist() == [-1, -1]
    assert [int(i) for i in window.tags] == [task.config.tags.index("NOUN"), -1]


def test_labels_that_training_had_not_are_unknown_targets(tiny_model):
    task, _ = demo_model(Parsing, tiny_model, UD)
    (window,) = task.encode([tree("비가", (0, 2, "INTJ", 0, "discourse"))])[0]
    assert (window.heads.tolist(), window.relations.tolist(), window.tags.tolist()) == ([0], [-1], [-1])


def test_a_question_has_a_tree_for_each_sentence(tiny_model):
    task, _ = demo_model(Parsing, tiny_model)
    example = task.ask("비가 온다. 나무가 있다.")
    windows = task.encode([example])[0]
    assert len(windows) == 2
    arcs = np.zeros((4, 5), dtype=np.float32)  # longer than the sentence: padding
    arcs[0, 2] = arcs[1, 0] = 1
    outputs = {"arcs": arcs, "relation_ids": np.zeros((4, 5)), "tag_ids": np.zeros(4)}
    prediction = task.decode(example, [Window(features, outputs) for features in windows])
    assert [(word.text, word.head) for word in prediction.words] == [
        ("비가", 2),
        ("온다.", 0),
        ("나무가", 4),
        ("있다.", 0),
    ]
    assert task.decode(task.ask(" "), []).words == ()


def test_an_annotated_example_is_one_sentence(tiny_model):
    task, _ = demo_model(Parsing, tiny_model)
    quoted = tree("네. 그래.", (0, 2, "IC", 2, "IP"), (3, 6, "IC", 0, "IP"))
    assert len(task.encode([quoted])[0]) == 1


def perfect(task, examples):
    from malmoi.data.predictions import ParsedWord, ParsingPrediction

    return [
        ParsingPrediction(e.text, None, tuple(ParsedWord(e.text[w.start : w.end], w.start, w.end, w.pos, w.head, w.relation) for w in e.words))
        for e in examples
    ]  # fmt: skip


def test_scores_follow_the_treebank():
    ud, klue = parsing(), parsing(Parsing.demo())
    scores = ud.score(perfect(ud, UD), UD)
    assert list(scores) == ["uas", "las", "upos_accuracy", "boundary_f1"]
    assert all(score.value == 1.0 for score in scores.values())
    scores = klue.score(perfect(klue, Parsing.demo()), Parsing.demo())
    assert list(scores) == ["uas", "las", "klue_dp_uas", "klue_dp_las", "xpos_accuracy", "boundary_f1"]
    bare = [TreeExample(e.text, tuple(replace(w, pos=None) for w in e.words)) for e in UD]
    assert "upos_accuracy" not in parsing(bare).score(perfect(ud, bare), bare)


def test_analysis_has_a_rule_to_beat():
    task = parsing(Parsing.demo())
    examples = Parsing.demo()
    found = task.analyse(perfect(task, examples), examples)
    (rule,) = found.baselines
    assert rule.scores["uas"].value == pytest.approx(15 / 17)
    assert (
        rule.difference.value == pytest.approx(1 - rule.scores["las"].value)
        and rule.difference.high > rule.difference.low
    )
    assert found.confusion.sum() == np.trace(found.confusion) == 17
    assert not found.errors and all(row.f1 == 1.0 for row in found.class_rows)


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        (TreeExample("비가 온다", row=7), "line 7: there is no tree"),
        (TreeExample("비가", (Word(0, 2),), row=7), "line 7: word 1: its head or relation is missing"),
        (TreeExample("비가", (Word(0, 2, None, 3, "a"),), row=7), "line 7: word 1: there is no word 3 to be its head"),
        (TreeExample("비가", (Word(0, 2, None, 1, "a"),)), "item 1: word 1: 0 words have head 0"),
    ],
)
def test_what_has_no_tree_is_named(example, problem):
    set_language("en")
    with pytest.raises(DataError) as caught:
        parsing().check([example], "나무.conllu")
    assert f"나무.conllu, {problem}" in str(caught.value)


def test_trees_of_morphemes_are_refused():
    set_language("en")
    morphemes = [tree("비가온다", (0, 1, "NNG", 3, "a"), (1, 2, "JKS", 1, "b"), (2, 4, "VV", 0, "c"))]
    task = parsing(morphemes)
    with pytest.raises(DataError, match="only 0 of 3 words are eojeols"):
        task.check(morphemes, "형태소.conllu", training=True)
    parsing().check(UD, "나무.conllu", training=True)


def test_a_pair_is_refused():
    with pytest.raises(DataError, match="7.*--pair"):
        parsing().ask("비가 온다", "눈이 온다", row=7)


@pytest.mark.parametrize("config", [{"max_length": 2}, {"arc_size": 0}, {"dropout": 1.0}, {"tag_weight": -1.0}])
def test_settings_out_of_range(config):
    with pytest.raises(ConfigError, match=next(iter(config))):
        ParsingConfig(**config)
