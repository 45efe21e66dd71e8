from __future__ import annotations

from malmoi.data.examples import TextExample
from malmoi.data.preview import preview
from malmoi.text.cleaning import parse_steps

ROWS = [
    TextExample("그냥 그래요", row=2),
    TextExample("<b>대박</b>ㅋㅋㅋㅋ", row=3),
    TextExample("ㅋㅋㅋ", pair="(웃음)", row=4),
    TextExample("😀", row=5),
    TextExample("최고!!!", row=6),
    TextExample(" ", row=7),
]


def test_counts():
    seen = preview(ROWS, parse_steps("html,brackets,emoji,repeats"))
    assert {effect.step: effect.num_rows for effect in seen.steps} == {
        "html": 1,
        "brackets": 1,
        "emoji=drop": 1,
        "repeats=2": 3,
    }
    assert (seen.num_rows, seen.num_changed, seen.num_emptied) == (6, 4, 2)
    assert seen.num_chars_before == sum(len(row.text) + len(row.pair or "") for row in ROWS)
    assert seen.num_chars_after == len("그냥 그래요대박ㅋㅋㅋㅋ최고!! ")
    assert [row.row for row in seen.rows] == [3, 4, 5, 6]
    assert [text.text for text in seen.rows[1].texts] == ["ㅋㅋ", ""]


def test_a_step_counts_what_the_ones_before_left():
    seen = preview([TextExample("<b>ㅋㅋㅋ</b>")], parse_steps("html,html,special=hangul"))
    assert [effect.num_rows for effect in seen.steps] == [1, 0, 0]
    assert seen.rows[0].row == 1


def test_rare_steps_are_shown_too():
    many = [TextExample("ㅋㅋㅋ", row=i) for i in range(1, 50)] + [TextExample("<b>끝</b>", row=50)]
    seen = preview(many, parse_steps("repeats,html"), num_shown=4)
    assert [row.row for row in seen.rows] == [1, 2, 3, 50]
    assert preview(many, parse_steps("repeats"), num_shown=0).rows == ()


def test_nothing_to_see_and_progress():
    heard = []
    seen = preview(iter(ROWS[:1]), (), advance=heard.append)
    assert (seen.num_changed, seen.steps, seen.rows, heard) == (0, (), (), [1])
    assert preview([], parse_steps("html")).num_rows == 0


def test_json():
    values = preview(ROWS, parse_steps("repeats")).to_dict()
    assert values["steps"] == [{"step": "repeats=2", "rows": 3}]
    assert values["examples"][1] == {"row": 4, "before": ["ㅋㅋㅋ", "(웃음)"], "after": ["ㅋㅋ", "(웃음)"]}
    assert {name: values[name] for name in ("rows", "changed", "emptied")} == {"rows": 6, "changed": 3, "emptied": 0}
