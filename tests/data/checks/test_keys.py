"""Near copies: what people type twice is one text, what means something else is not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.checks.keys import exact_key, groups_of_copies, near_key, near_text, shorten_repeats
from malmoi.data.examples import TextExample

SAME = [
    ("재밌어요", "재밌 어요"),
    ("재밌어요", "재밌어요!!!"),
    ("재밌어요~ㅋㅋㅋ", "재밌어요 ㅋㅋㅋㅋㅋㅋ"),
    ("GOOD", "good"),
    ("한글", unicodedata.normalize("NFD", "한글")),
    ("“최고”예요…", "'최고'예요"),
    (".....", "..."),
    ("와아아아", "와아아아아아아"),
]
DIFFERENT = [
    ("1점", "10점"),
    ("1000원", "100000원"),
    ("3.5", "35"),
    ("좋아요👍", "좋아요👎"),
    ("♥", "♡"),
    ("네", "네네"),
    ("...", "!!!"),
    ("재밌어요", "재미있어요"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one, other):
    assert near_text(one) == near_text(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one, other):
    assert near_text(one) != near_text(other)


@given(st.text(max_size=30))
def test_a_text_that_is_not_blank_keeps_something(text):
    assert bool(near_text(text)) == bool(text.strip())
    assert near_text(f"  {text}\n") == near_text(text)


def test_digits_may_repeat():
    assert shorten_repeats("10000년ㅠㅠㅠㅠ") == "10000년ㅠㅠ"


def test_long_runs_take_linear_time():
    assert len(near_text("가!" * 200_000 + "1." * 200_000)) == 2 + 400_000 - 1  # the last full stop goes


def test_pairs_are_compared_whole():
    rows = [TextExample("가", "나"), TextExample("가", "다"), TextExample("가", "나."), TextExample("가", "나")]
    assert groups_of_copies(rows, exact_key) == [[0, 3]]
    assert groups_of_copies(rows, near_key) == [[0, 2, 3]]
