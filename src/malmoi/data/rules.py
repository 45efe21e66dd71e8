"""What a reader accepts, and what it takes a label for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from malmoi.config import unknown_name
from malmoi.data.examples import LabelKind
from malmoi.errors import ConfigError
from malmoi.messages import say


@dataclass(frozen=True, slots=True)
class Rules:
    """What `read_examples` accepts: rows without label, bad rows (left out), empty texts (kept), and what a label is.

    `kind` says what stands in the label column; with "labels", `separator` stands between them (None: found) and the
    label `none` means that there is none.
    """

    labelled: bool = True
    skip_bad: bool = False
    keep_empty: bool = False
    limit: int | None = None
    kind: LabelKind = "label"
    separator: str | None = None
    none: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(LabelKind):
            raise ConfigError(unknown_name(f"kind={self.kind}", str(self.kind), list(get_args(LabelKind))))
        if self.separator is not None and (self.kind != "labels" or not self.separator):
            raise ConfigError(
                say(
                    f"구분자 {self.separator!r}: 여러 라벨을 읽을 때만, 한 글자 이상으로 씁니다.",
                    f"separator {self.separator!r}: only for several labels in a cell, and not empty.",
                )
            )
