"""Scores, confusions and predictions as people read them in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from malmoi.cli.output import Output
from malmoi.messages import say

BAR_WIDTH = 24
MAX_BARS = 8
MARK_COLORS = ("cyan", "yellow", "green", "magenta", "blue", "red", "bright_cyan", "bright_yellow")


def show_scores(output: Output, evaluation: Any) -> None:
    """Print the scores beside the baselines, and what else the task gives: confusions, classes, bins of scores."""
    from malmoi.evaluation.terminal import evaluation_tables

    output.print(*evaluation_tables(evaluation.scores, evaluation.main_score, evaluation.analysis))


def show_stored_scores(output: Output, task: Any, stored: Mapping[str, Any], baselines: Sequence[Any] = ()) -> None:
    """Print the scores of a run that was finished before."""
    from malmoi.evaluation.evaluate import scores_from_dict
    from malmoi.evaluation.terminal import scores_table

    output.print(scores_table(scores_from_dict(stored["dev"]), baselines, task.main_score))


def show_prediction(output: Output, prediction: Any) -> None:
    """Print a text with what is marked in it, bars of the most probable labels, the drawing, and the answer as a sentence."""
    from malmoi.evaluation.names import percent

    output.console.print("")
    for text, marks in prediction.texts:
        output.console.print(marked(text, marks))
    for line in prediction.drawing:
        output.console.print(Text("  " + line), no_wrap=True, overflow="ignore", crop=False)
    shown = prediction.bars[:MAX_BARS]
    width = max((Text(bar.name).cell_len for bar in shown), default=0)
    for bar in shown:
        filled = round(BAR_WIDTH * bar.share)
        drawn = "█" * filled + "░" * (BAR_WIDTH - filled)
        space = " " * (width - Text(bar.name).cell_len)
        style = "bold cyan" if bar.is_answer else "dim"
        output.console.print(Text.assemble("  ", bar.name, space, "  ", (drawn, style), f" {percent(bar.share):>8}"))
    output.print(f"  → {prediction.sentence}")


def marked(text: str, marks: Sequence[Any]) -> Text:
    """Return a text with its marks in colours, each with its caption in brackets: colour never stands alone.

    >>> from malmoi.data.predictions import Mark
    >>> marked("손흥민은 선수다", [Mark(0, 3, "PS")]).plain
    '[손흥민 PS]은 선수다'
    """
    from malmoi.data.predictions import pieces

    drawn = Text(style="bold")
    for piece in pieces(text, marks):
        if piece.color is None:
            drawn.append(piece.text)
            continue
        color = MARK_COLORS[piece.color % len(MARK_COLORS)]
        caption = f" {piece.caption}" if piece.caption else ""
        drawn.append("[", "dim").append(piece.text, color).append(caption, f"dim {color}").append("]", "dim")
    return drawn


def show_place(output: Output, folder: Any) -> None:
    """Print where the artifact and its report lie."""
    output.print(f"  {say('모델  ', 'model ')}  {folder}", f"  {say('보고서', 'report')}  {folder / 'report.html'}")


def show_next(output: Output, *commands: str) -> None:
    """Print which command comes next."""
    output.title(say("다음 명령", "next"))
    for command in commands:
        output.print(f"  {command}")


def command_line(*words: Any) -> str:
    """Return a command as one would type it.

    >>> command_line("malmoi", "predict", "runs/내 모델", "재밌어요")
    "malmoi predict 'runs/내 모델' 재밌어요"
    """
    return " ".join(word if _is_plain(word) else shlex.quote(word) for word in map(str, words))


def _is_plain(word: str) -> bool:
    return bool(word) and all(character.isalnum() or character in "-_./=:,+@%" for character in word)
