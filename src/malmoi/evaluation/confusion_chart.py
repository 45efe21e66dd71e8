"""The confusion matrix as a chart: one cell per (gold, predicted) pair, with its count and its share of the gold label.

Right answers are blue and on the diagonal, errors orange and off it; every cell carries its number, so that nothing
rests on colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from malmoi.evaluation.markup import Html, details, element, join, table
from malmoi.evaluation.names import percent
from malmoi.evaluation.svg import shorten, text_width
from malmoi.messages import say

MAX_LABELS = 30  # in the chart and the table behind it; the other labels are one
_LABEL_SIZE, _LABEL_WIDTH = 13.0, 132.0


@dataclass(frozen=True, slots=True)
class _Cell:
    """Width and height of a cell in pixels, its font size, and whether the share stands below the count."""

    width: float
    height: float
    size: float
    with_share: bool


def confusion_section(confusion: np.ndarray, labels: Sequence[str]) -> Html:
    """Return the chart, the most frequent confusions and the table behind, for int counts with gold labels in rows.

    Of more than `MAX_LABELS` labels the chart and the table show those with most errors, and the others together.
    """
    pairs = _confusions_table(confusion, labels, top_confusions(confusion)) if len(labels) > 2 else None
    note = say(
        "행은 정답, 열은 예측입니다. 백분율은 그 정답(행) 가운데의 몫입니다.",
        "Rows are the gold labels, columns the predictions; percentages are shares of the row.",
    )
    if len(labels) > MAX_LABELS:
        note += say(
            f" 라벨 {len(labels):,}개 가운데 틀린 것이 많은 {MAX_LABELS}개이고, 나머지는 하나로 묶었습니다.",
            f" Of {len(labels):,} labels the {MAX_LABELS} with most errors; the others are put together.",
        )
        confusion, labels = _most_confused(confusion, labels)
    chart, name = confusion_chart(confusion, labels), say("혼동 행렬", "Confusion matrix")
    parts = [
        element("div", chart, class_="scroll", tabindex="0", role="region", aria_label=name),
        element("p", note, class_="note"),
    ]
    if pairs is not None:
        parts.append(pairs)
    header = [say("정답 \\ 예측", "gold \\ predicted"), *labels]
    rows = [[label, *(f"{count:,}" for count in row)] for label, row in zip(labels, confusion.tolist(), strict=True)]
    caption = say("혼동 행렬 (개수)", "Confusion matrix (counts)")
    behind = table(header, rows, caption, numbers=range(1, len(labels) + 1))
    return join([*parts, details(say("숫자로 보기", "Show the numbers"), behind)])


def _most_confused(confusion: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Return the matrix of the `MAX_LABELS` labels with most errors, in their order, and one of all others at the end."""
    errors = confusion.sum(axis=0) + confusion.sum(axis=1) - 2 * np.diagonal(confusion)
    kept = np.sort(np.argsort(-errors, kind="stable")[:MAX_LABELS])
    group = np.full(len(labels), MAX_LABELS)
    group[kept] = np.arange(MAX_LABELS)
    small = np.zeros((MAX_LABELS + 1, MAX_LABELS + 1), dtype=confusion.dtype)
    np.add.at(small, (group[:, None], group[None, :]), confusion)
    others = len(labels) - MAX_LABELS
    return small, [*(labels[i] for i in kept), say(f"그 밖 {others:,}개", f"{others:,} others")]


def top_confusions(confusion: np.ndarray, k: int = 8) -> list[tuple[int, int]]:
    """Return the `k` most frequent (gold, predicted) pairs of different labels, most frequent first.

    >>> top_confusions(np.array([[5, 1, 0], [3, 4, 0], [0, 0, 2]]))
    [(1, 0), (0, 1)]
    """
    errors = confusion - np.diag(np.diagonal(confusion))
    order = np.argsort(-errors, axis=None, kind="stable")[:k]
    return [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, errors.shape), strict=True) if errors[i, j]]


