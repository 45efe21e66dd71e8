"""Lines of a stream as texts: a dialogue is a block of lines that a blank one ends."""

from __future__ import annotations

from malmoi.cli.rows import RowSource, in_blocks, open_annotated, open_input
from malmoi.data.columns import Columns
from malmoi.data.readers import InputRow
from malmoi.tasks import find_task


def test_blank_lines_end_a_dialogue_wherever_the_stream_is_cut():
    lines = ["user: 식당 찾아요", "sys: 어디요?", "user: 중앙이요", "", "  ", "user: 택시요", "", "user: 호텔요"]
    rows = [InputRow(number, line) for number, line in enumerate(lines, 1)]
    for cut in range(len(rows) + 1):
        source = in_blocks(RowSource("-", lambda cut=cut: iter([rows[:cut], rows[cut:]]), 0, is_live=True))
        found = [(row.number, row.text) for chunk in source.chunks() for row in chunk]
        assert found == [(1, "\n".join(lines[:3])), (6, "user: 택시요"), (8, "user: 호텔요")]


def test_a_text_file_is_read_in_blocks_too_but_no_table(tmp_path):
    (tmp_path / "대화.txt").write_text("user: 식당\nsys: 어디요?\n\nuser: 택시\n", encoding="utf-8")
    lines = open_input(str(tmp_path / "대화.txt"), Columns(), None, skip_bad=False, only_answers=False)
    assert lines.are_lines and lines.total == 4
    blocks = in_blocks(lines)
    assert [row.text for chunk in blocks.chunks() for row in chunk] == ["user: 식당\nsys: 어디요?", "user: 택시"]
    assert blocks.total == 2
    (tmp_path / "표.csv").write_text("text,id\n택시,1\n버스,2\n", encoding="utf-8")
    assert not open_input(str(tmp_path / "표.csv"), Columns(), None, skip_bad=False, only_answers=False).are_lines


def test_only_what_no_text_looks_like_is_taken_for_annotation(tmp_path):
    plain, tagged = tmp_path / "글.txt", tmp_path / "개체.tsv"
    plain.write_text("비가 온다\n\n눈이 온다\n", encoding="utf-8")  # two columns in blocks, as CoNLL has them
    tagged.write_text("## a\t<박:PS> 씨\n박\tB-PS\n \tO\n씨\tO\n", encoding="utf-8")
    assert open_annotated(str(plain), "spans", skip_bad=False) is None
    assert open_annotated(str(tagged), "label", skip_bad=False) is None
    source = open_annotated(str(tagged), "spans", skip_bad=False)
    assert [[(row.number, row.text) for row in chunk] for chunk in source.chunks()] == [[(2, "박 씨")]]


def test_only_dialogues_are_read_in_blocks():
    assert find_task("dialogue").reads_blocks and not find_task("classification").reads_blocks
