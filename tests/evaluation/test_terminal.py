import io

import numpy as np
from rich.cells import cell_len
from rich.console import Console

from malmoi.evaluation.terminal import class_table, confusion_table, evaluation_tables, scores_table
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.classification import ClassRow
from malmoi.metrics.regression import Scatter, ScoreBin
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


# --- classes, bins of scores and notes ----------------------------------------------------------------------------


def row(label: str, f1: float = 0.5, threshold: float | None = None) -> ClassRow:
    return ClassRow(label, 0.25, 1.0, f1, 12, 1234, threshold)


def test_classes_line_up_behind_hangul_and_show_thresholds():
    lines = render(class_table([row("욕설", threshold=0.31), row("정치성향차별", threshold=0.0875)]))
    assert "문턱값" in lines[0] or "문턱값" in lines[1]
    rows = [line for line in lines if "1,234" in line]
    assert len({cell_len(line[: line.index("1,234")]) for line in rows}) == 1
    assert "0.31" in rows[0] and "0.087" in rows[1] and "25.0 %" in rows[0]
    assert not any("문턱값" in line for line in render(class_table([row("긍정")])))


def test_of_many_classes_the_worst_are_shown_and_said():
    rows = [row(f"라벨{i}", f1=i / 100) for i in range(50)][::-1]
    text = "\n".join(render(class_table(rows)))
    assert "라벨0 " in text and "라벨19" in text and "라벨20" not in text and "50개 가운데 F1 이 낮은 20개" in text


def test_what_an_evaluation_shows():
    two = Analysis(labels=["가", "나"], confusion=np.eye(2, dtype=int), class_rows=[row("가"), row("나")])
    assert len(evaluation_tables(SCORES, "accuracy", two)) == 2  # scores and confusions say it all
    three = Analysis(labels=list("가나다"), confusion=np.eye(3, dtype=int), class_rows=[row(name) for name in "가나다"])
    assert len(evaluation_tables(SCORES, "accuracy", three)) == 3
    several = Analysis(labels=["가", "나"], class_rows=[row("가"), row("나")])
    assert len(evaluation_tables(SCORES, "accuracy", several)) == 2
    bins = [ScoreBin(0, 2.5, 7, 1.2, 1.4, 0.5), ScoreBin(2.5, 5, 1100, 4, 3.5, 0.75)]
    scores = Analysis(scatter=Scatter(np.zeros(1), np.zeros(1), 0, 5, bins), notes=["[주의] 모두 같은 답"])
    _, table, note = evaluation_tables(SCORES, "accuracy", scores)
    assert any("2.5~5" in line and "1,100" in line and "0.75" in line for line in render(table))
    assert render(note)[0].rstrip() == "[주의] 모두 같은 답"


def test_a_korean_windows_console_can_print_classes_and_bins():
    bins = [ScoreBin(0, 2.5, 7, 1.2, 1.4, 0.5)]
    analysis = Analysis(
        class_rows=[row("욕설", threshold=0.3), row("비하")], scatter=Scatter(np.zeros(1), np.zeros(1), 0, 5, bins)
    )
    for shown in evaluation_tables(SCORES, "accuracy", analysis):
        "\n".join(render(shown)).encode("cp949")


def test_a_share_of_nothing_is_a_dash():
    lines = render(class_table([ClassRow("없음", 0.0, 0.0, 0.0, 0, 0), ClassRow("드묾", 0.0, 0.0, 0.0, 3, 0)]))
    assert next(line for line in lines if "없음" in line).split() == ["없음", "–", "–", "–", "0", "0"]
    assert next(line for line in lines if "드묾" in line).split() == ["드묾", "–", "0", "%", "0", "%", "3", "0"]


def test_a_label_without_gold_has_no_shares():
    lines = render(confusion_table(np.array([[3, 1], [0, 0]]), ["긍정", "부정"]))
    assert "75.0 %" in "\n".join(lines) and lines[-3].split() == ["–", "–"]
