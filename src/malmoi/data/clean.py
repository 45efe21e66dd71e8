"""Rows that should not be trained on, dropped step by step, with a report of each step.

The order is the one of `clean`: texts are rewritten first, so that what becomes empty or equal is seen; labels that
contradict each other are settled before copies go, because copies are votes; suspects are looked for in what is left.

>>> rows = [TextExample("굿", label="긍정", row=2), TextExample(" ", label="부정", row=3), TextExample("굿", label="긍정", row=4)]
>>> cleaned = clean(rows, CleanConfig())
>>> len(cleaned.examples), [(step.name, step.num_rows) for step in cleaned.steps if step.num_rows]
(1, [('empty', 1), ('duplicates', 1)])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, get_args

from malmoi.config import to_dict, unknown_name
from malmoi.data.checks.copies import contradictions as find_contradictions
from malmoi.data.checks.keys import KeyOf, TextKey, exact_key, groups_of_copies, near_key, row_of
from malmoi.data.checks.out_of_fold import FoldConfig
from malmoi.data.checks.overlap import find_shared
from malmoi.data.checks.suspects import find_suspects
from malmoi.data.examples import Dataset, TextExample
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.text.cleaning import Cleaner, parse_steps
from malmoi.text.nfc import nfc

Contradictions = Literal["majority", "drop", "keep"]
MAX_SHOWN = 3
Drops = dict[int, str]  # 0-based positions of rows to drop, and why


@dataclass(frozen=True)
class CleanConfig:
    """Which steps are taken; `steps` are those of `malmoi.text.cleaning` ("html", "repeats=2"). `near` takes texts for copies that differ only in case, spacing, punctuation and repeats.

    Texts with several labels: "majority" keeps the rows with the label of more than half of them, "drop" keeps none.
    Raises `ConfigError` for values that mean nothing.
    """

    nfc: bool = True
    steps: tuple[str, ...] = ()
    drop_empty: bool = True
    min_chars: int | None = None
    max_chars: int | None = None
    contradictions: Contradictions = "majority"
    drop_duplicates: bool = True
    near: bool = False
    drop_suspects: bool = False
    seed: int = 42

    def __post_init__(self) -> None:
        if self.contradictions not in get_args(Contradictions):
            known = list(get_args(Contradictions))
            raise ConfigError("contradictions: " + unknown_name(self.contradictions, self.contradictions, known))
        shortest, longest = self.min_chars or 0, self.max_chars
        if shortest < 0 or (longest is not None and longest < max(1, shortest)):
            raise ConfigError(
                say(
                    f"길이 {self.min_chars}–{longest}: 최소는 0 이상, 최대는 1 이상이고 최소보다 작지 않아야 합니다.",
                    f"length {self.min_chars} to {longest}: the least must be 0 or more, the most 1 or more and not below it.",
                )
            )


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """A row that a step dropped or changed, and why, in the user's language."""

    row: int
    text: str
    label: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did to `num_rows` rows; `rows` shows the first `MAX_SHOWN` of them."""

    name: str
    action: Literal["dropped", "changed"]
    num_rows: int
    rows: tuple[TouchedRow, ...]

    @property
    def title(self) -> str:
        """What people call the step; a step of `malmoi.text.cleaning` by its spelling."""
        return {
            "nfc": say("자모 모으기", "compose jamo"),
            "empty": say("빈 글", "empty"),
            "length": say("길이", "length"),
            "against": say("다른 자료에 있음", "in other data"),
            "contradictions": say("엇갈린 라벨", "contradictions"),
            "duplicates": say("되풀이된 글", "duplicates"),
            "suspects": say("의심스러운 라벨", "doubtful labels"),
        }.get(self.name, self.name)


@dataclass(frozen=True)
class Cleaned:
    """The examples that are left, in their order, and what each step did."""

    examples: list[TextExample]
    steps: tuple[StepReport, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the steps and the number of rows left as JSON values."""
        return {"rows_after": len(self.examples), "steps": [to_dict(step) for step in self.steps]}


def clean(
    examples: Sequence[TextExample],
    config: CleanConfig,
    against: Sequence[Dataset] = (),
    advance: Callable[[int], None] = lambda count: None,
) -> Cleaned:
    """Return the examples without the rows that the configured steps drop.

    `against` are datasets whose texts, rewritten like the examples, must not stand here; `advance` hears the regressions
    of the search for suspects. Raises `DataError` when no row is left, or when suspects are wanted of a model that knows
    nothing.
    """
    run = _Run(list(examples))
    key = near_key if config.near else exact_key
    rewriters = _rewriters(config)
    for name, function in rewriters.items():
        run.rewrite(name, function)
    if config.drop_empty:
        run.drop("empty", _empty)
    if config.min_chars is not None or config.max_chars is not None:
        run.drop("length", partial(_unfit, shortest=config.min_chars or 0, longest=config.max_chars))
    for other in against:
        rewritten = [_rewritten(example, *rewriters.values()) for example in other]
        run.drop("against", partial(_shared, others=rewritten, source=other.source, key=key))
    if config.contradictions != "keep":
        run.drop("contradictions", partial(_contradicting, key=key, by_majority=config.contradictions == "majority"))
    if config.drop_duplicates:
        run.drop("duplicates", partial(_repeated, key=key))
    if config.drop_suspects:
        run.drop("suspects", partial(_suspected, config=FoldConfig(seed=config.seed), advance=advance))
    if not run.rows:
        raise _nothing_left(run.steps)
    return Cleaned(run.rows, tuple(run.steps))


