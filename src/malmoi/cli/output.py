"""Where a command's answers go: people's to standard output, machines' JSON to a file or alone to standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from malmoi.errors import ConfigError
from malmoi.io import check_writable, write_json
from malmoi.messages import say

PATIENCE = 2.0  # seconds before a progress line appears
PLAIN_SECONDS = 15.0


class Output:
    """The answers of one command; with `json_file` "-" standard output holds the JSON and nothing else.

    Raises `ConfigError` or `DiskError` at once when the JSON could not be written.
    """

    def __init__(self, json_file: str | None = None) -> None:
        self.json_file = json_file
        if json_file != "-":
            check_target("--json", json_file)
        stream = sys.stderr if json_file == "-" else sys.stdout
        self.console = Console(file=stream, highlight=False, emoji=False, soft_wrap=True)

    def print(self, *lines: str | RenderableType) -> None:
        """Print lines for people, brackets and all, or anything that rich can draw."""
        for line in lines:
            if isinstance(line, str):
                self.console.print(Text(line), soft_wrap=True)
            else:
                self.console.print(line, soft_wrap=False)

    def title(self, text: str) -> None:
        """Print a heading."""
        self.console.print(Text(f"\n{text}", style="bold"))

    def json(self, value: Any) -> None:
        """Write the command's JSON, if it was asked for."""
        if self.json_file == "-":
            text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
            sys.stdout.flush()
            sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
            sys.stdout.flush()
        elif self.json_file:
            write_json(Path(self.json_file), value)


def check_target(option: str, file: str | None) -> None:
    """Raise before the work, not after it, when the file that an option names is a folder or cannot be written."""
    if not file:
        return
    if Path(file).is_dir():
        raise ConfigError(say(f"{option} {file}: 파일이 아니라 폴더입니다.", f"{option} {file} is a folder."))
    check_writable(Path(file), option)


def check_new(option: str, file: str, force: bool) -> None:
    """Raise `ConfigError` when the file that an option names is there and may not be replaced."""
    if Path(file).exists() and not force:
        raise ConfigError(
            say(
                f"{option} {file}: 이미 있습니다. 다른 이름을 주거나 --force 로 덮어쓰세요.",
                f"{option} {file}: is there already. Choose another name, or overwrite it with --force.",
            )
        )


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield `advance(n)`; after two seconds a bar with the time left appears on a terminal, lines now and then elsewhere."""
    line = _ProgressLine(title, total)
    try:
        yield line.advance
    finally:
        line.stop()


class _ProgressLine:
    def __init__(self, title: str, total: int) -> None:
        self.title, self.total, self.done = title, total, 0
        self.console = Console(file=sys.stderr, highlight=False, emoji=False)
        self.began = self.last = time.monotonic()
        self.bar: Any = None

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if self.console.is_terminal:
            if self.bar is None and now - self.began > PATIENCE:
                self._start_bar()
            if self.bar is not None:
                self.bar.update(self.bar.task_ids[0], completed=min(self.done, self.total))
        elif now - self.last > PLAIN_SECONDS:
            self.last = now
            self.console.print(self._line(now), soft_wrap=True)

    def _start_bar(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=self.console, transient=True)
        self.bar.start()
        self.bar.add_task(self.title, total=self.total)

    def _line(self, now: float) -> str:
        from malmoi.training.reporters import duration

        left = duration((now - self.began) / max(1, self.done) * max(0, self.total - self.done))
        return f"{self.title}: {self.done:,}/{self.total:,} · " + say(f"남은 시간 {left}", f"{left} left")

    def stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()
