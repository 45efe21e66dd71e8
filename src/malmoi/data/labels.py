"""The labels: which there are, what people call them, and whether examples can be trained or scored on."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from malmoi.data.columns import is_number
from malmoi.data.examples import Example, LabelKind, TextExample
from malmoi.data.tables import shorten
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.text.josa import attach

_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LabelName:
    """A label as it stands in the data, and what people call it: `ko` in every answer, `en` where English is read."""

    label: str
    ko: str
    en: str


class LabelMap:
    """Labels by number, and their names: a label is found by its string and by its names.

    `names` are what answers say, the same for every reader; `english` is what stands for them in English sentences.
    Raises `ConfigError` when two labels could not be told apart.

    >>> found = LabelMap(("0", "1"), {"0": "부정", "1": "긍정"}, {"0": "negative", "1": "positive"})
    >>> found.names, found.id("긍정"), found.id("1"), found.id("positive"), found.id("중립")
    (('부정', '긍정'), 1, 1, 1, -1)
    >>> from malmoi.messages import set_language; set_language("en"); found.readable
    ('negative', 'positive')
    >>> set_language(None)
    """

    def __init__(
        self,
        labels: Sequence[str],
        label_names: Mapping[str, str] | None = None,
        english_names: Mapping[str, str] | None = None,
    ) -> None:
        self._ids = {label: number for number, label in enumerate(labels)}
        self.names = self._add(labels, label_names or {})
        in_english = self._add(labels, english_names or {}) if english_names else self.names
        self.english = {ko: en for ko, en in zip(self.names, in_english, strict=True) if ko != en}

    def _add(self, labels: Sequence[str], given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the name of each label, by default itself, after making it found by its name."""
        names = tuple(given.get(label, label) for label in labels)
        named = {name: number for number, name in enumerate(names)}
        if len(named) < len(labels) or any(self._ids.get(name, number) != number for name, number in named.items()):
            listed = ", ".join(f"{label} → {name}" for label, name in zip(labels, names, strict=True))
            raise ConfigError(say(f"라벨 이름이 겹칩니다: {listed}", f"two labels share a name: {listed}"))
        self._ids |= named
        return names

    def id(self, label: str | None) -> int:
        """Return a label's number; -1 when there is none."""
        return self._ids.get(label, -1) if label is not None else -1

    @property
    def readable(self) -> tuple[str, ...]:
        """The names in the user's language."""
        return tuple(say(name, self.english.get(name, name)) for name in self.names)

    @property
    def known(self) -> tuple[str, ...]:
        """All strings that mean a label: the labels and their names."""
        return tuple(self._ids)


def labels_of(example: Example) -> tuple[str, ...]:
    """Return the labels of an example, none for one with a score or without annotation.

    >>> labels_of(TextExample("글", label="긍정")), labels_of(TextExample("글", labels=("욕설", "비하")))
    (('긍정',), ('욕설', '비하'))
    """
    return (example.label,) if example.label is not None else example.labels or ()


def label_set(examples: Iterable[Example]) -> tuple[str, ...]:
    """Return the distinct labels, numbers first and by value, then the rest in code point order.

    >>> label_set([TextExample("가", label="10"), TextExample("나", label="9"), TextExample("다", label="긍정")])
    ('9', '10', '긍정')
    """
    return tuple(sorted({label for example in examples for label in labels_of(example)}, key=_label_key))


def list_labels(labels: Sequence[str], limit: int = 10) -> str:
    """Return labels in quotes for a sentence, the first `limit` of them and how many there are.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> list_labels(["긍정", "부정", "중립"], limit=2)
    "'긍정', '부정' … (모두 3개)"
    >>> set_language(None)
    """
    listed = ", ".join(f"'{label}'" for label in labels[:limit])
    more = say(f" … (모두 {len(labels):,}개)", f" … ({len(labels):,} in all)")
    return listed + more if len(labels) > limit else listed


