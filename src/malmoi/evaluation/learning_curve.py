"""The story of a training run as three charts over one axis of steps: training loss, dev score, learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.evaluation.markup import Html, details, element, join, table
from malmoi.evaluation.names import LOWER_IS_BETTER, format_interval, format_value, is_share, score_name
from malmoi.evaluation.svg import Point, Scale, curve, dot, plot, ticks, whisker, x_axis, y_axis
from malmoi.messages import say
from malmoi.metrics.scores import Score, Scores

_MAX_POINTS = 240
_MAX_ROWS = 40


@dataclass(frozen=True, slots=True)
class TrainPoint:
    """One logged optimizer step: its number, epochs seen so far (fraction), training loss, learning rate."""

    step: int
    epoch: float
    loss: float
    learning_rate: float


@dataclass(frozen=True, slots=True)
class DevPoint:
    """The scores on the dev set after `step` optimizer steps."""

    step: int
    scores: Scores


def learning_curve(train: Sequence[TrainPoint], dev: Sequence[DevPoint], main_score: str) -> Html:
    """Return the charts and the table behind them; nothing for an empty history, no chart for what was not logged."""
    train = [point for point in train if math.isfinite(point.loss)]
    dev = [point for point in dev if main_score in point.scores]
    if not train and not dev:
        return Html()
    steps = Scale(0, max([point.step for point in train] + [point.step for point in dev]) or 1)
    panels = []
    if train:
        panels += [element("h3", say("훈련 손실", "Training loss")), _loss_panel(train, steps)]
    if dev:
        panels += [
            element("h3", f"{say('개발 세트', 'Dev')} {score_name(main_score)}"),
            _dev_panel(dev, main_score, steps),
        ]
    if train:
        panels += [element("h3", say("학습률", "Learning rate")), _rate_panel(train, steps)]
    note = element("p", say("가로축은 학습 스텝입니다.", "The horizontal axis counts optimizer steps."), class_="note")
    return join([*panels, note, _history_tables(train, dev, main_score)])


def thin(points: Sequence[Point], limit: int = _MAX_POINTS) -> list[Point]:
    """Return at most `limit` points, each the mean of its neighbours.

    >>> thin([(1, 4.0), (2, 2.0), (3, 1.0), (4, 0.0)], limit=2)
    [(1.5, 3.0), (3.5, 0.5)]
    """
    size = math.ceil(len(points) / limit)
    blocks = [points[i : i + size] for i in range(0, len(points), size)] if size > 1 else [[p] for p in points]
    return [(sum(x for x, _ in block) / len(block), sum(y for _, y in block) / len(block)) for block in blocks]


def smooth(points: Sequence[Point], share: float = 0.06) -> list[Point]:
    """Return the points with y averaged over a centred window of `share` of all points."""
    half = max(int(len(points) * share / 2), 1)
    windows = [points[max(0, i - half) : i + half + 1] for i in range(len(points))]
    return [(x, sum(y for _, y in window) / len(window)) for (x, _), window in zip(points, windows, strict=True)]


def _loss_panel(train: Sequence[TrainPoint], steps: Scale) -> Html:
    height = 170
    points = thin([(point.step, point.loss) for point in train])
    top = sorted(loss for _, loss in points)[int(0.98 * (len(points) - 1))] * 1.08
    scale = Scale(0, max(top, 1e-9))
    children = [
        y_axis(scale, height, [(value, f"{value:g}") for value in ticks(0, scale.high, 4)]),
        x_axis(steps, height, _step_labels(steps)),
        _epoch_marks(train, steps, height),
    ]
    if len(points) >= 20:
        children.append(curve(points, steps, scale, height, "faint"))
        points = smooth(points)
    children.append(curve(points, steps, scale, height, "first"))
    first, last = train[0], train[-1]
    label = say(
        f"훈련 손실: 스텝 {first.step}에서 {first.loss:.3f}, 스텝 {last.step}에서 {last.loss:.3f}",
        f"Training loss: {first.loss:.3f} at step {first.step}, {last.loss:.3f} at step {last.step}",
    )
    return plot(height, label, *children)


def _dev_panel(dev: Sequence[DevPoint], name: str, steps: Scale) -> Html:
    height = 170
    scores = [(point.step, point.scores[name]) for point in dev]
    choose = min if name in LOWER_IS_BETTER else max
    best_step, best = choose(scores, key=lambda pair: pair[1].value)
    low, high = min(score.low for _, score in scores), max(score.high for _, score in scores)
    room = max((high - low) * 0.15, 0.005)
    scale = Scale(
        max(low - room, 0.0) if low >= 0 else low - room, min(high + room, 1.0) if is_share(name) else high + room
    )
    unit = 100 if is_share(name) else 1
    suffix = " %" if is_share(name) else ""
    labels = [(value / unit, f"{value:g}{suffix}") for value in ticks(scale.low * unit, scale.high * unit, 4)]
    values = [(float(step), score.value) for step, score in scores]
    text = say("최고", "best") + f" {format_value(name, best.value)}"
    share = steps.share(best_step)
    anchor = "start" if share < 0.2 else "end" if share > 0.8 else "middle"
    y = scale.y(best.high, height) - 8
    if y < 10:
        y = scale.y(best.low, height) + 16
    return plot(
        height,
        f"{score_name(name)}: {text}, " + say(f"스텝 {best_step}", f"step {best_step}"),
        y_axis(scale, height, labels),
        x_axis(steps, height, _step_labels(steps)),
        *(whisker(step, s.low, s.high, steps, scale, height, "whisker second") for step, s in scores),
        curve(values, steps, scale, height, "second"),
        *(dot((step, s.value), steps, scale, height, "dot second", _tip(step, name, s)) for step, s in scores),
        dot((best_step, best.value), steps, scale, height, "ring second", radius=8),
        element("text", text, x=steps.x(best_step), y=float(y), text_anchor=anchor, class_="mark"),
    )


def _rate_panel(train: Sequence[TrainPoint], steps: Scale) -> Html:
    height = 60
    points = thin([(point.step, point.learning_rate) for point in train])
    highest = max(rate for _, rate in points)
    scale = Scale(0, highest * 1.1 or 1.0)
    label = say(f"학습률: 최고 {highest:.2g}", f"Learning rate: highest {highest:.2g}")
    labels = [(0.0, "0"), (highest, f"{highest:.0e}".replace("e-0", "e-"))] if highest else [(0.0, "0")]
    return plot(
        height,
        label,
        y_axis(scale, height, labels),
        x_axis(steps, height, _step_labels(steps)),
        curve(points, steps, scale, height, "third"),
    )


def _step_labels(steps: Scale) -> list[tuple[float, str]]:
    return [(value, f"{value:,.0f}") for value in ticks(0, steps.high, 4) if value == int(value)]


def _epoch_marks(train: Sequence[TrainPoint], steps: Scale, height: float) -> Html:
    """Return a dashed line where each whole epoch ends, if there are few enough to read."""
    ends = [
        (later.step, int(later.epoch))
        for earlier, later in zip(train, train[1:], strict=False)
        if int(later.epoch) > int(earlier.epoch)
    ]
    if len(ends) > 12:
        return Html()
    marks = []
    for step, epoch in ends:
        text = say(f"{epoch}에폭", f"epoch {epoch}") if len(ends) <= 6 else str(epoch)
        x = steps.x(step)
        marks.append(element("line", x1=x, x2=x, y1="0", y2=float(height), class_="dashed"))
        marks.append(element("text", text, x=x, dx="-5", y="11", text_anchor="end", class_="tick"))
    return element("g", *marks)


def _tip(step: int, name: str, score: Score) -> str:
    return f"{say('스텝', 'step')} {step:,}: {format_value(name, score.value)} ({format_interval(name, score)})"


def _history_tables(train: Sequence[TrainPoint], dev: Sequence[DevPoint], main_score: str) -> Html:
    stride = max(math.ceil(len(train) / _MAX_ROWS), 1)
    shown = [*train[::-stride][::-1]] if train else []
    tables = []
    if dev:
        names = [main_score, *(name for name in dev[0].scores if name != main_score)]
        tables.append(
            table(
                [say("스텝", "step"), *(score_name(name) for name in names)],
                [[f"{p.step:,}", *(_score_cell(p.scores, name) for name in names)] for p in dev],
                say("개발 세트 점수", "Scores on the dev set"),
                numbers=range(len(names) + 1),
            )
        )
    if shown:
        more = (
            f" ({say(f'{len(train):,}개 중 {len(shown)}개', f'{len(shown)} of {len(train):,}')})" if stride > 1 else ""
        )
        tables.append(
            table(
                [say("스텝", "step"), say("에폭", "epoch"), say("손실", "loss"), say("학습률", "learning rate")],
                [[f"{p.step:,}", f"{p.epoch:.2f}", f"{p.loss:.4f}", f"{p.learning_rate:.2e}"] for p in shown],
                say("훈련 기록", "Training log") + more,
                numbers=range(4),
            )
        )
    return details(say("숫자로 보기", "Show the numbers"), *tables)


def _score_cell(scores: Scores, name: str) -> str:
    if name not in scores:
        return "–"
    return f"{format_value(name, scores[name].value)} ({format_interval(name, scores[name])})"
