"""The reliability diagram: how often the model is right (y) when it says how sure it is (x); honest is the diagonal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from malmoi.evaluation.markup import Html, details, element, join, table
from malmoi.evaluation.names import percent
from malmoi.evaluation.svg import Scale, curve, dot, plot, whisker, x_axis, y_axis
from malmoi.messages import say
from malmoi.metrics.calibration import ReliabilityBin
from malmoi.metrics.scores import wilson_score

_HEIGHT, _COUNT_HEIGHT = 260, 64


def reliability_section(
    bins: Sequence[ReliabilityBin], before: Sequence[ReliabilityBin] = (), temperature: float | None = None
) -> Html:
    """Return the diagram, the bins' sizes and the table behind; `before` are the bins without the temperature."""
    used = [b for b in bins if b.count]
    if not used:
        return Html()
    earlier = [b for b in before if b.count]
    lowest = min(min(b.low, b.accuracy) for b in used + earlier)
    scale = Scale(math.floor(lowest * 10 + 1e-9) / 10, 1.0)
    names = _names(temperature, bool(earlier))
    parts = [_legend(names, bool(earlier)), _diagram(used, earlier, scale)]
    parts += [
        element("h3", say("예측 개수", "Number of predictions")),
        _sizes(used, scale),
        element("p", _note(), class_="note"),
        details(say("숫자로 보기", "Show the numbers"), *_tables(used, earlier, names)),
    ]
    return join(parts)


def _names(temperature: float | None, with_before: bool) -> tuple[str, str]:
    """Return what the two series are called; what was chosen on dev need not be a temperature."""
    if temperature is not None:
        after = say(f"보정 후 (온도 {temperature:.2f})", f"after scaling (temperature {temperature:.2f})")
        return after, say("보정 전", "before scaling")
    before = say("dev 로 고르기 전", "before tuning on dev")
    return say("dev 로 고른 뒤", "after tuning on dev") if with_before else say("모델", "model"), before


def _note() -> str:
    return say(
        "가로축은 모델이 말한 확률, 세로축은 실제로 맞힌 비율입니다. 점이 대각선에 있으면 확률을 그대로 믿어도 됩니다. "
        "세로 막대는 95 % 구간입니다.",
        "Across: the probability the model gives; up: how often it is right. On the diagonal, probabilities can be taken "
        "at their word. Vertical bars are 95 % intervals.",
    )


def _diagram(used: Sequence[ReliabilityBin], earlier: Sequence[ReliabilityBin], scale: Scale) -> Html:
    labels = _axis_labels(scale)
    corner = [(scale.low, scale.low), (scale.high, scale.high)]
    children = [
        y_axis(scale, _HEIGHT, labels),
        x_axis(scale, _HEIGHT, labels),
        curve(corner, scale, scale, _HEIGHT, "ideal"),
    ]
    if earlier:
        children += [curve([(b.confidence, b.accuracy) for b in earlier], scale, scale, _HEIGHT, "second dotted")]
        children += [
            dot((b.confidence, b.accuracy), scale, scale, _HEIGHT, "ring second", _tip(b), radius=4) for b in earlier
        ]
    for b in used:
        interval = wilson_score(round(b.accuracy * b.count), b.count)
        children.append(whisker(b.confidence, interval.low, interval.high, scale, scale, _HEIGHT, "whisker first"))
    children.append(curve([(b.confidence, b.accuracy) for b in used], scale, scale, _HEIGHT, "first"))
    children += [dot((b.confidence, b.accuracy), scale, scale, _HEIGHT, "dot first", _tip(b)) for b in used]
    return plot(_HEIGHT, say("신뢰도 그림", "Reliability diagram"), *children)


def _sizes(used: Sequence[ReliabilityBin], scale: Scale) -> Html:
    counts = Scale(0, 1.3 * max(b.count for b in used))
    bars = []
    for b in used:
        y = counts.y(b.count, _COUNT_HEIGHT)
        width = 100 * (scale.share(b.high) - scale.share(b.low))
        bars.append(
            element(
                "rect",
                element("title", _tip(b)),
                x=scale.x(b.low),
                width=f"{max(width - 0.4, 0.2):.2f}%",
                y=y,
                height=max(_COUNT_HEIGHT - y, 1.0),
                class_="bar first",
            )
        )
        middle = scale.x((b.low + b.high) / 2)
        bars.append(element("text", f"{b.count:,}", x=middle, y=y - 4, text_anchor="middle", class_="tick roomy"))
    label = say("확률 구간마다의 예측 개수", "Number of predictions in each bin of probability")
    return plot(_COUNT_HEIGHT, label, *bars, x_axis(scale, _COUNT_HEIGHT, _axis_labels(scale)))


def _axis_labels(scale: Scale) -> list[tuple[float, str]]:
    step = 0.2 if scale.high - scale.low > 0.55 else 0.1
    start = math.ceil(scale.low / step - 1e-9)
    return [(i * step, f"{100 * i * step:.0f} %") for i in range(start, round(1 / step) + 1)]


def _legend(names: tuple[str, str], with_before: bool) -> Html:
    entries = [element("li", element("i", class_="key dot-key"), names[0])]
    if with_before:
        entries.append(element("li", element("i", class_="key ring-key"), names[1]))
    entries.append(element("li", element("i", class_="key dash-key"), say("확률 = 정답률", "probability = hit rate")))
    return element("ul", *entries, class_="legend")


def _tip(b: ReliabilityBin) -> str:
    return say(
        f"확률 {percent(b.confidence)} · 정답률 {percent(b.accuracy)} · {b.count:,}개",
        f"probability {percent(b.confidence)} · right {percent(b.accuracy)} · {b.count:,}",
    )


def _tables(used: Sequence[ReliabilityBin], earlier: Sequence[ReliabilityBin], names: tuple[str, str]) -> list[Html]:
    header = [
        say("확률 구간", "bin"),
        say("개수", "count"),
        say("평균 확률", "mean probability"),
        say("정답률", "share right"),
    ]

    def rows(bins: Sequence[ReliabilityBin]) -> list[list[str]]:
        return [
            [f"{100 * b.low:.1f}–{100 * b.high:.1f} %", f"{b.count:,}", percent(b.confidence), percent(b.accuracy)]
            for b in bins
        ]

    tables = [table(header, rows(used), names[0], numbers=(1, 2, 3))]
    if earlier:
        tables.append(table(header, rows(earlier), names[1], numbers=(1, 2, 3)))
    return tables
