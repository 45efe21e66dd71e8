"""What people annotated, out of the label column: one label, several labels or a score.

One real instance: K-MHaS's cell `1,3` with `Rules(kind="labels", none="8")` → `Target(labels=("1", "3"))`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from malmoi.data.rules import Rules
from malmoi.data.values import SEPARATORS, BadCell, as_labels, as_score, as_text, find_separators
from malmoi.messages import say


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

    def __call__(self, cell: Any) -> Target:
        """Return what a cell says; raise `BadCell` when it cannot be read."""
        if not self.rules.labelled:
            return Target()
        if self.rules.kind == "score":
            return Target(score=as_score(cell))
        if self.rules.kind == "labels":
            labels = as_labels(cell, self.separator, self.rules.none)
            self.num_several += len(labels) > 1
            return Target(labels=labels)
        label = as_text(cell)
        trimmed = label.strip()
        if not trimmed:
            raise BadCell(say("비어 있습니다", "empty"))
        self.num_trimmed += label != trimmed
        return Target(trimmed)

    def notes(self) -> list[str]:
        """Sentences about what was trimmed, and which separator was taken."""
        number = self.num_trimmed
        if number:
            return [say(f"라벨 {number}개의 앞뒤 공백을 뗐습니다.", f"trimmed spaces around {number} label(s).")]
        if self.candidates:
            return [_found_separator(*self.candidates)]
        if not self.rules.labelled or self.rules.kind != "labels" or self.num_several:
            return []
        looked = self.separator or " ".join(SEPARATORS)
        return [
            say(
                f"라벨이 둘 이상인 칸이 없습니다 (찾은 구분자: {looked}).",
                f"no cell holds several labels (looked for {looked}).",
            )
        ]


def _found_separator(separator: str, *others: str) -> str:
    listed = ", ".join(f"'{other}'" for other in others)
    other_ko, other_en = (f" (다른 후보: {listed})", f" (also possible: {listed})") if others else ("", "")
    return say(
        f"라벨 사이의 구분자는 '{separator}' 입니다{other_ko}.", f"labels are separated by '{separator}'{other_en}."
    )
