"""What is in a dataset, and what will hurt training: the report of `malmoi data check`. Linear time.

>>> from malmoi.messages import set_language; set_language("ko")
>>> data = Dataset([TextExample("재밌어요", label="긍정", row=2), TextExample("재밌어요", label="부정", row=3)])
>>> check_dataset(data).warnings[0]
'같은 글에 다른 라벨이 붙은 것이 1종 있습니다: 2, 3번째 줄 (긍정, 부정).'
>>> set_language(None)
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from malmoi.config import to_dict
from malmoi.data.examples import Dataset, TextExample
from malmoi.data.labels import label_set
from malmoi.messages import say

IMBALANCE = 10  # times as many examples of the commonest as of the rarest label
FEW = 10  # examples of one label
MAX_LISTED = 20
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths in characters (a pair counts both texts)."""

    min: int
    median: float
    mean: float
    p95: float
    max: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One text with several labels: physical lines (or 1-based positions) and the labels there, at most `MAX_LISTED`."""

    text: str
    rows: tuple[int, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverlapReport:
    """Texts of one dataset that also stand in another; `rows` are (row here, row there), at most `MAX_LISTED`."""

    source: str
    other: str
    num_rows: int
    num_contradicting: int
    rows: tuple[tuple[int, int], ...]

    def lines(self) -> list[str]:
        """The report as sentences in the user's language."""
        if not self.num_rows:
            return [say(f"{self.other} 과(와) 겹치는 글이 없습니다.", f"no text is shared with {self.other}.")]
        shown = ", ".join(f"{here}↔{there}" for here, there in self.rows[:5])
        return [
            say(
                f"{self.source} 의 {self.num_rows:,}개 행이 {self.other} 에도 있습니다 "
                f"(그중 라벨이 다른 것 {self.num_contradicting:,}개). 예: {shown}",
                f"{self.num_rows:,} row(s) of {self.source} also stand in {self.other} "
                f"({self.num_contradicting:,} with another label). For example {shown}",
            )
        ]


