from __future__ import annotations

import pickle
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.text.aligned import AlignedText, Edit, substitute


@st.composite
def aligned_texts(draw, raw=None):
    """Any AlignedText over digits: insertions, removals, growing and shrinking replacements."""
    raw = draw(st.text("0123456789", max_size=12)) if raw is None else raw
    cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    if len(cuts) % 2:
        cuts.pop()
    texts = draw(st.lists(st.text("가나다", max_size=3), min_size=len(cuts) // 2, max_size=len(cuts) // 2))
    return AlignedText.from_edits(raw, map(Edit, cuts[::2], cuts[1::2], texts))


def spans(aligned):
    return [aligned.raw_span(i, i + 1) for i in range(len(aligned.text))]


def assert_monotone(aligned):
    starts, ends = [s for s, _ in spans(aligned)], [e for _, e in spans(aligned)]
    assert starts == sorted(starts) and ends == sorted(ends)
    assert all(0 <= start <= end <= len(aligned.raw) for start, end in spans(aligned))


def test_identity_costs_nothing_and_maps_to_itself():
    aligned = AlignedText("한글", "한글")
    assert aligned.starts is None
    assert aligned.raw_span(0, 1) == aligned.text_span(0, 1) == (0, 1)
    assert AlignedText.from_edits("a\x0bb", [Edit(1, 2, " ")]) == AlignedText("a\x0bb", "a b")


def test_removed_text_at_the_edges_stays_outside_a_span():
    aligned = AlignedText.from_edits("<<말>모이>", [Edit(0, 2, ""), Edit(3, 4, ""), Edit(6, 7, "")])
    assert aligned.text == "말모이"
    assert aligned.raw_span(0, 1) == (2, 3)
    assert aligned.raw_span(0, 3) == (2, 6)
    assert aligned.text_span(0, 2) == (0, 0)
    assert aligned.text_span(3, 4) == (1, 1)
    assert aligned.text_span(2, 4) == (0, 1)
    assert aligned.text_span(0, 7) == (0, 3)


def test_inserted_character_has_an_empty_span():
    aligned = AlignedText.from_edits("띄어쓰기없음", [Edit(4, 4, " ")])
    assert aligned.raw_span(4, 5) == (4, 4)
    assert aligned.raw_span(3, 6) == (3, 5)
    assert aligned.text_span(4, 6) == (5, 7)
    assert aligned.text_span(3, 5) == (3, 6)


def test_insertion_inside_a_shared_span_keeps_order():
    grown = AlignedText.from_edits("㎏", [Edit(0, 1, "kg")])
    assert_monotone(grown.then(lambda text: AlignedText.from_edits(text, [Edit(1, 1, " ")])))


@pytest.mark.parametrize(
    "edits", [[Edit(2, 1, "")], [Edit(0, 9, "")], [Edit(1, 2, ""), Edit(1, 2, "")], [Edit(-1, 0, "")]]
)
def test_bad_edits(edits):
    with pytest.raises(ValueError, match="edit"):
        AlignedText.from_edits("말모이", edits)


@pytest.mark.parametrize("span", [(-1, 0), (2, 1), (0, 4)])
def test_bad_spans(span):
    aligned = AlignedText("말모이", "말모이")
    for method in (aligned.raw_span, aligned.text_span):
        with pytest.raises(ValueError, match="span"):
            method(*span)


@given(aligned_texts(), st.data())
def test_kept_characters_point_at_themselves(aligned, data):
    assert_monotone(aligned)
    for char, (start, end) in zip(aligned.text, spans(aligned), strict=True):
        assert char in "가나다" or aligned.raw[start:end] == char
    start = data.draw(st.integers(0, len(aligned.text)))
    end = data.draw(st.integers(start, len(aligned.text)))
    if start < end:
        assert aligned.raw_span(start, end) == (spans(aligned)[start][0], spans(aligned)[end - 1][1])
    else:
        assert_monotone(aligned.then(lambda text: AlignedText.from_edits(text, [Edit(start, start, "-")])))


@given(aligned_texts(), st.data())
def test_text_span_covers_what_the_raw_span_touches(aligned, data):
    raw_start = data.draw(st.integers(0, len(aligned.raw)))
    raw_end = data.draw(st.integers(raw_start, len(aligned.raw)))
    start, end = aligned.text_span(raw_start, raw_end)
    touched = [
        i
        for i, (s, e) in enumerate(spans(aligned))
        if max(s, raw_start) < min(e, raw_end) or (s == e and raw_start < s < raw_end)  # the latter: put in, inside
    ]
    assert 0 <= start <= end <= len(aligned.text)
    if touched:
        assert (start, end) == (touched[0], touched[-1] + 1)
    else:
        assert start == end


@given(aligned_texts(), st.data())
def test_composition(first, data):
    second = data.draw(aligned_texts(raw=first.text))
    both = first.then(lambda _: second)
    assert (both.raw, both.text) == (first.raw, second.text)
    assert_monotone(both)
    for (start, end), composed in zip(spans(second), spans(both), strict=True):
        assert composed == first.raw_span(start, end)


def test_then_refuses_a_step_for_another_text():
    with pytest.raises(AssertionError):
        AlignedText("가", "가").then(lambda _: AlignedText("나", "나"))


def test_equal_hashable_picklable():
    one, two = (substitute("가-나", re.compile("-"), "") for _ in range(2))
    assert one == two and hash(one) == hash(two) and pickle.loads(pickle.dumps(one)) == one
    assert one != AlignedText("가나", "가나")


def test_substitute_like_re_sub():
    pattern = re.compile("ㅋ{2,}")
    assert substitute("ㅋㅋㅋ 정말 ㅋㅋ", pattern, lambda run: f"{len(run)}").text == "3 정말 2"
    aligned = substitute("ㅋㅋㅋ 정말 ㅋㅋ", pattern, "ㅋㅋ")
    assert aligned.text == "ㅋㅋ 정말 ㅋㅋ"
    assert aligned.raw_span(0, 1) == aligned.raw_span(1, 2) == (0, 3)


def test_a_megabyte_in_linear_time():
    raw = "가 " * 500_000
    begin = time.perf_counter()
    aligned = substitute(raw, re.compile(" "), "")
    aligned = aligned.then(lambda text: substitute(text, re.compile("가가"), "나"))
    assert aligned.raw_span(249_999, 250_000) == (999_996, 999_999)
    assert time.perf_counter() - begin < 8
