"""From logits to answers: every span is compared, windows compare with each other, texts come once, particles fall off."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from malmoi.tasks.base import Window
from malmoi.tasks.extraction.spans import NUM_SPANS, Spans, answers_of, find_spans, without_particle
from malmoi.tasks.extraction.windows import ExtractionFeatures

CONTEXT = "이순신은 거북선에서 싸웠다"
PIECES = [(0, 3), (3, 4), (5, 8), (8, 10), (11, 12), (12, 14)]  # 이순신 은 거북선 에서 싸 웠다
FIRST = 3  # where the context begins in a window


def window(starts: Any, ends: Any, pieces: Any = PIECES, padding: int = 0) -> Window:
    """A window with logits of the first token and of each piece; question and padding have logits that would win."""
    offsets = np.array(pieces, dtype=np.int32).reshape(-1, 2)
    length = FIRST + len(offsets) + 1
    outputs = {}
    for name, (first, *rest) in (("start_logits", starts), ("end_logits", ends)):
        row = np.full(length + padding, 99.0, dtype=np.float32)
        row[0] = first
        row[FIRST : FIRST + len(offsets)] = rest
        outputs[name] = row
    nothing = np.zeros(length, dtype=np.int32)
    return Window(ExtractionFeatures(nothing, nothing.astype(np.int8), offsets, FIRST), outputs)


def drawn(seed: int, pieces: Any = PIECES) -> Window:
    """A window with random logits."""
    starts, ends = np.random.default_rng(seed).normal(size=(2, len(pieces) + 1))
    return window(starts, ends, pieces)


def log_shares(logits: np.ndarray) -> np.ndarray:
    """Log softmax, written out."""
    return np.log(np.exp(logits) / np.exp(logits).sum())


@pytest.mark.parametrize("brevity", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_spans_are_those_of_a_search_over_all(seed, brevity):
    own = drawn(seed)
    rows = [0, *range(FIRST, FIRST + len(PIECES))]
    starts, ends = (log_shares(own.outputs[name][rows].astype(float)) for name in ("start_logits", "end_logits"))
    every = {
        (PIECES[i][0], PIECES[j][1]): starts[i + 1] + ends[j + 1] - brevity * (PIECES[j][1] - PIECES[i][0])
        for i, j in itertools.combinations_with_replacement(range(len(PIECES)), 2)
        if i == j or PIECES[j][1] - PIECES[i][0] <= 8
    }
    best = sorted(every, key=every.__getitem__, reverse=True)[:NUM_SPANS]
    spans = find_spans([own], 8, brevity)
    assert [(start, end) for start, end, _ in spans.places.tolist()] == best
    assert np.allclose(spans.log_scores, [every[place] for place in best])
    assert spans.no_answer == pytest.approx(starts[0] + ends[0])


def test_padding_and_a_constant_added_to_a_window_change_nothing():
    plain, padded = drawn(3), drawn(3)
    shifted = {name: np.concatenate([row + 7.0, [500.0]]) for name, row in padded.outputs.items()}
    a, b = find_spans([plain], 30), find_spans([Window(padded.features, shifted)], 30)
    assert np.allclose(a.log_scores, b.log_scores, atol=1e-5) and np.array_equal(a.places, b.places)


def test_a_window_that_sees_no_answer_does_not_win():
    sure = window([0, 9, 0, 0, 0, 0, 0], [0, 9, 0, 0, 0, 0, 0])
    blind = window([30, 0, 0, 20, 0, 0, 0], [30, 0, 0, 20, 0, 0, 0])  # higher logits, but all for the first token
    said = answers_of(CONTEXT, find_spans([blind, sure], 30), cut_particles=False)
    assert said.candidates[0].text == "이순신" and said.candidates[0].score > 0.99
    assert said.no_answer < 0.01


def test_no_answer_needs_every_window_to_say_so():
    refusing = window([9, 0, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0])
    answering = window([0, 0, 0, 9, 0, 0, 0], [0, 0, 0, 9, 0, 0, 0])
    assert answers_of(CONTEXT, find_spans([refusing, refusing], 30), cut_particles=False).no_answer > 0.9
    assert answers_of(CONTEXT, find_spans([refusing, answering], 30), cut_particles=False).no_answer < 0.1


def test_shares_add_up_to_one_and_equal_texts_come_once():
    context = "학생 학생 학생이"
    pieces = [(0, 2), (3, 5), (6, 9)]
    spans = find_spans([drawn(1, pieces), drawn(2, pieces)], 30)
    said = answers_of(context, spans, cut_particles=True)
    texts = [candidate.text for candidate in said.candidates]
    assert len(set(texts)) == len(texts) and "학생" in texts and "학생이" not in texts
    assert sum(c.score for c in said.candidates) + said.no_answer == pytest.approx(1.0, abs=1e-5)
    assert all(context[c.start : c.end] == c.text for c in said.candidates)
    assert [c.score for c in said.candidates] == sorted((c.score for c in said.candidates), reverse=True)


def test_spaces_at_the_ends_belong_to_no_answer():
    spans = Spans(np.array([-0.1, -3.0]), np.array([[3, 11, 8], [4, 5, 4]]), -4.0)
    said = answers_of(CONTEXT, spans, cut_particles=False)
    assert [(c.text, c.start, c.end) for c in said.candidates] == [("은 거북선에서", 3, 10)]


def test_a_piece_longer_than_the_limit_may_still_answer():
    spans = find_spans([window([0, 5], [0, 5], [(0, 14)])], max_answer=3)
    assert spans.places.tolist() == [[0, 14, 0]]


def test_a_context_without_pieces_has_no_answer():
    spans = find_spans([window([2.0], [3.0], [])], max_answer=30)
    said = answers_of("", spans, cut_particles=True)
    assert said.candidates == () and said.no_answer == 1.0


@pytest.mark.parametrize(
    ("text", "last", "cut"),
    [
        ("이순신은", 0, "이순신"),  # one piece
        ("이순신은", 2, "이순신"),  # 이순 + 신은
        ("이순신은", 3, "이순신은"),  # the particle is a piece of its own: the model chose it
        ("알자지라는", 3, "알자지라"),  # 라는 is no particle here: its 라 lies in the piece before
        ("2000여 명의", 6, "2000여 명"),  # a counter of one syllable
        ("홍수지질학과", 2, "홍수지질학과"),
        ("1445유로", 4, "1445유로"),
        ("국가", 0, "국가"),
        ("1,592", 0, "1,592"),
        ("KBS가", 0, "KBS"),
    ],
)
def test_particles(text, last, cut):
    assert text[: without_particle(text, 0, len(text), last)] == cut
