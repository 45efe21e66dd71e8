"""What is in a dataset, and what will hurt training. Linear time, no model.

>>> from malmoi.messages import set_language; set_language("ko")
>>> data = Dataset([TextExample("재밌어요", label="긍정", row=2), TextExample("재밌어요", label="부정", row=3)])
>>> check_dataset(data).warnings[0]
'같은 글에 다른 라벨이 붙은 것이 1종 있습니다: 2, 3번째 줄 (긍정, 부정).'
>>> set_language(None)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from malmoi.config import to_dict
from malmoi.data.checks.balance import Balance, LabelShare, balance
from malmoi.data.checks.copies import MAX_LISTED, CopyReport, find_copies, find_near_copies
from malmoi.data.checks.keys import row_of
from malmoi.data.checks.label_column import LabelColumn, look_at_labels
from malmoi.data.checks.lengths import Lengths, characters, eojeols, lengths
from malmoi.data.examples import Dataset, TextExample
from malmoi.data.labels import list_labels
from malmoi.messages import say

IMBALANCE = 10  # times as many examples of the commonest as of the rarest label
FEW = 10  # examples of one label
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows have something in common, and the first `MAX_LISTED` of them."""

    num_rows: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class DataReport:
    """Counts over a dataset; see `warnings` for what should be looked at.

    `duplicates` are copies to the letter, whatever their labels; `near_duplicates` are different texts that differ only
    in case, spacing, punctuation and drawn-out letters.
    """

    source: str
    num_rows: int
    num_skipped: int
    balance: Balance
    label_column: LabelColumn
    characters: Lengths
    eojeols: Lengths
    duplicates: CopyReport
    near_duplicates: CopyReport
    empty: Found
    control: Found
    not_nfc: Found
    replacement: Found
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What may hurt training, in the user's language."""
        return [
            *_contradiction_warnings(self),
            *self.label_column.warnings,
            *_count_warnings(self),
            *_label_warnings(self.balance.labels),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, `warnings` included."""
        return to_dict(self) | {"warnings": self.warnings}


def check_dataset(dataset: Dataset) -> DataReport:
    """Return the report on a dataset; examples without a row are named by their 1-based position."""
    examples = dataset.examples
    texts = [example.text if example.pair is None else f"{example.text}\n{example.pair}" for example in examples]
    return DataReport(
        source=dataset.source,
        num_rows=len(examples),
        num_skipped=dataset.skipped,
        balance=balance(examples),
        label_column=look_at_labels(examples),
        characters=lengths(examples, characters),
        eojeols=lengths(examples, eojeols),
        duplicates=find_copies(examples),
        near_duplicates=find_near_copies(examples),
        empty=_found(examples, [not example.text.strip() for example in examples]),
        control=_found(examples, [_CONTROL.search(text) is not None for text in texts]),
        not_nfc=_found(examples, [not unicodedata.is_normalized("NFC", text) for text in texts]),
        replacement=_found(examples, ["\ufffd" in text for text in texts]),
        notes=dataset.notes,
    )


def _found(examples: Sequence[TextExample], is_found: Sequence[bool]) -> Found:
    rows = [row_of(examples[i], i) for i, found in enumerate(is_found) if found]
    return Found(len(rows), tuple(rows[:MAX_LISTED]))


def _contradiction_warnings(report: DataReport) -> list[str]:
    found = (
        (report.duplicates, "같은 글", "text(s)"),
        (report.near_duplicates, "거의 같은 글", "group(s) of nearly equal texts"),
    )
    warnings = []
    for copies, ko, en in found:
        if number := copies.num_contradictions:
            first = copies.contradictions[0]
            rows, labels = ", ".join(map(str, first.rows[:5])), ", ".join(first.labels)
            warnings.append(
                say(
                    f"{ko}에 다른 라벨이 붙은 것이 {number:,}종 있습니다: {rows}번째 줄 ({labels}).",
                    f"{number:,} {en} carry contradicting labels: lines {rows} ({labels}).",
                )
            )
    return warnings


def _count_warnings(report: DataReport) -> list[str]:
    counted = (
        (report.balance.num_unlabelled if report.balance.labels else 0, "라벨이 없는 행", "row(s) without a label"),
        (report.duplicates.num_rows, "앞에 나온 글과 똑같은 행", "row(s) repeat an earlier text"),
        (report.near_duplicates.num_rows, "앞에 나온 글과 거의 같은 행", "row(s) nearly repeat an earlier text"),
        (report.num_skipped, "쓸 수 없어 뺀 행", "unusable row(s) were left out"),
    )
    named = (
        (report.empty, "빈 글", "empty text(s)"),
        (report.control, "제어 문자가 든 글", "text(s) with control characters"),
        (report.not_nfc, "NFC가 아닌(자모가 풀린) 글", "text(s) not in NFC (decomposed jamo)"),
        (report.replacement, "깨진 글자(U+FFFD)가 든 글", "text(s) with replacement characters (U+FFFD)"),
    )
    warnings = [say(f"{ko} {number:,}개.", f"{number:,} {en}.") for number, ko, en in counted if number]
    for found, ko, en in named:
        if found.num_rows:
            rows = ", ".join(map(str, found.rows[:5])) + (", …" if found.num_rows > 5 else "")
            warnings.append(
                say(f"{ko} {found.num_rows:,}개: {rows}번째 줄.", f"{found.num_rows:,} {en}: lines {rows}.")
            )
    return warnings


def _label_warnings(labels: Mapping[str, LabelShare]) -> list[str]:
    if not labels:
        return []
    if len(labels) == 1:
        return [say("라벨이 한 종류뿐이라 분류를 배울 수 없습니다.", "there is only one label, nothing to classify.")]
    commonest, rarest = (choose(labels, key=lambda label: labels[label].count) for choose in (max, min))
    most, least = labels[commonest].count, labels[rarest].count
    warnings = []
    if most >= IMBALANCE * least:
        warnings.append(
            say(
                f"라벨이 치우쳐 있습니다: '{commonest}' {most:,}개, '{rarest}' {least:,}개. 정확도 대신 macro F1 을 보세요.",
                f"labels are imbalanced: {most:,} of '{commonest}', {least:,} of '{rarest}'. Look at macro F1, not accuracy.",
            )
        )
    if few := [label for label, share in labels.items() if share.count < FEW]:
        names = list_labels(few)
        warnings.append(say(f"예가 {FEW}개 미만인 라벨: {names}.", f"labels with fewer than {FEW} examples: {names}."))
    return warnings
