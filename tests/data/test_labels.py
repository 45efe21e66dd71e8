"""Labels: order, strangers, and what cannot be trained on."""

import pytest

from malmoi.data.examples import TextExample
from malmoi.data.labels import (
    LabelMap,
    check_alone,
    check_kind,
    check_labels,
    check_pairs,
    check_scored,
    check_trainable,
    label_set,
)
from malmoi.errors import ConfigError, DataError
from malmoi.messages import set_language


def examples_of(*labels):
    return [TextExample("글", label=label, row=i + 2) for i, label in enumerate(labels)]


def test_label_set_is_sorted_by_value():
    assert label_set(examples_of("10", "9", "-1", "2.5", "나", "가", None, "9")) == ("-1", "2.5", "9", "10", "가", "나")


def test_both_names_mean_the_label_and_answers_have_one():
    found = LabelMap(("0", "1"), {"0": "부정", "1": "긍정"}, {"0": "negative", "1": "positive"})
    assert [found.id(word) for word in ("0", "부정", "negative", "1", "긍정", "positive", "중립")] == [
        0,
        0,
        0,
        1,
        1,
        1,
        -1,
    ]
    for language, readable in (("ko", ("부정", "긍정")), ("en", ("negative", "positive"))):
        set_language(language)
        assert found.names == ("부정", "긍정") and found.readable == readable
    assert LabelMap(("가", "나")).readable == ("가", "나")
    for english in ({"0": "같음", "1": "같음"}, {"0": "긍정"}, {"0": "1"}):
        with pytest.raises(ConfigError, match="share a name"):
            LabelMap(("0", "1"), {"0": "부정", "1": "긍정"}, english)


def test_known_labels_pass():
    check_labels(examples_of("긍정", "부정"), ("긍정", "부정"), "dev.csv")


def test_unseen_labels_are_counted_and_named():
    with pytest.raises(DataError) as caught:
        check_labels(examples_of("긍정", "긍전", *["중립"] * 7, None), ("긍정", "부정"), "dev.csv")
    message = str(caught.value)
    assert "dev.csv: 9 example(s) with 3 unknown label(s)" in message and "'긍정', '부정'" in message
    assert "'중립' ×7, '긍전' ×1, no label ×1." in message
    assert "take the rows out" in message and "train again" in message and "--label" in message
    assert "line 3: '긍전' (did you mean '긍정'?)" in message and "4 more" in message and caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (examples_of("긍정", "긍정"), "all 2 examples have the label '긍정'"),
        (examples_of("긍정", None), "line 3: there is no label"),
        ([TextExample(" ", label="긍정")], "item 1: the text is empty"),
        ([], "there are no examples"),
    ],
)
def test_untrainable_data(examples, message):
    with pytest.raises(DataError, match=message):
        check_trainable(examples, "train.csv")


def test_two_classes_are_trainable():
    check_trainable(examples_of("0", "1"), "train.csv")


# --- several labels, and scores ----------------------------------------------------------------------------------


def sets_of(*labels):
    return [TextExample("글", labels=own, row=i + 2) for i, own in enumerate(labels)]


def test_labels_of_several_are_a_set_too():
    assert label_set(sets_of(("나", "가"), (), ("10", "9"), None)) == ("9", "10", "가", "나")


def test_each_unseen_label_is_named_and_no_label_is_fine():
    check_labels(sets_of(("욕설",), (), ("비하", "욕설")), ("욕설", "비하"), "dev.csv")
    with pytest.raises(
        DataError, match=r"2 example\(s\) with 2 unknown[\s\S]*line 2: '욕서'.*'욕설'[\s\S]*line 4: no label"
    ):
        check_labels(sets_of(("욕설", "욕서"), (), None), ("욕설", "비하"), "dev.csv")