def check_kind(examples: Sequence[TextExample], kind: LabelKind, source: str) -> None:
    """Raise `DataError` when no example carries this kind of annotation but some carry another one."""
    kinds: tuple[LabelKind, ...] = ("label", "labels", "score")
    found = [k for k in kinds if any(getattr(example, k) is not None for example in examples)]
    if found and kind not in found:
        (had_ko, had_en), (needed_ko, needed_en) = _KIND_NAMES[found[0]], _KIND_NAMES[kind]
        raise DataError(
            say(
                f"{source}: 이 자료에는 {had_ko} 있는데, 이 과제에는 {needed_ko} 필요합니다. 과제에 맞는 자료를 주세요.",
                f"{source}: this data has {had_en}, but the task needs {needed_en}. Give data of the task's own kind.",
            )
        )


def check_labels(examples: Sequence[Example], labels: Sequence[str], source: str) -> None:
    """Raise `DataError` when an example is not annotated or has a label that is not among `labels`.

    It names the labels, the first rows with the nearest known label, and the ways out.
    """
    known = set(labels)
    strangers = [
        (i, example, label)
        for i, example in enumerate(examples, 1)
        for label in ((None,) if example.target is None else labels_of(example))
        if label not in known
    ]
    if not strangers:
        return
    counts = Counter(label for _, _, label in strangers)
    listed = "".join(
        f"\n  {row_name(i, example)}: {_stranger(label, labels)}" for i, example, label in strangers[:_MAX_SHOWN]
    )
    more = len(strangers) - _MAX_SHOWN
    listed += say(f"\n  … 외 {more:,}개", f"\n  … and {more:,} more") if more > 0 else ""
    shown = list_labels(labels, 20)
    found = [f"{_quoted(label)} ×{count:,}" for label, count in counts.most_common(_MAX_SHOWN)]
    found += ["…"] if len(counts) > _MAX_SHOWN else []
    num_ko, num_en = f"{len(counts):,}종, {len(strangers):,}개", f"{len(strangers):,} example(s) with {len(counts):,}"
    raise DataError(
        say(
            f"{source}: 모르는 라벨이 {num_ko} 있습니다: {', '.join(found)}. 아는 라벨: {shown}{listed}\n"
            "이 행들의 라벨을 아는 라벨로 고치거나 행을 지우세요. 새 라벨이면 그 라벨이 든 자료로 다시 학습하고, "
            "라벨 열을 잘못 골랐다면 --label 로 정하세요.",
            f"{source}: {num_en} unknown label(s): {', '.join(found)}. Known labels: {shown}{listed}\n"
            "Correct the labels of these rows, or take the rows out. If a label is new, train again on data that has it; "
            "if this is the wrong column, name the right one with --label.",
        )
    )


def check_scored(
    examples: Sequence[TextExample], source: str, low: float = -float("inf"), high: float = float("inf")
) -> None:
    """Raise `DataError` when an example has no score, or one outside `[low, high]`, naming its row."""
    for i, example in enumerate(examples, 1):
        if example.score is None:
            raise DataError(f"{source}, {row_name(i, example)}: " + say("점수가 없습니다.", "there is no score."))
        if not low <= example.score <= high:
            raise DataError(
                f"{source}, {row_name(i, example)}: "
                + say(
                    f"점수 {attach(f'{example.score:g}', '이/가')} 정한 범위 {low:g}~{high:g} 밖에 있습니다. task.low 와 task.high 를 고치세요.",
                    f"the score {example.score:g} is outside the range {low:g} to {high:g}. Change task.low and task.high.",
                )
            )


