import io

import numpy as np
from rich.cells import cell_len
from rich.console import Console

from malmoi.evaluation.terminal import confusion_table, scores_table
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import Score


def render(table, width: int = 100, colour: bool = False) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(table)
    return console.file.getvalue().splitlines()


SCORES = {"accuracy": Score(0.893, 0.884, 0.902, 4000), "ece": Score(0.0119, 0.0012, 0.0148, 4000)}


def test_columns_line_up_behind_hangul():
    lines = list(
        render(scores_table(SCORES, [Baseline("majority", "항상 ‘긍정’", {"accuracy": Score(0.5, 0.4, 0.6, 4000)})]))
    )
    rows = [line for line in lines if "4,000" in line]
    assert len(rows) == 2
    ends = {cell_len(line[: line.index("4,000")]) for line in rows}
    assert len(ends) == 1
    assert "50.00 %" in rows[0] and "50.00 %" not in rows[1]


def test_main_score_is_marked_without_colour():
    lines = render(scores_table(SCORES, main_score="accuracy"))
    assert any("정확도 *" in line for line in lines)
    assert not any("ECE) *" in line for line in lines)


def test_right_answers_are_bracketed():
    text = "\n".join(render(confusion_table(np.array([[1234, 56], [7, 890]]), ["부정", "긍정"])))
    for expected in ("[1,234]", "[890]", "56", "95.7 %", "0.8 %"):
        assert expected in text
    assert "[56]" not in text and "[7]" not in text


def test_many_labels_become_a_list_of_confusions():
    confusion = 10 * np.eye(30, dtype=int)
    confusion[3, 5] = 4
    text = "\n".join(render(confusion_table(confusion, [f"라벨{i}" for i in range(30)])))
    assert "라벨3" in text and "라벨5" in text and "28.6 %" in text
    assert "라벨7" not in text


def test_labels_are_not_markup_and_not_control_codes():
    text = "\n".join(render(confusion_table(np.eye(2, dtype=int), ["[red]빨강[/red]", "가\x1b[31m"]), colour=True))
    assert "[red]빨강[/red]" in text
    assert "\x1b[31m" not in text


def test_a_korean_windows_console_can_print_it():
    tables = [
        scores_table(SCORES),
        confusion_table(np.eye(2, dtype=int), ["부정", "긍정"]),
        confusion_table(np.eye(9, dtype=int), list("가나다라마바사아자")),
    ]
    for table in tables:
        "\n".join(render(table)).encode("cp949")
