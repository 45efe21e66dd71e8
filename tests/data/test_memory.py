"""Python objects of every accepted kind become the same examples."""

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import Dataset, TextExample
from malmoi.data.memory import from_memory
from malmoi.errors import DataError

EXPECTED = [("재밌어요", "1"), ("지루해요", "0")]


class PandasLike:
    """What is used of a pandas frame."""

    columns = ("리뷰", "감정")

    def to_dict(self, orient):
        assert orient == "records"
        return [{"리뷰": text, "감정": float(label)} for text, label in EXPECTED]


class PolarsLike:
    """What is used of a polars frame."""

    columns = ("리뷰", "감정")

    def to_dicts(self):
        return [{"리뷰": text, "감정": int(label)} for text, label in EXPECTED]


@pytest.mark.parametrize(
    "data",
    [
        EXPECTED,
        [list(row) for row in EXPECTED],
        [{"document": text, "label": label} for text, label in EXPECTED],
        [TextExample(text, label=label) for text, label in EXPECTED],
        (row for row in EXPECTED),
        PandasLike(),
        PolarsLike(),
    ],
    ids=["tuples", "lists", "dicts", "examples", "generator", "pandas", "polars"],
)
def test_every_kind_reads_the_same(data):
    dataset = from_memory(data)
    assert [(example.text, example.label) for example in dataset] == EXPECTED
    assert {example.row for example in dataset} == {0} and dataset.fingerprint == ""


def test_pairs_ids_columns_and_datasets():
    pairs = from_memory([("전제", "가설", "함의")])
    assert pairs.examples == [TextExample("전제", "가설", "함의")]
    chosen = from_memory([{"x": "가", "y": "1", "label": "딴것"}], Columns(text="x", label="y"))
    assert chosen.examples == [TextExample("가", label="1")]
    assert from_memory(pairs) is pairs and isinstance(pairs, Dataset)
    assert from_memory([TextExample("가", label="1", id="a7")]).examples[0].id == "a7"


def test_unlabelled_strings():
    assert [e.text for e in from_memory(["가", "나"], labelled=False)] == ["가", "나"]
    with pytest.raises(DataError, match="which column is the label"):
        from_memory(["가", "나"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "empty"),
        ("그냥 글", "expected a list"),
        ([("가", "1"), ("나", None)], "item 2, column 'label': empty"),
        ([("가", "1"), 7], "item 2: must be"),
        ([("가", "1"), ("", "1")], "item 2, column 'text': empty"),
        ([("가", "1"), ("\ud800", "1")], "item 2, column 'text': holds a lone surrogate"),
        ([("가", "1"), ({"글": 1}, "1")], "item 2, column 'text': neither"),
    ],
)
def test_errors_name_the_item(data, message):
    with pytest.raises(DataError, match=message):
        from_memory(data)