def test_one_set_of_labels_or_one_score_cannot_be_trained():
    with pytest.raises(DataError, match=r"all 2 examples have the label '욕설'"):
        check_trainable(sets_of(("욕설",), ("욕설",)), "train.csv")
    with pytest.raises(DataError, match="all 3 examples have the label '-'"):
        check_trainable(sets_of((), (), ()), "train.csv")
    with pytest.raises(DataError, match="all 2 examples have the label '3'"):
        check_trainable([TextExample("글", score=3.0), TextExample("다른 글", score=3.0)], "train.csv")
    check_trainable(sets_of((), ("욕설",)), "train.csv")
    with pytest.raises(DataError, match="line 3: there is no label"):
        check_trainable(sets_of((), None), "train.csv")


@pytest.mark.parametrize(
    ("examples", "kind", "message"),
    [
        (examples_of("긍정"), "labels", "has one label for each text, but the task needs several labels"),
        (examples_of("1"), "score", "but the task needs scores"),
        (sets_of(()), "label", "has several labels for each text, but the task needs one label"),
        ([TextExample("글", score=0.0)], "labels", "has scores"),
    ],
)
def test_annotations_of_another_kind_are_said(examples, kind, message):
    with pytest.raises(DataError, match=f"dev.csv: this data {message}" if message.startswith("has") else message):
        check_kind(examples, kind, "dev.csv")


def test_annotations_of_the_right_kind_and_none_at_all_pass():
    check_kind(examples_of("긍정", None), "label", "dev.csv")
    check_kind([TextExample("글")], "score", "dev.csv")  # said as a missing score, by its row
    with pytest.raises(DataError, match="dev.csv, item 1: there is no score"):
        check_scored([TextExample("글")], "dev.csv")


def test_scores_outside_the_range_are_named():
    examples = [TextExample("글", score=score, row=i + 2) for i, score in enumerate((0.0, 5.0, 5.1))]
    check_scored(examples, "train.csv")
    with pytest.raises(DataError, match=r"train.csv, line 4: the score 5.1 is outside the range 0 to 5.*task.high"):
        check_scored(examples, "train.csv", 0, 5)


# --- pairs and names ----------------------------------------------------------------------------------------------


def test_a_pair_among_single_texts_and_the_reverse_are_named_by_row_or_text():
    single, pair = TextExample("하나뿐인 글"), TextExample("앞", pair="", row=9)
    check_pairs([single], False)
    check_pairs([pair], True)
    with pytest.raises(DataError, match=r"^train.csv, line 9: there is a second text"):
        check_pairs([single, pair], False, "train.csv")
    with pytest.raises(DataError, match=r"^'하나뿐인 글': there is no second text.*--pair.*\(text, pair\)"):
        check_pairs([pair, single], True)
    set_language("ko")
    with pytest.raises(DataError, match=r"^'하나뿐인 글': 둘째 글이 없습니다.*--pair"):
        check_pairs([single], True)


def test_the_way_out_of_a_pair_is_one_for_data_and_another_for_a_question():
    pair = TextExample("앞", pair="뒤", row=9)
    with pytest.raises(DataError, match=r"Name only the text column \(--text\), without --pair"):
        check_pairs([pair], False, "train.csv")
    with pytest.raises(DataError, match=r"Leave it out: no --pair"):
        check_alone("앞", "뒤", 0)
    with pytest.raises(DataError, match=r"Name its column with --pair\.$"):
        check_pairs([TextExample("앞", row=9)], True, "train.csv")


def test_label_map_finds_labels_by_both_names_and_refuses_clashes():
    found = LabelMap(("0", "1"), {"0": "부정", "1": "긍정", "9": "없는 라벨"})
    assert [found.id(name) for name in ("0", "부정", "1", "긍정", "9", "없는 라벨", None)] == [0, 0, 1, 1, -1, -1, -1]
    assert found.names == ("부정", "긍정") and set(found.known) == {"0", "1", "부정", "긍정"}
    assert LabelMap(()).names == ()
    for names in ({"0": "같음", "1": "같음"}, {"0": "1"}):
        with pytest.raises(ConfigError, match="share a name"):
            LabelMap(("0", "1"), names)
