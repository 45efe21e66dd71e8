"""What a run shows: seven numbered steps, a progress line with the time left, dev scores as they come."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from malmoi.evaluation.names import format_score, score_name
from malmoi.messages import say
from malmoi.metrics.scores import Score
from malmoi.training.loop import StepReport

STAGES = (
    ("설정", "settings"),
    ("데이터", "data"),
    ("모델", "model"),
    ("토크나이저", "tokenizer"),
    ("로더", "loader"),
    ("태스크", "task"),
    ("학습", "training"),
)
_PLAIN_SECONDS = 15.0


def duration(seconds: float) -> str:
    """Return seconds as people say them.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> duration(75), duration(3725)
    ('1분 15초', '1시간 2분')
    >>> set_language(None)
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return say(f"{hours}시간 {minutes}분", f"{hours} h {minutes} min")
    if minutes:
        return say(f"{minutes}분 {rest}초", f"{minutes} min {rest} s")
    return say(f"{rest}초", f"{rest} s")


class Reporter:
    """Prints a run to a console: a live bar on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=True, quiet=quiet)
        self._bar: Progress | None = None
        self._began = self._last = time.monotonic()
        self._first_step = 0
        self._rate = 0.0

    def stage(self, number: int, lines: Sequence[str]) -> None:
        """Print step `number` (1 to 7) with its lines."""
        title = say(*STAGES[number - 1])
        self.console.print(f"[bold]\\[{number}/7] {title}[/bold]  " + "\n      ".join(_plain(line) for line in lines))

    def note(self, text: str) -> None:
        """Print a remark."""
        self.console.print(f"      {_plain(text)}")

    def start(self, step: int, num_steps: int) -> None:
        """Begin to show steps, from `step` of `num_steps`."""
        self._began = self._last = time.monotonic()
        self._first_step = step
        if self.console.is_terminal and not self.console.quiet:
            self._bar = Progress(
                TextColumn("      "), BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}"),
                TimeRemainingColumn(compact=True), console=self.console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._bar.add_task("", total=num_steps, completed=step)

    def step(self, report: StepReport) -> None:
        """Show one optimizer step."""
        speed = report.examples / max(report.seconds, 1e-9)
        self._rate = speed if not self._rate else 0.95 * self._rate + 0.05 * speed
        text = say(
            f"손실 {report.loss:.3f} · 학습률 {report.lr:.1e} · 초당 {self._rate:.0f}개",
            f"loss {report.loss:.3f} · lr {report.lr:.1e} · {self._rate:.0f}/s",
        )
        self._show(report.step, report.num_steps, text)

    @contextmanager
    def counting(self, done: int, total: int, what: str) -> Iterator[Callable[[int], None]]:
        """Show how many of `total` things are done, beginning with `done`; the function yielded counts further ones."""
        now = done

        def advance(number: int) -> None:
            nonlocal now
            now += number
            self._show(now, total, what)

        self.start(done, total)
        try:
            yield advance
        finally:
            self.stop()

    def _show(self, done: int, total: int, text: str) -> None:
        """Move the bar, or print a line with the time left when the last one is a while ago."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, description=text)
            return
        now = time.monotonic()
        if now - self._last >= _PLAIN_SECONDS:
            self._last = now
            left = (now - self._began) / max(1, done - self._first_step) * (total - done)
            self.note(f"{done:,}/{total:,} · {text} · " + say(f"남은 시간 {duration(left)}", f"{duration(left)} left"))

    def evaluated(self, epoch: float, name: str, score: Score, is_best: bool) -> None:
        """Show the dev score `name`, of a task among several with the task's name before it ("tagging entity_f1")."""
        *task, own = name.split(" ")
        shown = " ".join([*task, score_name(own), format_score(own, score)])
        mark = say(" · 지금까지 최고", " · best so far") if is_best else ""
        text = f"dev {shown} (n = {score.n:,}){mark}"
        self.note(say(f"{epoch:.2f} 에폭: {text}", f"epoch {epoch:.2f}: {text}"))

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
