"""Scores, confusions and predictions as people read them in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from malmoi.cli.output import Output
from malmoi.messages import say

BAR_WIDTH = 24
MAX_BARS = 8


def show_scores(output: Output, evaluation: Any) -> None:
    """Print the scores beside the baselines, and the confusion matrix where the task has one."""
    from malmoi.evaluation.terminal import evaluation_tables

    output.print(*evaluation_tables(evaluation.scores, evaluation.main_score, evaluation.analysis))


def show_stored_scores(output: Output, task: Any, stored: Mapping[str, Any]) -> None:
    """Print the scores of a run that was finished before."""
    from malmoi.evaluation.terminal import scores_table
    from malmoi.metrics.scores import Score

    scores = {name: Score(**score) for name, score in stored["dev"].items()}
    output.print(scores_table(scores, main_score=task.main_score))


def show_prediction(output: Output, prediction: Any) -> None:
    """Print a text, a bar for each label, most probable first, and the answer as a sentence."""
    from malmoi.evaluation.names import percent

    text = prediction.text if prediction.pair is None else f"{prediction.text} / {prediction.pair}"
    output.console.print(Text(f"\n{text}", style="bold"))
    width = max(Text(label).cell_len for label in prediction.scores)
    for i, (label, score) in enumerate(list(prediction.scores.items())[:MAX_BARS]):
        filled = round(BAR_WIDTH * score)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        space = " " * (width - Text(label).cell_len)
        style = "bold cyan" if i == 0 else "dim"
        output.console.print(Text.assemble("  ", label, space, "  ", (bar, style), f" {percent(score):>8}"))
    output.print(f"  → {prediction.sentence}")


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
