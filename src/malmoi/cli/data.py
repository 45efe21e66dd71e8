"""`malmoi data`: which corpora there are, what is in a file before anyone trains on it, and a cleaned copy."""

from __future__ import annotations

import typer

from malmoi.cli import data_check, data_clean, data_list, data_preview, fetch
from malmoi.cli.texts import both

HELP = both("말뭉치 목록과 받기, 자료 검사와 정리", "corpora, and checking and cleaning data")


def build() -> typer.Typer:
    """Return the command group."""
    app = typer.Typer()
    app.command("list", help=data_list.HELP, epilog=data_list.EXAMPLE)(data_list.list_)
    app.command("fetch", help=fetch.HELP, epilog=fetch.EXAMPLE)(fetch.fetch)
    app.command("check", help=data_check.HELP, epilog=data_check.EXAMPLES)(data_check.check)
    app.command("clean", help=data_clean.HELP, epilog=data_clean.EXAMPLES)(data_clean.clean)
    app.command("preview", help=data_preview.HELP, epilog=data_preview.EXAMPLES)(data_preview.preview)
    return app
