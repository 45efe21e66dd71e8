"""Labels: order, strangers, and what cannot be trained on."""

import pytest

from malmoi.data.examples import TextExample
from malmoi.data.labels import check_labels, check_trainable, label_set
from malmoi.errors import DataError


def examples_of(*labels):
    return [TextExample("글", label=label, row=i + 2) for i, label in enumerate(labels)]


def test_label_set_is_sorted_by_value():
    assert label_set(examples_of("10", "9", "-1", "2.5", "나", "가", None, "9")) == ("-1", "2.5", "9", "10", "가", "나")


def test_known_labels_pass():
    check_labels(examples_of("긍정", "부정"), ("긍정", "부정"), "dev.csv")


def test_unseen_labels_are_counted_and_named():
    with pytest.raises(DataError) as caught:
        check_labels(examples_of("긍정", "긍전", *["중립"] * 7, None), ("긍정", "부정"), "dev.csv")
    message = str(caught.value)
    assert "dev.csv: 9 example(s) with 3 unknown label(s)" in message and "'긍정', '부정'" in message
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
