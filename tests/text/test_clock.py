"""Times of day in Korean text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.text.clock import clock_times


def times(text):
    return [found.time for found in clock_times(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:30에 예약해 주세요", ["18:30"]),
        ("오후 18:30", ["18:30"]),
        ("오전 9시", ["09:00"]),
        ("아침 아홉시 반", ["09:30"]),
        ("오후 12시", ["12:00"]),
        ("낮 12시 5분", ["12:05"]),
        ("오전 12시, 밤 12시, 자정", ["00:00", "00:00", "00:00"]),
        ("밤 10시와 새벽 2시", ["22:00", "02:00"]),
        ("밤 2시", ["02:00"]),
        ("저녁 열한 시 사십오분", ["23:45"]),
        ("점심 한시 십오 분", ["13:15"]),
        ("두시 삼십분, 세 시 십분, 네시 오분", ["02:30", "03:10", "04:05"]),
        ("24시까지", ["00:00"]),
        ("7시20분", ["07:20"]),
        ("세 시간 걸려요", []),
        ("30시, 12:75, 1:2:3, 112:30", []),
        ("다시 시작하면 두시름", ["02:00"]),  # 시 without a space cannot be told from the hour
        ("", []),
    ],
)
def test_times(text, expected):
    assert times(text) == expected


def test_places_are_those_of_the_whole_expression():
    text = "그럼 저녁 여섯 시 반에 갈게요"
    (found,) = clock_times(text)
    assert text[found.start : found.end] == "저녁 여섯 시 반"


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_the_day_is_read_back(hour, minute):
    expected = [f"{hour:02}:{minute:02}"]
    assert times(f"{hour}:{minute:02}") == times(f"{hour}시 {minute}분") == expected
    half = "오전" if hour < 12 else "오후"
    assert times(f"{half} {hour % 12 or 12}시 {minute}분에") == expected


def test_linear_time():
    began = time.perf_counter()
    for piece in ("오후 ", "12:", "열", "십", "1 시 "):
        clock_times(piece * 50_000)
    assert time.perf_counter() - began < 5
