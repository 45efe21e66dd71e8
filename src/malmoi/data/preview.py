"""What cleaning steps do to texts before anyone trains on them: how many each changes, and some of them before and after.

>>> from malmoi.text.cleaning import parse_steps
>>> seen = preview([TextExample("<b>대박</b>ㅋㅋㅋㅋ", row=2), TextExample("그냥 그래요", row=3)], parse_steps("html,repeats"))
>>> [(step.step, step.num_rows) for step in seen.steps], seen.num_changed, seen.rows[0].texts[0].text
([('html', 1), ('repeats=2', 1)], 1, '대박ㅋㅋ')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from malmoi.data.examples import TextExample
from malmoi.text.aligned import AlignedText
from malmoi.text.cleaning import Cleaner
from malmoi.text.steps import Step

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class StepEffect:
    """How many rows a step, by its full spelling, changed of what the steps before it had left."""

    step: str
    num_rows: int


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that changed: its line (or 1-based position) and its text, and pair if it has one, with the map to before."""

    row: int
    texts: tuple[AlignedText, ...]


@dataclass(frozen=True)
class Preview:
    """The effect of cleaning steps on `num_rows` rows; `num_emptied` texts had letters and lost them all.

    `rows` are at most as many as were asked for, some for every step that changed any.
    """

    num_rows: int
    num_changed: int
    num_emptied: int
    num_chars_before: int
    num_chars_after: int
    steps: tuple[StepEffect, ...]
    rows: tuple[ChangedRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: counts, steps, and the rows as `{"row", "before", "after"}` with one string for each text."""
        rows = [
            {"row": row.row, "before": [text.raw for text in row.texts], "after": [text.text for text in row.texts]}
            for row in self.rows
        ]
        return {
            "rows": self.num_rows,
            "changed": self.num_changed,
            "emptied": self.num_emptied,
            "chars_before": self.num_chars_before,
            "chars_after": self.num_chars_after,
            "steps": [{"step": effect.step, "rows": effect.num_rows} for effect in self.steps],
            "examples": rows,
        }


def preview(
    examples: Iterable[TextExample],
    steps: Sequence[Step],
    num_shown: int = MAX_SHOWN,
    advance: Callable[[int], None] = lambda count: None,
) -> Preview:
    """Return what `steps` do to the texts of examples; `advance(1)` is called after each."""
    cleaner = Cleaner(tuple(steps))
    counts, shown_for = Counter[int](), Counter[int]()
    chars_before = chars_after = num_rows = num_changed = num_emptied = 0
    first: list[ChangedRow] = []
    others: list[ChangedRow] = []
    for num_rows, example in enumerate(examples, 1):
        texts = [example.text] if example.pair is None else [example.text, example.pair]
        runs = [_run(text, cleaner) for text in texts]
        changing = {i for _, changed in runs for i in changed}
        counts.update(changing)
        chars_before += sum(map(len, texts))
        chars_after += sum(len(after) for after, _ in runs)
        num_emptied += sum(bool(text.strip()) > bool(run[0].strip()) for text, run in zip(texts, runs, strict=True))
        if any(run[0] != text for text, run in zip(texts, runs, strict=True)):
            num_changed += 1
            wanted = first if any(shown_for[i] * len(steps) < num_shown for i in changing) else others
            if len(wanted) < num_shown:
                wanted.append(ChangedRow(example.row or num_rows, tuple(map(cleaner, texts))))
                shown_for.update(changing)
        advance(1)
    effects = tuple(StepEffect(str(step), counts[i]) for i, step in enumerate(steps))
    rows = sorted([*first, *others][:num_shown], key=lambda row: row.row)
    return Preview(num_rows, num_changed, num_emptied, chars_before, chars_after, effects, tuple(rows))


def _run(text: str, cleaner: Cleaner) -> tuple[str, list[int]]:
    """Return a cleaned text and the positions of the steps that changed it."""
    text, changed = cleaner.normalizer.normalize(text), []
    for i, step in enumerate(cleaner.steps):
        cleaned = step.clean(text)
        if cleaned != text:
            changed.append(i)
        text = cleaned
    return cleaner.normalizer.normalize(text), changed