def confusion_chart(confusion: np.ndarray, labels: Sequence[str]) -> Html:
    """Return the SVG, as large as its labels need: it scrolls on a narrow screen and shrinks on paper."""
    cell = _cell(len(labels))
    left = min(max(text_width(label, _LABEL_SIZE) for label in labels), _LABEL_WIDTH) + 12
    left = max(left, 44.0)
    slanted = max(text_width(label, _LABEL_SIZE) for label in labels) > cell.width - 8
    top = 26 + (left * 0.72 + 8 if slanted else 22)
    width = left + cell.width * len(labels) + (left * 0.6 if slanted else 2)
    height = top + cell.height * len(labels) + 2
    totals = np.maximum(confusion.sum(axis=1), 1)
    cells = [
        _draw_cell(cell, labels, (i, j), int(confusion[i, j]), float(confusion[i, j] / totals[i]), (left, top))
        for i in range(len(labels))
        for j in range(len(labels))
    ]
    return element(
        "svg",
        element("text", say("예측 →", "predicted →"), x=left, y="14", class_="tick"),
        element("text", say("정답 ↓", "gold ↓"), x=left - 10, y="14", text_anchor="end", class_="tick"),
        *_row_labels(labels, cell, left, top),
        *_column_labels(labels, cell, left, top, slanted),
        *cells,
        class_="matrix",
        role="img",
        aria_label=say("혼동 행렬", "Confusion matrix"),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=round(width),
        height=round(height),
    )


def _cell(num_labels: int) -> _Cell:
    if num_labels <= 3:
        return _Cell(84, 64, 17, True)
    if num_labels <= 8:
        return _Cell(66, 48, 14, True)
    if num_labels <= 16:
        return _Cell(52, 40, 12, True)
    return _Cell(34, 26, 10.5, False)


def _draw_cell(
    cell: _Cell, labels: Sequence[str], at: tuple[int, int], count: int, share: float, origin: tuple[float, float]
) -> Html:
    gold, predicted = at
    x, y = origin[0] + predicted * cell.width, origin[1] + gold * cell.height
    middle, centre = x + cell.width / 2, y + cell.height / 2
    kind = "hit" if gold == predicted else "miss"
    strength = share if gold == predicted else share**0.5  # errors are rare: let the frequent ones stand out
    gap = 1.5 if cell.with_share else 0.75
    box = element(
        "rect",
        x=x + gap,
        y=y + gap,
        width=cell.width - 2 * gap,
        height=cell.height - 2 * gap,
        rx=4.0 if cell.with_share else 2.0,
        class_=kind,
        fill_opacity=f"{0.07 + 0.93 * strength:.3f}" if count else "0.04",
    )
    title = element("title", f"{labels[gold]} → {labels[predicted]}: {count:,} ({percent(share)})")
    number = f"{count:,}" if cell.with_share or count < 10_000 else f"{count / 1000:.0f}k"
    texts = [element("text", number, x=middle, y=centre, dy="0.35em", font_size=cell.size, class_="count")]
    if not count:
        texts = [element("text", "0" if cell.with_share else "·", x=middle, y=centre, dy="0.35em", class_="count zero")]
    elif cell.with_share:
        texts = [
            element("text", number, x=middle, y=centre - 2, font_size=cell.size, class_="count"),
            element("text", percent(share), x=middle, y=centre + cell.size - 1, font_size=11.0, class_="count share"),
        ]
    return element("g", title, box, *texts)


def _row_labels(labels: Sequence[str], cell: _Cell, left: float, top: float) -> list[Html]:
    return [
        element(
            "text",
            element("title", label),
            shorten(label, _LABEL_WIDTH, _LABEL_SIZE),
            x=left - 10,
            y=top + (i + 0.5) * cell.height,
            dy="0.35em",
            text_anchor="end",
            class_="label",
        )
        for i, label in enumerate(labels)
    ]


def _column_labels(labels: Sequence[str], cell: _Cell, left: float, top: float, slanted: bool) -> list[Html]:
    texts = []
    for j, label in enumerate(labels):
        x, y = left + (j + 0.5) * cell.width, top - 8
        turn = {"transform": f"rotate(-45 {x:.1f} {y:.1f})"} if slanted else {}
        shown = shorten(label, _LABEL_WIDTH, _LABEL_SIZE)
        anchor = "start" if slanted else "middle"
        texts.append(
            element("text", element("title", label), shown, x=x, y=y, text_anchor=anchor, class_="label", **turn)
        )
    return texts


def _confusions_table(confusion: np.ndarray, labels: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Html | None:
    if not pairs:
        return None
    rows = [
        [
            labels[gold],
            labels[predicted],
            f"{confusion[gold, predicted]:,}",
            percent(confusion[gold, predicted] / max(confusion[gold].sum(), 1)),
        ]
        for gold, predicted in pairs
    ]
    header = [say("정답", "gold"), say("예측", "predicted"), say("개수", "count"), say("정답 중", "of gold")]
    return table(header, rows, say("가장 잦은 혼동", "Most frequent confusions"), numbers=(2, 3))