class _Run:
    """The rows that are left, and what was done to get there."""

    def __init__(self, rows: list[TextExample]) -> None:
        self.rows, self.steps = rows, list[StepReport]()

    def rewrite(self, name: str, function: Callable[[str], str]) -> None:
        """Change texts and pairs; the report shows them as they were."""
        touched = []
        for i, row in enumerate(self.rows):
            new = _rewritten(row, function)
            if new != row:
                touched.append(_touched(row, i, f"→ {new.text}"))
                self.rows[i] = new
        self.steps.append(StepReport(name, "changed", len(touched), tuple(touched[:MAX_SHOWN])))

    def drop(self, name: str, find: Callable[[list[TextExample]], Drops]) -> None:
        """Drop the rows that `find` names."""
        drops = find(self.rows)
        shown = [_touched(self.rows[i], i, drops[i]) for i in sorted(drops)[:MAX_SHOWN]]
        self.rows = [row for i, row in enumerate(self.rows) if i not in drops]
        self.steps.append(StepReport(name, "dropped", len(drops), tuple(shown)))


def _touched(example: TextExample, position: int, reason: str) -> TouchedRow:
    return TouchedRow(row_of(example, position), example.text, example.target, reason)


def _rewriters(config: CleanConfig) -> dict[str, Callable[[str], str]]:
    """Return what rewrites texts, by the name of the step and in order."""
    first: dict[str, Callable[[str], str]] = {"nfc": nfc} if config.nfc else {}
    return first | {str(step): Cleaner((step,)).clean for step in parse_steps(config.steps)}


def _rewritten(example: TextExample, *functions: Callable[[str], str]) -> TextExample:
    """Return an example with text and pair rewritten."""
    text, pair = example.text, example.pair
    for function in functions:
        text, pair = function(text), None if pair is None else function(pair)
    return replace(example, text=text, pair=pair)


def _empty(rows: list[TextExample]) -> Drops:
    reason = say("빈 글", "empty")
    return {
        i: reason
        for i, row in enumerate(rows)
        if not row.text.strip() or (row.pair is not None and not row.pair.strip())
    }


def _unfit(rows: list[TextExample], shortest: int, longest: int | None) -> Drops:
    sizes = [len(row.text) + len(row.pair or "") for row in rows]
    return {
        i: say(f"{size:,}자", f"{size:,} characters")
        for i, size in enumerate(sizes)
        if size < shortest or (longest is not None and size > longest)
    }


def _shared(rows: list[TextExample], others: list[TextExample], source: str, key: KeyOf) -> Drops:
    shared = find_shared(rows, others, key)
    return {
        i: say(f"{source} {text.other_row}번째 줄에 있음", f"stands in {source}, line {text.other_row}")
        for i, text in shared.items()
    }


def _contradicting(rows: list[TextExample], key: KeyOf, by_majority: bool) -> Drops:
    drops: Drops = {}
    for group in find_contradictions(rows, groups_of_copies(rows, key)):
        votes = Counter(target for i in group if (target := rows[i].target) is not None)
        winner, most = votes.most_common(1)[0]
        keeps = by_majority and 2 * most > votes.total()
        reason = ", ".join(f"{target} ×{count}" for target, count in votes.most_common())
        drops |= {i: reason for i in group if not (keeps and rows[i].target == winner)}
    return drops


def _repeated(rows: list[TextExample], key: KeyOf) -> Drops:
    first: dict[tuple[TextKey, str | None], int] = {}
    drops: Drops = {}
    for i, row in enumerate(rows):
        before = first.setdefault((key(row), row.target), i)
        if before != i:
            line = row_of(rows[before], before)
            drops[i] = say(f"{line}번째 줄과 같음", f"repeats line {line}")
    return drops


def _suspected(rows: list[TextExample], config: FoldConfig, advance: Callable[[int], None]) -> Drops:
    report = find_suspects(rows, config, advance)
    if not report.is_trustworthy:
        raise DataError(
            say(
                f"라벨을 의심할 만큼 잘 맞히는 모델이 나오지 않았습니다 (정확도 {100 * report.accuracy:.1f} %, "
                f"가장 흔한 답만 하면 {100 * report.majority:.1f} %). --drop-suspects 를 빼세요.",
                f"no model good enough to doubt labels (accuracy {100 * report.accuracy:.1f} %, the commonest answer alone "
                f"{100 * report.majority:.1f} %). Leave out --drop-suspects.",
            )
        )
    return {
        suspect.position: f"→ {suspect.suggested} ({100 * suspect.suggested_probability:.0f} %)"
        for suspect in report.suspects
    }


def _nothing_left(steps: Sequence[StepReport]) -> DataError:
    done = ", ".join(f"{step.title} {step.num_rows:,}" for step in steps if step.action == "dropped" and step.num_rows)
    return DataError(
        say(
            f"남는 행이 없습니다 ({done}). 조건을 줄이세요.",
            f"no row is left ({done}). Ask for less.",
        )
    )
