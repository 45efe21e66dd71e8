"""Units side by side as a file of its own: a score with its seeds on the left, tokens a text on the right; text stays text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from malmoi.evaluation.markup import Html, element
from malmoi.evaluation.names import format_value, is_share, score_name
from malmoi.evaluation.svg import Scale, ticks
from malmoi.messages import say

_ROW, _TOP, _BOTTOM = 40, 64, 66
_NAMES, _SCORES, _GAP, _TOKENS, _VALUES = 170, 380, 60, 180, 70  # widths of the columns
_WIDTH = _NAMES + _SCORES + _GAP + _TOKENS + _VALUES
_STYLE = (
    'svg{background:#fff;font:13px Pretendard,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",NanumGothic,sans-serif}'
    "text{fill:#1f2430}.soft{fill:#565d6b;font-size:12px}.title{font-size:15px;font-weight:700}.grid{stroke:#e9e6df}"
    ".sd{stroke:#2c5cc5;stroke-opacity:.45;stroke-width:5;stroke-linecap:round}.seed{fill:#2c5cc5;fill-opacity:.38}"
    ".mean{fill:#2c5cc5;stroke:#fff;stroke-width:1.5}.other{fill:none;stroke:#a8500c;stroke-width:1.75}.bar{fill:#8ba9ef}"
)


@dataclass(frozen=True)
class ChartRow:
    """One unit: its scores by seed with mean and standard deviation, tokens a text, the published score if there is one."""

    name: str
    scores: tuple[float, ...]
    mean: float
    sd: float
    tokens: float
    published: float | None = None


def units_chart(rows: Sequence[ChartRow], main_score: str, n: int) -> str:
    """Return an SVG document with a line for each unit, in the order given."""
    height = _TOP + _ROW * len(rows) + _BOTTOM
    seen = [
        value
        for row in rows
        for value in (*row.scores, row.mean - row.sd, row.mean + row.sd, row.published)
        if value is not None
    ]
    room = max((max(seen) - min(seen)) * 0.08, 0.002)
    scores, tokens = Scale(min(seen) - room, max(seen) + room), Scale(0, max(row.tokens for row in rows))
    name = score_name(main_score)
    label = ", ".join(f"{row.name} {format_value(main_score, row.mean)}" for row in rows)
    return element(
        "svg",
        element("style", Html(_STYLE)),
        element("title", f"{say('토큰 단위 비교', 'Token units compared')}: {name}, {label}"),
        _text(0, 22, say("토큰 단위 비교", "Token units compared"), "title"),
        _text(_NAMES, _TOP - 14, f"{name} (dev, n = {n:,})", "soft"),
        _text(_NAMES + _SCORES + _GAP, _TOP - 14, say("글 하나의 토큰 수", "tokens a text"), "soft"),
        _grid(scores, len(rows), main_score),
        *(_row(row, place, scores, tokens) for place, row in enumerate(rows)),
        _legend(height - 18, len(rows[0].scores), has_published=any(row.published is not None for row in rows)),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"-16 0 {_WIDTH + 16} {height}", width="100%", role="img",
    )  # fmt: skip


def _row(row: ChartRow, place: int, scores: Scale, tokens: Scale) -> Html:
    y = _TOP + _ROW * (place + 0.5)
    x = partial(_at, scores)
    left = float(_NAMES + _SCORES + _GAP)
    bar = max(1.0, _TOKENS * tokens.share(row.tokens))
    other = "" if row.published is None else element("rect", x=x(row.published) - 4.5, y=y - 4.5, width="9", height="9", class_="other")  # fmt: skip
    return element(
        "g",
        _text(0, y + 4, row.name),
        element("line", x1=x(row.mean - row.sd), x2=x(row.mean + row.sd), y1=y, y2=y, class_="sd") if row.sd else "",
        *(element("circle", cx=x(value), cy=y, r="3.5", class_="seed") for value in row.scores),
        element(
            "circle", element("title", f"{row.mean:.4f} ± {row.sd:.4f}"), cx=x(row.mean), cy=y, r="6", class_="mean"
        ),
        other,
        element("rect", x=left, y=y - 7, width=bar, height="14", class_="bar"),
        _text(left + bar + 8, y + 4, f"{row.tokens:.1f}", "soft"),
    )


def _at(scores: Scale, value: float) -> float:
    return _NAMES + _SCORES * scores.share(value)


def _grid(scores: Scale, num_rows: int, main_score: str) -> Html:
    bottom = float(_TOP + _ROW * num_rows)
    unit = 100 if is_share(main_score) else 1
    lines = []
    for value in ticks(scores.low * unit, scores.high * unit, 5):
        x = _at(scores, value / unit)
        lines.append(element("line", x1=x, x2=x, y1=float(_TOP - 4), y2=bottom, class_="grid"))
        suffix = " %" if unit == 100 else ""
        lines.append(_text(x, bottom + 17, f"{value:g}{suffix}", "soft", "middle"))
    return element("g", *lines)


def _legend(y: float, num_seeds: int, has_published: bool) -> Html:
    mean = say(f"평균과 표준편차 (씨앗 {num_seeds}개)", f"mean and standard deviation ({num_seeds} seeds)")
    parts = [element("circle", cx=float(_NAMES), cy=y - 4, r="6", class_="mean"), _text(_NAMES + 14, y, mean, "soft")]
    if has_published:
        at = _NAMES + 330
        parts.append(element("rect", x=at - 4.5, y=y - 8.5, width="9", height="9", class_="other"))
        parts.append(_text(at + 14, y, say("발표된 값 (LSTM, 전체 자료)", "published (LSTM, all data)"), "soft"))
    return element("g", *parts)


def _text(x: float, y: float, text: str, class_: str | None = None, anchor: str | None = None) -> Html:
    return element("text", text, x=float(x), y=float(y), class_=class_, text_anchor=anchor)
