"""What the label column may be instead of labels: one label in two spellings, scores, sets of labels, or words of the text itself.

>>> rows = [TextExample(f"별점 {score}", label=score) for score in ("0.5", "1.5", "2.5", "3.5", "4.5")]
>>> look_at_labels(rows).num_scores
5
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from malmoi.data.columns import is_number
from malmoi.data.examples import Example, TextExample
from malmoi.data.labels import label_set, labels_of
from malmoi.data.values import BadCell, as_labels, find_separators
from malmoi.messages import say
from malmoi.text.nfc import nfc

MAX_SHOWN = 5
FEW_NUMBERS, MANY_NUMBERS = 10, 50  # distinct numbers up to which they may be classes, and from which they hardly are
FEW_FRACTIONS = 5  # distinct numbers, some with a fraction, that look like scores
LEAK, LEAK_ROWS = 0.95, 10  # share of the rows whose text holds its own label, and the fewest rows to say so of


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """What is odd about the labels.

    `lookalikes`: labels that differ only in case, or in how a number is written. `num_scores`: distinct labels when they look
    like scores, else 0. `separator`: what parts the labels in a label, None when they look like single ones. `num_leaks`: rows
    whose text holds its own label, 0 when they are too few to give the labels away.
    """

    lookalikes: tuple[tuple[str, ...], ...]
    num_scores: int
    separator: str | None
    num_leaks: int

    @property
    def warnings(self) -> list[str]:
        """What should be looked at, in the user's language."""
        return [*self._lookalikes(), *self._scores(), *self._sets(), *self._leaks()]

    def _lookalikes(self) -> list[str]:
        if not self.lookalikes:
            return []
        listed = "; ".join(" = ".join(f"'{label}'" for label in alike) for alike in self.lookalikes[:MAX_SHOWN])
        listed += "; …" if len(self.lookalikes) > MAX_SHOWN else ""
        return [
            say(
                f"대소문자나 수의 표기만 다른 라벨을 서로 다른 라벨로 봅니다: {listed}. 같은 라벨이면 자료에서 하나로 고치세요.",
                f"labels that differ only in case, or in how a number is written, count as different: {listed}. "
                "If they are the same, make them one in the data.",
            )
        ]

    def _scores(self) -> list[str]:
        number = self.num_scores
        ko = f"라벨이 서로 다른 수 {number:,}가지입니다. 점수라면 malmoi train regression 을 쓰세요."
        en = f"the labels are {number:,} different numbers. If they are scores, use malmoi train regression."
        return [say(ko, en)] if number else []

    def _sets(self) -> list[str]:
        if self.separator is None:
            return []
        return [
            say(
                f"한 칸에 라벨이 여럿 든 것으로 보입니다 (구분자 '{self.separator}'). 그렇다면 malmoi train multi-label 을 쓰세요.",
                f"cells seem to hold several labels (separated by '{self.separator}'). If so, use malmoi train multi-label.",
            )
        ]

    def _leaks(self) -> list[str]:
        number = self.num_leaks
        ko = f"글 {number:,}개에 제 라벨이 글자 그대로 들어 있습니다(누출). 모델이 그것만 보고 맞힐 수 있으니 글에서 지우세요."
        en = f"{number:,} text(s) hold their own label literally (a leak). A model can answer by that alone: take it out of the texts."
        return [say(ko, en)] if number else []


def look_at_labels(examples: Sequence[Example]) -> LabelColumn:
    """Return what is odd about the labels of examples; nothing is where there are none."""
    labels = label_set(examples)
    single = [example.label for example in examples if isinstance(example, TextExample) and example.label is not None]
    distinct = label_set(TextExample("", label=label) for label in set(single))
    num_scores = len(distinct) if _look_like_scores(distinct, len(single)) else 0
    return LabelColumn(_lookalikes(labels), num_scores, _separator(distinct), _num_leaks(examples, labels))


def _lookalikes(labels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    alike: dict[str | Decimal, list[str]] = {}
    for label in labels:
        alike.setdefault(Decimal(label) if is_number(label) else label.casefold(), []).append(label)
    return tuple(tuple(group) for group in alike.values() if len(group) > 1)


def _look_like_scores(distinct: Sequence[str], num: int) -> bool:
    """Whether labels are numbers, and too many to be classes, or some of them with a fraction."""
    if not all(map(is_number, distinct)):
        return False
    numbers = {Decimal(label) for label in distinct}
    many = len(distinct) > MANY_NUMBERS or (len(distinct) > FEW_NUMBERS and 3 * len(distinct) > num)
    return many or (len(distinct) >= FEW_FRACTIONS and any(number != number.to_integral_value() for number in numbers))


def _separator(distinct: Sequence[str]) -> str | None:
    """Return what parts labels in most labels that have a part in common with another label; None when these are few."""
    for separator in dict.fromkeys([*find_separators(distinct), ","]):  # the last for JSON lists
        sets = [_parts(label, separator) for label in distinct]
        counts = Counter(part for parts in sets for part in parts)
        several = [parts for parts in sets if len(parts) > 1]
        if 2 * sum(any(counts[part] > 1 for part in parts) for parts in several) > len(several):
            return separator
    return None


def _parts(label: str, separator: str) -> tuple[str, ...]:
    try:
        return as_labels(label, separator)
    except BadCell:  # brackets that hold no list
        return (label,)


def _num_leaks(examples: Sequence[Example], labels: Sequence[str]) -> int:
    """Return how many texts hold their own labels, where nearly all do and most of them do not hold another one just as well."""
    another: Mapping[str, str] = dict(zip(labels, [*labels[1:], *labels[:1]], strict=True))
    num = num_own = num_other = 0
    for example in examples:
        if own := labels_of(example):
            text = nfc(f"{example.text}\n{example.pair or ''}")
            num += 1
            num_own += all(label in text for label in own)
            num_other += all(another[label] in text for label in own)
    leaks = len(labels) > 1 and num >= LEAK_ROWS and num_own >= LEAK * num and 2 * num_other <= num_own
    return num_own if leaks else 0
