"""Lines of a stream as texts: a dialogue is a block of lines that a blank one ends."""

from __future__ import annotations

from malmoi.cli.rows import RowSource, in_blocks
from malmoi.data.readers import InputRow
from malmoi.tasks import find_task


def test_blank_lines_end_a_dialogue_wherever_the_stream_is_cut():
    lines = ["user: 식당 찾아요", "sys: 어디요?", "user: 중앙이요", "", "  ", "user: 택시요", "", "user: 호텔요"]
    rows = [InputRow(number, line) for number, line in enumerate(lines, 1)]
    for cut in range(len(rows) + 1):
        source = in_blocks(RowSource("-", lambda cut=cut: iter([rows[:cut], rows[cut:]]), 0, is_live=True))
        found = [(row.number, row.text) for chunk in source.chunks() for row in chunk]
        assert found == [(1, "\n".join(lines[:3])), (6, "user: 택시요"), (8, "user: 호텔요")]


def test_only_dialogues_are_read_in_blocks():
    assert find_task("dialogue").reads_blocks and not find_task("classification").reads_blocks