@dataclass(frozen=True)
class DataReport:
    """Counts over a dataset; see `warnings` for what should be looked at and `lines` for people.

    `num_duplicates` counts rows beyond the first of each (text, pair), whatever their labels; `num_contradictions`
    counts distinct texts with several labels, of which `contradictions` lists the first `MAX_LISTED`.
    """

    source: str
    num_rows: int
    num_skipped: int
    labels: dict[str, int]
    lengths: Lengths
    num_empty: int
    num_duplicates: int
    num_contradictions: int
    contradictions: tuple[Contradiction, ...]
    num_control: int
    num_not_nfc: int
    num_replacement: int
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What may hurt training, in the user's language."""
        return [*_contradiction_warning(self), *_count_warnings(self), *_label_warnings(self.labels)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, `warnings` included."""
        return to_dict(self) | {"warnings": self.warnings}

    def lines(self) -> list[str]:
        """The report as lines for people, warnings last."""
        n = max(1, self.num_rows)
        size = self.lengths
        lines = [
            say(f"{self.source}: {self.num_rows:,}행", f"{self.source}: {self.num_rows:,} rows"),
            *self.notes,
            say(
                f"길이(글자): 최소 {size.min}, 중앙값 {size.median:g}, 평균 {size.mean:.1f}, 95% {size.p95:g}, 최대 {size.max}",
                f"length (characters): min {size.min}, median {size.median:g}, mean {size.mean:.1f}, "
                f"95% {size.p95:g}, max {size.max}",
            ),
        ]
        for label, number in self.labels.items():
            lines.append(say("라벨", "label") + f" {label}: {number:,} ({100 * number / n:.1f} %)")
        return lines + [say("주의: ", "warning: ") + warning for warning in self.warnings]


def check_dataset(dataset: Dataset) -> DataReport:
    """Return the report on a dataset; examples without a row are named by their 1-based position."""
    examples = dataset.examples
    counts = Counter(example.label for example in examples if example.label is not None)
    contradictions, num_duplicates = _repeated(examples)
    texts = [example.text if example.pair is None else f"{example.text}\n{example.pair}" for example in examples]
    return DataReport(
        source=dataset.source,
        num_rows=len(examples),
        num_skipped=dataset.skipped,
        labels={label: counts[label] for label in label_set(examples)},
        lengths=_lengths(examples),
        num_empty=sum(not example.text.strip() for example in examples),
        num_duplicates=num_duplicates,
        num_contradictions=len(contradictions),
        contradictions=tuple(contradictions[:MAX_LISTED]),
        num_control=sum(_CONTROL.search(text) is not None for text in texts),
        num_not_nfc=sum(not unicodedata.is_normalized("NFC", text) for text in texts),
        num_replacement=sum("\ufffd" in text for text in texts),
        notes=dataset.notes,
    )


def check_overlap(dataset: Dataset, other: Dataset) -> OverlapReport:
    """Return which rows of `dataset` have exactly a text (and pair) of `other`: training data must not know the exam."""
    there: dict[tuple[str, str | None], tuple[int, set[str | None]]] = {}
    for i, example in enumerate(other.examples, 1):
        there.setdefault((example.text, example.pair), (example.row or i, set()))[1].add(example.label)
    rows: list[tuple[int, int]] = []
    num_contradicting = 0
    for i, example in enumerate(dataset.examples, 1):
        found = there.get((example.text, example.pair))
        if found is not None:
            rows.append((example.row or i, found[0]))
            num_contradicting += example.label not in found[1]
    return OverlapReport(dataset.source, other.source, len(rows), num_contradicting, tuple(rows[:MAX_LISTED]))


def _lengths(examples: list[TextExample]) -> Lengths:
    sizes = np.array([len(example.text) + len(example.pair or "") for example in examples] or [0])
    median, p95 = np.percentile(sizes, [50, 95])
    return Lengths(int(sizes.min()), float(median), float(sizes.mean()), float(p95), int(sizes.max()))


def _repeated(examples: list[TextExample]) -> tuple[list[Contradiction], int]:
    """Return the texts with several labels and the number of rows beyond the first of their text."""
    first: dict[tuple[str, str | None], int] = {}
    copies: dict[tuple[str, str | None], list[int]] = {}
    for i, example in enumerate(examples):
        key = (example.text, example.pair)
        if first.setdefault(key, i) != i:
            copies.setdefault(key, [first[key]]).append(i)
    contradictions = []
    for (text, _), positions in copies.items():
        labels = label_set(examples[i] for i in positions)
        if len(labels) > 1:
            rows = tuple(examples[i].row or i + 1 for i in _one_of_each(examples, positions))
            contradictions.append(Contradiction(text, rows[:MAX_LISTED], labels))
    return contradictions, sum(len(positions) - 1 for positions in copies.values())


def _one_of_each(examples: list[TextExample], positions: list[int]) -> list[int]:
    """Put the first position of every label in front, so that a cut list still shows the contradiction."""
    first: dict[str | None, int] = {}
    for i in positions:
        first.setdefault(examples[i].label, i)
    front = set(first.values())
    return [*first.values(), *(i for i in positions if i not in front)]


def _contradiction_warning(report: DataReport) -> list[str]:
    if not report.num_contradictions:
        return []
    first = report.contradictions[0]
    rows, labels = ", ".join(map(str, first.rows[:5])), ", ".join(first.labels)
    return [
        say(
            f"같은 글에 다른 라벨이 붙은 것이 {report.num_contradictions:,}종 있습니다: {rows}번째 줄 ({labels}).",
            f"{report.num_contradictions:,} text(s) carry contradicting labels: lines {rows} ({labels}).",
        )
    ]


def _count_warnings(report: DataReport) -> list[str]:
    counted = (
        (report.num_empty, "빈 글", "empty text(s)"),
        (report.num_duplicates, "앞에 나온 글과 똑같은 행", "row(s) repeat an earlier text"),
        (report.num_control, "제어 문자가 든 글", "text(s) hold control characters"),
        (report.num_not_nfc, "NFC가 아닌(자모가 풀린) 글", "text(s) are not NFC (decomposed jamo)"),
        (report.num_replacement, "깨진 글자(U+FFFD)가 든 글", "text(s) hold replacement characters (U+FFFD)"),
        (report.num_skipped, "쓸 수 없어 뺀 행", "unusable row(s) were left out"),
    )
    return [say(f"{ko} {number:,}개.", f"{number:,} {en}.") for number, ko, en in counted if number]


def _label_warnings(labels: dict[str, int]) -> list[str]:
    if not labels:
        return []
    if len(labels) == 1:
        return [say("라벨이 한 종류뿐이라 분류를 배울 수 없습니다.", "there is only one label, nothing to classify.")]
    commonest, rarest = max(labels, key=labels.__getitem__), min(labels, key=labels.__getitem__)
    warnings = []
    if labels[commonest] >= IMBALANCE * labels[rarest]:
        warnings.append(
            say(
                f"라벨이 치우쳐 있습니다: '{commonest}' {labels[commonest]:,}개, '{rarest}' {labels[rarest]:,}개. "
                "정확도 대신 macro F1 을 보세요.",
                f"labels are imbalanced: {labels[commonest]:,} of '{commonest}', {labels[rarest]:,} of '{rarest}'. "
                "Look at macro F1, not accuracy.",
            )
        )
    if few := [label for label, number in labels.items() if number < FEW]:
        names = ", ".join(f"'{label}'" for label in few[:MAX_LISTED])
        warnings.append(say(f"예가 {FEW}개 미만인 라벨: {names}.", f"labels with fewer than {FEW} examples: {names}."))
    return warnings
