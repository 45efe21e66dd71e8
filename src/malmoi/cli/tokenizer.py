"""`malmoi tokenizer`: train one of any unit, look at what it does, compare units, add tokens to a model."""

from __future__ import annotations

import typer

from malmoi.cli import tokenizer_add, tokenizer_compare, tokenizer_show, tokenizer_train
from malmoi.cli.texts import both

HELP = both("토크나이저 학습, 살펴보기, 단위 비교", "train, look at and compare tokenizers")


def build() -> typer.Typer:
    """Return the command group."""
    app = typer.Typer()
    app.command("train", help=tokenizer_train.HELP, epilog=tokenizer_train.EXAMPLES)(tokenizer_train.train)
    app.command("show", help=tokenizer_show.HELP, epilog=tokenizer_show.EXAMPLES)(tokenizer_show.show)
    app.command("compare", help=tokenizer_compare.HELP, epilog=tokenizer_compare.EXAMPLES)(tokenizer_compare.compare)
    app.command("add", help=tokenizer_add.HELP, epilog=tokenizer_add.EXAMPLES)(tokenizer_add.add)
    return app
