"""`malmoi predict --svg`: the answer for one text as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from malmoi.cli.output import Output, check_new, check_target
from malmoi.errors import ConfigError
from malmoi.io import write_text
from malmoi.messages import say


def check(file: str, texts: Sequence[str], force: bool) -> None:
    """Raise before the work when there is not one text to draw, or nowhere to put the picture."""
    if len(texts) != 1:
        raise ConfigError(
            say(
                f"--svg {file}: 글 하나를 그립니다. TEXT 를 하나만 주세요.",
                f"--svg {file}: is a picture of one text. Give one TEXT.",
            )
        )
    check_target("--svg", file)
    check_new("--svg", file, force)


def draw(prediction: Any, file: str, output: Output) -> None:
    """Write the picture and say where it is; raise `ConfigError` when there is nothing to draw."""
    drawn = prediction.to_svg()
    if drawn is None:
        raise ConfigError(
            say(
                f"--svg {file}: 이 답에는 그릴 것이 없습니다.",
                f"--svg {file}: there is nothing to draw in this answer.",
            )
        )
    write_text(Path(file), drawn)
    output.print(say(f"  그림: {file}", f"  picture: {file}"))
