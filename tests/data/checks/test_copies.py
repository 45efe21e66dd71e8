"""Copies, near copies and the labels they carry."""

from malmoi.data.checks.copies import MAX_LISTED, find_copies, find_near_copies
from malmoi.data.examples import TextExample


def rows(*texts):
    return [TextExample(text, label=label, row=i) for i, (text, label) in enumerate(texts, 2)]


def test_copies_with_their_labels():
    report = find_copies(rows(("가", "1"), ("나", "0"), ("가", "1"), ("가", "0"), ("나", "0")))
    assert (report.num_rows, report.num_texts, report.num_contradictions) == (3, 2, 1)
    (found,) = report.contradictions
    assert (found.text, found.num_rows, found.rows, found.labels) == ("가", 3, (2, 5, 4), {"1": 2, "0": 1})
    assert [group.text for group in report.groups] == ["가", "나"]


def test_near_copies_leave_exact_ones_out():
    report = find_near_copies(rows(("가요", "1"), ("가요", "0"), ("가요!", "1"), ("가 요", "0"), ("나", "1")))
    assert (report.num_rows, report.num_texts, report.num_contradictions) == (2, 1, 1)
    assert report.groups[0].rows == (2, 5, 4)


def test_pairs_with_another_second_text_are_no_copies():
    examples = [TextExample("가", "나", "0"), TextExample("가", "다", "1"), TextExample("가", "나", "0")]
    report = find_copies(examples)
    assert report.num_rows == 1 and report.num_contradictions == 0
    assert report.groups[0].rows == (1, 3)  # positions, when there are no lines


def test_a_cut_list_still_shows_the_contradiction():
    found = find_copies(rows(*[("가", "1")] * (2 * MAX_LISTED), ("가", "0"))).contradictions[0]
    assert found.rows[:2] == (2, 2 + 2 * MAX_LISTED) and len(found.rows) == MAX_LISTED


def test_several_labels_in_another_order_do_not_contradict():
    examples = [TextExample("가", labels=("욕설", "비하")), TextExample("가", labels=("비하", "욕설"))]
    assert find_copies(examples).num_contradictions == 0
    assert find_copies([*examples, TextExample("가", labels=())]).num_contradictions == 1


def test_scores_contradict_when_they_lie_far_apart():
    near = [TextExample("가", score=4.9), TextExample("가", score=5.0), TextExample("나", score=0.0)]
    assert find_copies(near).num_contradictions == 0
    assert find_copies([*near, TextExample("나", score=1.0)]).num_contradictions == 1


def test_an_unlabelled_copy_contradicts_nothing():
    assert find_copies(rows(("가", "1"), ("가", None))).num_contradictions == 0