def check_trainable(examples: Sequence[Example], source: str) -> None:
    """Raise `DataError` unless every example has a text and an annotation and at least two annotations differ."""
    for i, example in enumerate(examples, 1):
        where = f"{source}, {row_name(i, example)}: "
        if not example.text.strip():
            raise DataError(where + say("글이 비어 있습니다.", "the text is empty."))
        if not example.target:
            raise DataError(where + say("라벨이 없습니다.", "there is no label."))
    counts = Counter(example.target for example in examples)
    if len(counts) >= 2:
        return
    if not counts:
        raise DataError(say(f"{source}: 예가 하나도 없습니다.", f"{source}: there are no examples."))
    target, number = counts.most_common(1)[0]
    raise DataError(
        say(
            f"{source}: 라벨이 '{target}' 하나뿐입니다 ({number}개 모두). 배우려면 두 종류 이상이 필요합니다. "
            "라벨 열이 맞는지 확인하세요 (--label).",
            f"{source}: all {number} examples have the label '{target}'. There is nothing to learn with fewer than two. "
            "Check that this is the label column (--label).",
        )
    )


def check_pairs(examples: Sequence[TextExample], pairs: bool, source: str = "") -> None:
    """Raise `DataError` for the first single text where `pairs` are expected, or the first pair where they are not.

    `source` stands before the row; without one the example was asked about, and what it came from is not training data.
    """
    odd = next((example for example in examples if (example.pair is not None) != pairs), None)
    if odd is None:
        return
    name = say(f"{odd.row}번째 줄", f"line {odd.row}") if odd.row else shorten(odd.text)
    where = f"{source}, {name}" if source else name
    if pairs:
        in_data = say("--pair 로 둘째 글의 열을 정하세요.", "Name its column with --pair.")
        asked = say(
            "--pair 로 주세요 (predict 의 파일은 --pair-column, 파이썬은 (글, 둘째 글)).",
            "Give it with --pair (--pair-column for a file to predict on, (text, pair) in Python).",
        )
        fix = in_data if source else asked
        raise DataError(
            say(
                f"{where}: 둘째 글이 없습니다. 이 모델은 글의 쌍으로 답합니다. {fix}",
                f"{where}: there is no second text, but this model reads pairs. {fix}",
            )
        )
    in_data = say("--pair 없이 --text 로 글 열만 정하세요.", "Name only the text column (--text), without --pair.")
    asked = say(
        "둘째 글을 빼세요: --pair 없이 (파일에서는 --text 로 글 열만, 파이썬에서는 글만).",
        "Leave it out: no --pair (of a file name only the --text column, in Python give the text alone).",
    )
    fix = in_data if source else asked
    raise DataError(
        say(
            f"{where}: 둘째 글이 있습니다. 이 모델은 글 하나로 답합니다. {fix}",
            f"{where}: there is a second text, but this model reads single texts. {fix}",
        )
    )


def check_alone(text: str, pair: str | None, row: int) -> None:
    """Raise `DataError` for a second text beside the one that is asked about."""
    check_pairs([TextExample(text, pair=pair, row=row)], pairs=False)


def row_name(position: int, example: Example) -> str:
    """Return how an example is called in a message: by its line, or by its 1-based position when it came from no file."""
    if example.row:
        return say(f"{example.row}번째 줄", f"line {example.row}")
    return say(f"{position}번째 항목", f"item {position}")


_KIND_NAMES: Mapping[LabelKind, tuple[str, str]] = MappingProxyType(
    {
        "label": ("라벨이 하나씩", "one label for each text"),
        "labels": ("여러 개일 수 있는 라벨이", "several labels for each text"),
        "score": ("점수가", "scores"),
    }
)


def _label_key(label: str) -> tuple[bool, float, str]:
    number = is_number(label)
    return (not number, float(label) if number else 0.0, label)


def _stranger(label: str | None, labels: Sequence[str]) -> str:
    if label is None:
        return _quoted(label)
    close = difflib.get_close_matches(label, labels, n=1, cutoff=0.5)
    return _quoted(label) + (say(f" (혹시 '{close[0]}'?)", f" (did you mean '{close[0]}'?)") if close else "")


def _quoted(label: str | None) -> str:
    return say("라벨 없음", "no label") if label is None else f"'{label}'"
