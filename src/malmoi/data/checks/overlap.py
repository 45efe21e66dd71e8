"""Texts of one dataset that also stand in another: training data must not know the exam.

>>> from malmoi.data.examples import TextExample
>>> train, exam = [TextExample("재밌어요", row=2)], [TextExample("재밌어요!", row=5)]
>>> check_overlap(Dataset(exam), Dataset(train)).num_rows, check_overlap(Dataset(exam), Dataset(train), near=True).num_near
(0, 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.data.checks.copies import MAX_LISTED
from malmoi.data.checks.keys import KeyOf, TextKey, exact_key, near_key, row_of
from malmoi.data.examples import Dataset, Example


@dataclass(frozen=True, slots=True)
class SharedText:
    """A text of both datasets, its row here and its first row there, and whether the label differs."""

    text: str
    row: int
    other_row: int
    contradicts: bool


@dataclass(frozen=True, slots=True)
class OverlapReport:
    """How many rows of `source` also stand in `other`, and how many of them with another label only.

    `num_near` counts further rows that are the same but for case, spacing, punctuation and repeats (None: not looked for).
    `rows` and `near_rows` list the first `MAX_LISTED`.
    """

    source: str
    other: str
    num_rows: int
    num_contradicting: int
    rows: tuple[SharedText, ...]
    num_near: int | None = None
    near_rows: tuple[SharedText, ...] = ()


def check_overlap(dataset: Dataset, other: Dataset, *, near: bool = False) -> OverlapReport:
    """Return which rows of `dataset` have exactly a text (and pair) of `other`; with `near`, which ones nearly."""
    shared = find_shared(dataset.examples, other.examples, exact_key)
    found = list(shared.values())
    num_contradicting = sum(text.contradicts for text in found)
    report = OverlapReport(dataset.source, other.source, len(found), num_contradicting, tuple(found[:MAX_LISTED]))
    if not near:
        return report
    nearly = find_shared(dataset.examples, other.examples, near_key)
    further = [text for i, text in nearly.items() if i not in shared]
    return OverlapReport(
        source=report.source,
        other=report.other,
        num_rows=report.num_rows,
        num_contradicting=report.num_contradicting,
        rows=report.rows,
        num_near=len(further),
        near_rows=tuple(further[:MAX_LISTED]),
    )


def find_shared(examples: Sequence[Example], others: Sequence[Example], key: KeyOf) -> dict[int, SharedText]:
    """Return the 0-based positions of the examples whose key stands among `others`, and where."""
    there: dict[TextKey, tuple[int, set[str | None]]] = {}
    for i, example in enumerate(others):
        there.setdefault(key(example), (row_of(example, i), set()))[1].add(example.target)
    shared = {}
    for i, example in enumerate(examples):
        if (found := there.get(key(example))) is not None:
            row, targets = found
            contradicts = None not in (example.target, *targets) and example.target not in targets
            shared[i] = SharedText(example.text, row_of(example, i), row, contradicts)
    return shared
