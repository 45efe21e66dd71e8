"""What people annotated, out of the label column: one label, several labels or a score.

One real instance: K-MHaS's cell `1,3` with `Rules(kind="labels", none="8")` → `Target(labels=("1", "3"))`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from malmoi.data.rules import Rules
from malmoi.data.values import SEPARATORS, BadCell, as_labels, as_score, as_text, find_separators, tidy_label
from malmoi.messages import say

MAX_NAMED = 5  # merged labels in a note


@dataclass(frozen=True, slots=True)
class Target:
    """What a label cell says: one label, several, a score, or nothing."""

    label: str | None = None
    labels: tuple[str, ...] | None = None
    score: float | None = None


class TargetReader:
    """Reads label cells as the rules say; `cells` is the whole label column, looked at only to find a separator."""

    def __init__(self, rules: Rules, cells: Iterable[Any]) -> None:
        self.rules = rules
        must_find = rules.labelled and rules.kind == "labels" and rules.separator is None
        self.candidates = find_separators(cells) if must_find else []
        self.separator = self.candidates[0] if self.candidates else rules.separator
        self.num_trimmed = self.num_several = 0
        self.spellings: dict[str, set[str]] = {}

    def __call__(self, cell: Any) -> Target:
        """Return what a cell says; raise `BadCell` when it cannot be read."""
        if not self.rules.labelled:
            return Target()
        if self.rules.kind == "score":
            return Target(score=as_score(cell))
        if self.rules.kind == "labels":
            labels = as_labels(cell, self.separator, self.rules.none, self._tidy)
            self.num_several += len(labels) > 1
            return Target(labels=labels)
        label = as_text(cell)
        if not label.strip():
            raise BadCell(say("비어 있습니다", "empty"))
        self.num_trimmed += label != label.strip()
        return Target(self._tidy(label))

    def _tidy(self, label: str) -> str:
        """Return a label as it is stored, and remember how it was spelt."""
        tidy = tidy_label(label)
        if spelt := label.strip():
            self.spellings.setdefault(tidy, set()).add(spelt)
        return tidy

    def notes(self) -> list[str]:
        """Sentences about what was trimmed and merged, and which separator was taken."""
        return [*self._trimmed(), *self._merged(), *self._separated()]

    def _trimmed(self) -> list[str]:
        number = self.num_trimmed
        ko, en = f"라벨 {number}개의 앞뒤 공백을 뗐습니다.", f"trimmed spaces around {number} label(s)."
        return [say(ko, en)] if number else []

    def _merged(self) -> list[str]:
        merged = [(label, len(spelt)) for label, spelt in self.spellings.items() if len(spelt) > 1]
        if not merged:
            return []
        named = [say(f"'{label}' ({n}가지 표기)", f"'{label}' ({n} spellings)") for label, n in merged[:MAX_NAMED]]
        listed = ", ".join(named) + (" …" if len(merged) > MAX_NAMED else "")
        return [
            say(
                f"빈칸 수나 유니코드 꼴(NFC, NFD)만 다른 라벨을 하나로 모았습니다: {listed}.",
                f"labels that differ only in spaces or Unicode form (NFC, NFD) were merged: {listed}.",
            )
        ]

    def _separated(self) -> list[str]:
        if self.candidates:
            return [_found_separator(*self.candidates)]
        if not self.rules.labelled or self.rules.kind != "labels" or self.num_several:
            return []
        looked = self.separator or " ".join(SEPARATORS)
        return [
            say(
                f"라벨이 둘 이상인 칸이 없습니다 (살펴본 구분자: {looked}).",
                f"no cell holds several labels (looked for {looked}).",
            )
        ]


def _found_separator(separator: str, *others: str) -> str:
    listed = ", ".join(f"'{other}'" for other in others)
    other_ko, other_en = (f" (다른 후보: {listed})", f" (also possible: {listed})") if others else ("", "")
    return say(
        f"라벨 사이의 구분자는 '{separator}' 입니다{other_ko}.", f"labels are separated by '{separator}'{other_en}."
    )
