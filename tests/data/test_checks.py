"""The data report counts what is there, and nothing else."""

import json
import random
import time

from malmoi.data.checks import MAX_LISTED, check_dataset, check_overlap
from malmoi.data.examples import Dataset, TextExample
from malmoi.messages import set_language


def dataset_of(*rows, source="a.csv"):
    return Dataset([TextExample(text, label=label, row=i) for i, (text, label) in enumerate(rows, 2)], source)


def test_counts():
    report = check_dataset(
        dataset_of(
            ("가", "1"), ("가", "1"), ("가", "0"), ("나\x07", "1"), ("\u1100\u1161", "1"), ("\ufffd", "0"), (" ", "0")
        )
    )
    assert report.num_rows == 7 and report.labels == {"0": 3, "1": 4}
    assert (report.num_duplicates, report.num_contradictions, report.num_empty) == (2, 1, 1)
    assert (report.num_control, report.num_not_nfc, report.num_replacement) == (1, 1, 1)
    found = report.contradictions[0]
    assert (found.text, set(found.rows), found.labels) == ("가", {2, 3, 4}, ("0", "1"))
    assert json.loads(json.dumps(report.to_dict()))["contradictions"][0]["text"] == "가"
    assert any("lines 2, 4, 3 (0, 1)" in line for line in report.lines())


def test_a_clean_dataset_has_no_warnings():
    rows = [(f"글 {i}", str(i % 2)) for i in range(40)]
    report = check_dataset(dataset_of(*rows))
    assert report.warnings == [] and report.num_duplicates == 0 and report.contradictions == ()


def test_lengths_count_characters_of_both_texts():
    report = check_dataset(Dataset([TextExample("가" * n) for n in range(1, 101)] + [TextExample("가", "나" * 200)]))
    size = report.lengths
    assert (size.min, size.median, size.max) == (1, 51.0, 201) and size.p95 == 96 and abs(size.mean - 51.99) < 0.01
    assert report.labels == {}


def test_pairs_with_another_second_text_are_no_duplicates():
    examples = [TextExample("가", "나", "0"), TextExample("가", "다", "1"), TextExample("가", "나", "0")]
    report = check_dataset(Dataset(examples))
    assert report.num_duplicates == 1 and report.num_contradictions == 0


def test_label_warnings():
    rows = [(f"글 {i}", "긍정") for i in range(100)] + [(f"말 {i}", "부정") for i in range(9)]
    warnings = " ".join(check_dataset(dataset_of(*rows)).warnings)
    assert "imbalanced: 100 of '긍정', 9 of '부정'" in warnings and "fewer than 10 examples: '부정'" in warnings
    assert "only one label" in " ".join(check_dataset(dataset_of(("가", "1"))).warnings)


def test_a_cut_list_still_shows_the_contradiction():
    rows = [("가", "1")] * (2 * MAX_LISTED) + [("가", "0")]
    assert check_dataset(dataset_of(*rows)).contradictions[0].rows[:2] == (2, 2 + 2 * MAX_LISTED)


def test_overlap():
    train = dataset_of(("가", "1"), ("나", "0"), ("다", "1"), source="train.csv")
    dev = dataset_of(("라", "1"), ("나", "1"), ("가", "1"), source="dev.csv")
    report = check_overlap(dev, train)
    assert (report.num_rows, report.num_contradicting, report.rows) == (2, 1, ((3, 3), (4, 2)))
    assert "2 row(s) of dev.csv also stand in train.csv (1 with another label)" in report.lines()[0]
    assert check_overlap(dev, dataset_of(("마", "1"))).num_rows == 0


def test_korean_lines():
    set_language("ko")
    lines = check_dataset(dataset_of(("가", "1"), ("가", "0"))).lines()
    assert any(line.startswith("주의: 같은 글에 다른 라벨") for line in lines)


def test_time_is_linear():
    random.seed(7)
    rows = [("같은 글" if i % 3 else f"글 {random.random()}", str(i % 2)) for i in range(150_000)]
    data = dataset_of(*rows)
    start = time.perf_counter()
    report = check_dataset(data)
    assert report.num_duplicates == 99_999 and time.perf_counter() - start < 5  # 0.3 s when nothing else runs
