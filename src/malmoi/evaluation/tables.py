"""Header and cells of the tables that the terminal and the report both show."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.evaluation.names import percent
from malmoi.messages import say
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.regression import ScoreBin

Cells = tuple[list[str], list[list[str]]]


def class_cells(rows: Sequence[ClassRow]) -> Cells:
    """Return the header and one row of cells per class; the threshold only where classes have one, "–" for a share of nothing.

    >>> from malmoi.messages import set_language; set_language("en")
    >>> class_cells([ClassRow("욕설", 0.5, 1.0, 2 / 3, 1, 2, threshold=0.31)])[1]
    [['욕설', '50.0 %', '100 %', '66.7 %', '1', '2', '0.31']]
    >>> set_language(None)
    """
    header = [say("클래스", "class"), say("정밀도", "precision"), say("재현율", "recall"), "F1"]
    header += [say("정답 수", "gold"), say("예측 수", "predicted")]
    cells = [
        [
            r.label,
            share_of(r.precision, r.predicted),
            share_of(r.recall, r.support),
            share_of(r.f1, r.predicted + r.support),
            f"{r.support:,}",
            f"{r.predicted:,}",
        ]
        for r in rows
    ]
    if any(row.threshold is not None for row in rows):
        header.append(say("문턱값", "threshold"))
        cells = [
            [*own, "-" if row.threshold is None else f"{row.threshold:.2g}"]
            for own, row in zip(cells, rows, strict=True)
        ]
    return header, cells


def share_of(value: float, of: int) -> str:
    """Return a share of `of` cases as percent; of none it is a dash.

    >>> share_of(0.5, 4), share_of(0.0, 0)
    ('50.0 %', '–')
    """
    return percent(value) if of else "–"


def score_bin_cells(bins: Sequence[ScoreBin]) -> Cells:
    """Return the header and one row of cells per bin of gold scores."""
    header = [say("정답 점수", "gold score"), say("개수", "count"), say("평균 정답", "mean gold")]
    header += [say("평균 예측", "mean prediction"), say("평균 오차", "mean error")]
    cells = [
        [f"{b.low:g}~{b.high:g}", f"{b.count:,}", f"{b.gold:.2f}", f"{b.predicted:.2f}", f"{b.mae:.2f}"] for b in bins
    ]
    return header, cells
