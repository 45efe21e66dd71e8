"""Lengths of texts, and which ones stand out."""

from malmoi.data.checks.lengths import characters, eojeols, lengths
from malmoi.data.examples import TextExample


def test_characters_of_both_texts():
    examples = [TextExample("가" * n) for n in range(1, 101)] + [TextExample("가", "나" * 200)]
    size = lengths(examples, characters)
    assert (size.min, size.median, size.max) == (1, 51.0, 201) and size.p95 == 96 and abs(size.mean - 51.99) < 0.01


def test_outliers_on_both_sides_are_named_by_row():
    usual = [TextExample(f"{i:030d}", row=i) for i in range(10, 300)]
    odd = [TextExample("가", row=300), TextExample("나" * 3000, row=301), TextExample("나" * 3000, row=302)]
    size = lengths([*usual, *odd], characters)
    assert size.num_outliers == 3
    assert [(outlier.row, outlier.length) for outlier in size.outliers] == [(301, 3000), (300, 1)]


def test_a_length_that_many_texts_share_is_not_unusual():
    examples = [TextExample("가")] * 20 + [TextExample("나 " * 10 + "다" * (i % 5)) for i in range(180)]
    assert lengths(examples, characters).num_outliers == 0
    assert lengths([*examples[19:], TextExample("라" * 4000)], characters).num_outliers == 2


def test_eojeols():
    size = lengths([TextExample("배우 연기 최고"), TextExample("", "지루해요"), TextExample("  ")], eojeols)
    assert (size.min, size.max, size.mean) == (0, 3, 1.33)


def test_texts_of_one_length_have_no_outliers():
    assert lengths([TextExample("가나다")] * 50, characters).num_outliers == 0
    assert lengths([], characters).num_outliers == 0
