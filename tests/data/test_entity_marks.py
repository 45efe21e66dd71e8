"""Marked entities: read, written, escaped; what is wrong with a marked text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.entity_marks import SAMPLE, read_marks, write_marks
from malmoi.data.examples import Span
from malmoi.data.values import BadCell
from malmoi.messages import set_language


def words_of(marked: str) -> tuple[str, str, str, str]:
    found = read_marks(marked)
    first, second = (found.text[span.start : span.end] for span in (found.subject, found.object))
    return first, found.subject.label, second, found.object.label


def test_object_may_come_first_and_types_may_be_left_out():
    assert words_of("((조선))의 장군 [[이순신]]") == ("이순신", "", "조선", "")
    assert words_of("((조선| LOC ))의 장군 [[ 이순신 |PER]]") == ("이순신", "PER", "조선", "LOC")


def test_single_brackets_are_text():
    found = read_marks("[속보] [[이순신(李舜臣)|PER]]은 (조선의) ((수군|ORG))을 [이끌었다]")
    assert found.text == "[속보] 이순신(李舜臣)은 (조선의) 수군을 [이끌었다]"
    assert found.text[found.subject.start : found.subject.end] == "이순신(李舜臣)"


def test_backslash_takes_the_meaning_away_and_is_itself_elsewhere():
    found = read_marks(r"\[[이]] C:\자료 \\[[이순신\|장군|PER]]은 ((조\)\)선|LOC))")
    assert found.text == "[[이]] C:\\자료 \\이순신|장군은 조))선"
    assert (found.subject.label, found.object.label) == ("PER", "LOC")


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("이순신은 조선의 장군이다", "no mark: [[…]] ((…))"),
        ("[[이순신]]은 조선의 장군이다", "no mark: ((…))"),
        ("[[이순신]]은 ((조선의 장군이다", "not closed by '))'"),
        ("[[이순신]]은 ((조선))의 [[장군]]이다", "stands twice (장군)"),
        ("[[ |PER]]은 ((조선))의 장군이다", "empty"),
    ],
)
def test_what_is_wrong_is_said_with_an_example(marked, expected):
    set_language("en")
    with pytest.raises(BadCell) as caught:
        read_marks(marked)
    assert expected in str(caught.value) and SAMPLE in str(caught.value)


SPICED = st.text(alphabet="가나[]()|\\ ", min_size=1, max_size=12)


@given(SPICED, SPICED, SPICED, SPICED, st.sampled_from(["", "PER", "a|b", r"\)", "]]"]), st.booleans())
def test_what_is_written_is_read_back(before, first, between, second, label, swapped):
    first, second = f"가{first}나", f"다{second}라"  # a word neither starts nor ends with a space
    text = before + first + between + second
    one = Span(len(before), len(before + first), label)
    other = Span(len(before + first + between), len(text), "LOC")
    subject, object_ = (other, one) if swapped else (one, other)
    found = read_marks(write_marks(text, subject, object_))
    assert (found.text, found.subject, found.object) == (text, subject, object_)


def test_hostile_marks_take_linear_time():
    began = time.perf_counter()
    for piece in ("[[", "((", "|", "\\", "]]"):
        with pytest.raises(BadCell):
            read_marks("[[" + piece * 100_000)
    assert time.perf_counter() - began < 5
