"""Times of day in Korean text as HH:MM: 오후 6시 30분, 저녁 여섯 시 반, 18시, 18:30, 정오.

A word such as 오후 before the hour makes it one of the afternoon; without one the hour is what is written (6시 is 06:00).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NATIVE = ("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두")
_SINO = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
_MORNING, _NIGHT = ("오전", "아침", "새벽"), ("밤", "한밤")
_AFTERNOON = ("오후", "저녁", "낮", "점심")
_WORDS = {"정오": "12:00", "자정": "00:00"}
_HALVES = "|".join((*_MORNING, *_NIGHT[::-1], *_AFTERNOON))
_HOURS = "|".join(sorted(_NATIVE, key=len, reverse=True))
_MINUTES = "[0-5]?[0-9]|[일이삼사오육칠팔구]?십[일이삼사오육칠팔구]?|[일이삼사오육칠팔구]"
_TIME = re.compile(
    rf"(?P<word>정오|자정)|(?:(?P<half>{_HALVES})\s?)?"
    rf"(?:(?<![0-9:])(?P<clock>[0-9]{{1,2}}):(?P<past>[0-5][0-9])(?![0-9:])"
    rf"|(?:(?<![0-9])(?P<digits>[0-9]{{1,2}})|(?P<native>{_HOURS}))\s?시(?!간)(?:\s?(?:(?P<minutes>{_MINUTES})\s?분|(?P<half_past>반)))?)"
)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day, HH:MM, and where it stands, characters `start` to `end`."""

    start: int
    end: int
    time: str


def clock_times(text: str) -> list[ClockTime]:
    """Return the times of day that stand in a text, in order.

    >>> [(text[t.start : t.end], t.time) for text in ["오후 6시 30분이나 저녁 일곱 시 반에요"] for t in clock_times(text)]
    [('오후 6시 30분', '18:30'), ('저녁 일곱 시 반', '19:30')]
    >>> [t.time for t in clock_times("9시, 18:05, 밤 12시, 정오, 세 시간 뒤")]
    ['09:00', '18:05', '00:00', '12:00']
    """
    found = []
    for match in _TIME.finditer(text):
        if match["word"]:
            found.append(ClockTime(*match.span(), _WORDS[match["word"]]))
            continue
        hour, minute = _hour(match), _minute(match)
        if hour <= 24:
            found.append(ClockTime(*match.span(), f"{_of_half(hour, match['half']) % 24:02}:{minute:02}"))
    return found


def _hour(match: re.Match[str]) -> int:
    digits = match["clock"] or match["digits"]
    return int(digits) if digits else _NATIVE.index(match["native"]) + 1


def _minute(match: re.Match[str]) -> int:
    if match["half_past"]:
        return 30
    written = match["past"] or match["minutes"] or "0"
    return int(written) if written.isascii() else _sino(written)


def _sino(written: str) -> int:
    """Return a number below 60 in Sino-Korean words: 사십오 is 45."""
    tens, ten, ones = written.rpartition("십")
    return (10 * _SINO.get(tens, 1) if ten else 0) + _SINO.get(ones, 0)


def _of_half(hour: int, half: str | None) -> int:
    """Return the hour of the day that an hour of a half day is."""
    if half in _AFTERNOON or (half in _NIGHT and 6 <= hour < 12):
        return hour + 12 if hour < 12 else hour
    if half in _MORNING or half in _NIGHT:
        return 0 if hour == 12 else hour
    return hour
