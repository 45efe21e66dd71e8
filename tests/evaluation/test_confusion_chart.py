import re

import numpy as np

from malmoi.evaluation.confusion_chart import MAX_LABELS, confusion_chart, confusion_section, top_confusions

CONFUSION = np.array([[6, 2], [1, 3]])


def test_cells_say_count_and_share_of_the_gold_label():
    svg = confusion_chart(CONFUSION, ["부정", "긍정"])
    cells = re.findall(r"<title>([^<]+ → [^<]+)</title>", svg)
    assert cells == [
        "부정 → 부정: 6 (75.0 %)",
        "부정 → 긍정: 2 (25.0 %)",
        "긍정 → 부정: 1 (25.0 %)",
        "긍정 → 긍정: 3 (75.0 %)",
    ]


def test_gold_runs_down_and_predicted_across():
    svg = confusion_chart(CONFUSION, ["부정", "긍정"])
    boxes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"', svg)
    (x0, y0), (x1, y1), (x2, y2), _ = [(float(x), float(y)) for x, y in boxes]
    assert x1 > x0 and y1 == y0  # the other prediction: to the right
    assert x2 == x0 and y2 > y0  # the other gold label: below


def test_everything_lies_inside_the_picture():
    labels = ["짧음", "아주 길고 긴 라벨의 이름이라 도무지 다 보일 수가 없는 것", "IT과학"]
    svg = confusion_chart(np.ones((3, 3), dtype=int), labels)
    width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    for x, y, w, h in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg):
        assert float(x) + float(w) <= width and float(y) + float(h) <= height
    assert labels[1] in svg and "…" in svg  # whole in the title, cut in the picture


def test_top_confusions_leave_out_hits_and_zeros():
    confusion = np.array([[9, 0, 2], [5, 9, 0], [0, 0, 9]])
    assert top_confusions(confusion) == [(1, 0), (0, 2)]
    assert top_confusions(confusion, k=1) == [(1, 0)]
    assert "가장 잦은 혼동" in confusion_section(confusion, ["가", "나", "다"])
    assert "가장 잦은 혼동" not in confusion_section(np.diag([3, 3, 3]), ["가", "나", "다"])


def test_many_labels_are_put_together():
    n = MAX_LABELS + 200
    confusion = np.diag(np.full(n, 5))
    confusion[7, 3], confusion[200, 201] = 4, 2
    labels = [f"라벨 {i}" for i in range(n)]
    page = confusion_section(confusion, labels)
    assert len(page) < 1_500_000 and page.count("<rect") == (MAX_LABELS + 1) ** 2
    assert (
        "라벨 7 → 라벨 3: 4" in page and "라벨 200 → 라벨 201: 2" in page and "그 밖 200개 → 그 밖 200개: 1,000" in page
    )
