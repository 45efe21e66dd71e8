"""The few SVG pieces of the charts: scales, ticks, lines, labels.

Charts stretch without stretching their text: x coordinates are percentages of the width, y coordinates pixels. Only
curves need a coordinate system of their own, a nested `<svg>` that is stretched while its strokes keep their width.
Tick labels lie left of x = 0, in the margin that the style sheet leaves, and below the plot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.evaluation.markup import Html, element

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map of `[low, high]` to [0, 1]; an empty range is widened."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.high > self.low:
            centre = self.low
            object.__setattr__(self, "low", centre - (abs(centre) or 1) / 2)
            object.__setattr__(self, "high", centre + (abs(centre) or 1) / 2)

    def share(self, value: float) -> float:
        """Return where `value` lies between the ends, 0 … 1, cut at both."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def x(self, value: float) -> str:
        """Return the horizontal position, a percentage from the left."""
        return f"{100 * self.share(value):.2f}%"

    def y(self, value: float, height: float) -> float:
        """Return the vertical position in pixels from the top."""
        return height * (1 - self.share(value))


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round values in [low, high]: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 950)
    [0.0, 200.0, 400.0, 600.0, 800.0]
    """
    if not high > low:
        return [low]
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def plot(height: float, label: str, *children: str, below: float = 24) -> Html:
    """Return a chart of full width and `height` pixels, with `below` pixels for tick labels under it.

    `label` is what a screen reader says.
    """
    return element("svg", *children, class_="plot", height=float(height + below), role="img", aria_label=label)


def y_axis(scale: Scale, height: float, labels: Sequence[tuple[float, str]]) -> Html:
    """Return horizontal grid lines with their labels in the left margin."""
    lines = []
    for value, text in labels:
        y = scale.y(value, height)
        lines.append(element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid"))
        lines.append(element("text", text, x="-8", y=y, dy="0.35em", text_anchor="end", class_="tick"))
    return element("g", *lines)


def x_axis(scale: Scale, height: float, labels: Sequence[tuple[float, str]]) -> Html:
    """Return tick labels below the plot; the outermost ones turn inwards so that nothing is cut off."""
    texts = []
    for value, text in labels:
        share = scale.share(value)
        anchor = "start" if share < 0.03 else "end" if share > 0.97 else "middle"
        texts.append(element("text", text, x=scale.x(value), y=height + 17.0, text_anchor=anchor, class_="tick"))
    base = element("line", x1="0", x2="100%", y1=float(height), y2=float(height), class_="axis")
    return element("g", base, *texts)


def curve(points: Sequence[Point], x: Scale, y: Scale, height: float, class_: str) -> Html:
    """Return a polyline through `points`, or a dot when there is only one."""
    if len(points) == 1:
        return dot(points[0], x, y, height, class_ + " dot")
    path = " ".join(f"{1000 * x.share(px):.1f},{y.y(py, height):.1f}" for px, py in points)
    line = element("polyline", points=path, class_="curve " + class_, vector_effect="non-scaling-stroke")
    box = f"0 0 1000 {height:g}"
    return element(
        "svg", line, viewBox=box, preserveAspectRatio="none", width="100%", height=float(height), x="0", y="0"
    )


def dot(point: Point, x: Scale, y: Scale, height: float, class_: str, title: str = "", radius: float = 4) -> Html:
    """Return a circle; `title` is shown on hover."""
    tip = element("title", title) if title else ""
    return element("circle", tip, cx=x.x(point[0]), cy=y.y(point[1], height), r=float(radius), class_=class_)


def whisker(at: float, low: float, high: float, x: Scale, y: Scale, height: float, class_: str) -> Html:
    """Return a vertical line from `low` to `high`."""
    return element("line", x1=x.x(at), x2=x.x(at), y1=y.y(low, height), y2=y.y(high, height), class_=class_)


def text_width(text: str, size: float) -> float:
    """Return about how many pixels `text` takes at font size `size`: Hangul and Han fill the square, Latin half of it."""
    return sum(size if ord(char) > 0x10FF else 0.58 * size for char in text)


def shorten(text: str, width: float, size: float) -> str:
    """Return `text` cut to about `width` pixels, with an ellipsis when something is missing.

    >>> shorten("매우 긴 라벨 이름", 60, 12)
    '매우 긴…'
    """
    if text_width(text, size) <= width:
        return text
    kept = ""
    for char in text:
        if text_width(kept + char, size) + size > width:
            break
        kept += char
    return kept.rstrip() + "…"
