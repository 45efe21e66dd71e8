"""The data report counts what is there, and nothing else."""

import json
import random
import time

from malmoi.data.checks import check_dataset
from malmoi.data.examples import Dataset, TextExample


def dataset_of(*rows, source="a.csv"):
    return Dataset([TextExample(text, label=label, row=i) for i, (text, label) in enumerate(rows, 2)], source)


def counts(report):
    return {label: share.count for label, share in report.balance.labels.items()}


def test_counts_and_rows():
    report = check_dataset(
        dataset_of(
            ("가", "1"), ("가", "1"), ("가", "0"), ("나\x07", "1"), ("\u1100\u1161", "1"), ("\ufffd", "0"), (" ", "0")
        )
    )
    assert report.num_rows == 7 and counts(report) == {"0": 3, "1": 4}
    assert report.balance.labels["1"].share == 4 / 7
    assert report.duplicates.num_rows == 2
    assert (report.empty.rows, report.control.rows, report.not_nfc.rows, report.replacement.rows) == (
        (8,),
        (5,),
        (6,),
        (7,),
    )
    assert "1 text(s) not in NFC (decomposed jamo): lines 6." in report.warnings
    assert json.loads(json.dumps(report.to_dict()))["duplicates"]["contradictions"][0]["text"] == "가"


def test_a_clean_dataset_has_no_warnings():
    report = check_dataset(dataset_of(*[(f"글 {i}", str(i % 2)) for i in range(40)]))
    assert report.warnings == [] and report.duplicates.num_rows == report.near_duplicates.num_rows == 0


def test_nothing_at_all():
    report = check_dataset(Dataset([]))
    assert report.num_rows == 0 and report.characters.max == 0 and report.warnings == []


def test_label_warnings():
    rows = [(f"글 {i}", "긍정") for i in range(100)] + [(f"말 {i}", "부정") for i in range(9)]
    warnings = " ".join(check_dataset(dataset_of(*rows)).warnings)
    assert "imbalanced: 100 of '긍정', 9 of '부정'" in warnings and "fewer than 10 examples: '부정'" in warnings
    assert "only one label" in " ".join(check_dataset(dataset_of(("가", "1"))).warnings)


def test_rows_without_a_label_are_counted_beside_labelled_ones():
    report = check_dataset(dataset_of(("가", "1"), ("나", "0"), ("다", None)))
    assert report.balance.num_unlabelled == 1 and "1 row(s) without a label." in report.warnings
    assert not any("without" in line for line in check_dataset(dataset_of(("가", None))).warnings)


def test_time_is_linear():
    random.seed(7)
    rows = [("같은 글" if i % 3 else f"글 {random.random()}", str(i % 2)) for i in range(150_000)]
    data = dataset_of(*rows)
    start = time.process_time()
    assert check_dataset(data).duplicates.num_rows == 99_999 and time.process_time() - start < 20  # usually 1
