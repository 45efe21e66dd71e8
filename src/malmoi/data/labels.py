"""The set of labels, and whether examples can be trained or scored on."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence

from malmoi.data.columns import is_number
from malmoi.data.examples import TextExample
from malmoi.errors import DataError
from malmoi.messages import say

_MAX_SHOWN = 5


def label_set(examples: Iterable[TextExample]) -> tuple[str, ...]:
    """Return the distinct labels, numbers first and by value, then the rest in code point order.

    >>> label_set([TextExample("가", label="10"), TextExample("나", label="9"), TextExample("다", label="긍정")])
    ('9', '10', '긍정')
    """
    return tuple(sorted({example.label for example in examples if example.label is not None}, key=_label_key))


def check_labels(examples: Sequence[TextExample], labels: Sequence[str], source: str) -> None:
    """Raise `DataError` when an example has no label or one that is not among `labels`, naming rows and the nearest label."""
    known = set(labels)
    strangers = [(i, example) for i, example in enumerate(examples, 1) if example.label not in known]
    if not strangers:
        return
    counts = Counter(example.label for _, example in strangers)
    listed = "".join(
        f"\n  {_row(i, example)}: {_stranger(example.label, labels)}" for i, example in strangers[:_MAX_SHOWN]
    )
    more = len(strangers) - _MAX_SHOWN
    listed += say(f"\n  … 외 {more}개", f"\n  … and {more} more") if more > 0 else ""
    shown = ", ".join(f"'{label}'" for label in labels[:20])
    raise DataError(
        say(
            f"{source}: 모르는 라벨이 {len(counts)}종, {len(strangers)}개 있습니다. 아는 라벨: {shown}{listed}",
            f"{source}: {len(strangers)} example(s) with {len(counts)} unknown label(s). Known labels: {shown}{listed}",
        )
    )


def check_trainable(examples: Sequence[TextExample], source: str) -> None:
    """Raise `DataError` unless every example has a text and a label and there are at least two classes."""
    for i, example in enumerate(examples, 1):
        if not example.text.strip():
            raise DataError(f"{source}, {_row(i, example)}: " + say("글이 비어 있습니다.", "the text is empty."))
        if not example.label:
            raise DataError(f"{source}, {_row(i, example)}: " + say("라벨이 없습니다.", "there is no label."))
    counts = Counter(example.label for example in examples)
    if len(counts) >= 2:
        return
    if not counts:
        raise DataError(say(f"{source}: 예가 하나도 없습니다.", f"{source}: there are no examples."))
    label, number = counts.most_common(1)[0]
    raise DataError(
        say(
            f"{source}: 라벨이 '{label}' 하나뿐입니다 ({number}개 모두). 분류에는 두 종류 이상이 필요합니다. "
            "라벨 열이 맞는지 확인하세요 (--label).",
            f"{source}: all {number} examples have the label '{label}'. Classification needs two or more classes. "
            "Check that this is the label column (--label).",
        )
    )


def _label_key(label: str) -> tuple[bool, float, str]:
    number = is_number(label)
    return (not number, float(label) if number else 0.0, label)


def _row(position: int, example: TextExample) -> str:
    if example.row:
        return say(f"{example.row}번째 줄", f"line {example.row}")
    return say(f"{position}번째 항목", f"item {position}")


def _stranger(label: str | None, labels: Sequence[str]) -> str:
    if label is None:
        return say("라벨 없음", "no label")
    close = difflib.get_close_matches(label, labels, n=1, cutoff=0.5)
    return f"'{label}'" + (say(f" (혹시 '{close[0]}'?)", f" (did you mean '{close[0]}'?)") if close else "")
