"""Windows of a question on a context: contents, targets, draw for training, batches."""

from __future__ import annotations

import numpy as np
import pytest

from malmoi.data.examples import Span
from malmoi.tasks.extraction.windows import Reading, collate_windows, drawn_windows, piece_place
from malmoi.tokenization.pieces import PairTemplate, Pieces

BERT = PairTemplate(*(np.array(ids, dtype=np.int32) for ids in ([2], [3], [3])), tuple(np.array([t], dtype=np.int8) for t in (0, 0, 0, 1, 1)))  # fmt: skip
QUESTION = Pieces(np.arange(10, 15, dtype=np.int32), np.zeros((5, 2), dtype=np.int32))
# 20 pieces of two characters with a space behind each
CONTEXT = Pieces(np.arange(100, 120, dtype=np.int32), np.array([(3 * i, 3 * i + 2) for i in range(20)], dtype=np.int32))
READING = Reading(BERT, max_length=16, max_question=3, stride=4)  # room for 10 pieces


def windows(*answers: Span, reading: Reading = READING):
    return reading.windows(QUESTION, CONTEXT, answers)


def test_windows_hold_the_cut_question_and_their_part_of_the_context():
    found = windows()
    assert [row.input_ids.tolist() for row in found] == [
        [2, 10, 11, 12, 3, *range(100, 110), 3],
        [2, 10, 11, 12, 3, *range(106, 116), 3],
        [2, 10, 11, 12, 3, *range(112, 120), 3],
    ]
    assert found[0].type_ids.tolist() == [0] * 5 + [1] * 11
    for row in found:
        text = row.input_ids[row.context_at : row.context_at + len(row.offsets)]
        assert np.array_equal(row.offsets[:, 0], 3 * (text - 100))


def test_targets_are_counted_in_each_window():
    found = windows(Span(21, 26))  # pieces 7 and 8
    assert [(row.start, row.end) for row in found] == [(12, 13), (6, 7), (0, 0)]
    assert found[1].input_ids[[6, 7]].tolist() == [107, 108]


def test_answers_behind_the_first_window_are_found():
    assert [(row.start, row.end) for row in windows(Span(57, 59))] == [(0, 0), (0, 0), (12, 12)]


def test_an_answer_cut_by_every_window_has_no_target():
    assert [(row.start, row.end) for row in windows(Span(0, 59))] == [(0, 0)] * 3


def test_each_window_learns_the_first_answer_it_holds():
    found = windows(Span(57, 59), Span(21, 23))
    assert [row.start for row in found] == [12, 6, 12]


def test_no_answer_and_not_annotated():
    assert [row.start for row in windows()] == [0, 0, 0]
    assert [row.start for row in READING.windows(QUESTION, CONTEXT, None)] == [-1, -1, -1]


def test_an_empty_context_has_one_window():
    (only,) = READING.windows(QUESTION, Pieces(np.zeros(0, np.int32), np.zeros((0, 2), np.int32)), ())
    assert only.input_ids.tolist() == [2, 10, 11, 12, 3, 3] and only.start == 0


@pytest.mark.parametrize(
    ("span", "pieces"),
    [
        (Span(0, 2), (0, 0)),
        (Span(1, 2), (0, 0)),  # begins inside a piece
        (Span(3, 4), (1, 1)),  # ends inside one
        (Span(2, 4), (1, 1)),  # begins with the space before it
        (Span(0, 59), (0, 19)),
    ],
)
def test_pieces_of_an_answer(span, pieces):
    assert piece_place(span, CONTEXT) == pieces


def test_an_answer_that_cleaning_took_out_is_not_learned():
    holes = Pieces(np.arange(2), np.array([(0, 2), (10, 12)]))
    first, last = piece_place(Span(4, 8), holes)
    assert last < first
    assert [row.start for row in READING.windows(QUESTION, holes, (Span(4, 8),))] == [-1]
    assert drawn_windows(READING.windows(QUESTION, holes, (Span(4, 8),)), 1.0) == []


def test_draw_keeps_the_answer_and_as_many_others_as_asked():
    reading = Reading(BERT, max_length=11, max_question=3, stride=1)  # windows of 5 pieces
    found = windows(Span(9, 11), reading=reading)
    assert [row.start > 0 for row in found] == [True, False, False, False, False]
    sizes = {share: len(drawn_windows(found, share)) for share in (0.0, 1.0, 2.0, 9.0)}
    assert sizes == {0.0: 1, 1.0: 2, 2.0: 3, 9.0: 5}
    assert all(row.start == 5 + 3 for row in drawn_windows(found, 0.0))
    again = [[id(row) for row in drawn_windows(found, 1.0)] for _ in range(3)]
    assert again[0] == again[1] == again[2]


def test_fractions_are_drawn():
    questions = [Pieces(np.array([i, i], dtype=np.int32), QUESTION.offsets[:2]) for i in range(10, 210)]
    kept = [len(drawn_windows(READING.windows(question, CONTEXT, (Span(0, 2),)), 0.25)) - 1 for question in questions]
    assert set(kept) == {0, 1} and 0.15 < np.mean(kept) < 0.35


def test_a_question_without_an_answer_keeps_a_window():
    assert len(drawn_windows(windows(), 0.0)) == 1 and len(drawn_windows(windows(), 2.0)) == 2


def test_batches_allow_the_first_token_and_the_context():
    found = windows(Span(57, 59))
    batch = collate_windows(found, pad_id=0, max_length=16)
    assert (
        batch.input_ids.shape == (3, 16) and batch.starts.tolist() == [0, 0, 12] and batch.ends.tolist() == [0, 0, 12]
    )
    assert batch.allowed[0].tolist() == [1, 0, 0, 0, 0, *[1] * 10, 0]
    assert batch.allowed[2].tolist() == [1, 0, 0, 0, 0, *[1] * 8, 0, 0, 0]
