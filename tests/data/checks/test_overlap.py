"""Texts of one dataset in another."""

from malmoi.data.checks import check_overlap
from malmoi.data.examples import Dataset, TextExample


def dataset_of(source, *rows):
    return Dataset([TextExample(text, label=label, row=i) for i, (text, label) in enumerate(rows, 2)], source)


TRAIN = dataset_of("train.csv", ("가", "1"), ("나", "0"), ("다", "1"))


def test_overlap():
    report = check_overlap(dataset_of("dev.csv", ("라", "1"), ("나", "1"), ("가", "1")), TRAIN)
    assert (report.source, report.other, report.num_rows, report.num_contradicting) == ("dev.csv", "train.csv", 2, 1)
    assert [(text.row, text.other_row, text.contradicts) for text in report.rows] == [(3, 3, True), (4, 2, False)]
    assert report.num_near is None and report.near_rows == ()


def test_near_overlap_counts_further_rows():
    report = check_overlap(dataset_of("dev.csv", ("가", "1"), ("가!", "1"), ("라", "1")), TRAIN, near=True)
    assert (report.num_rows, report.num_near) == (1, 1) and report.near_rows[0].row == 3


def test_a_label_on_one_side_only_contradicts_nothing():
    assert check_overlap(dataset_of("dev.txt", ("가", None)), TRAIN).num_contradicting == 0
    assert check_overlap(TRAIN, dataset_of("dev.txt", ("가", None))).num_contradicting == 0


def test_nothing_shared():
    report = check_overlap(TRAIN, dataset_of("x", ("마", "1")), near=True)
    assert (report.num_rows, report.num_near) == (0, 0)
