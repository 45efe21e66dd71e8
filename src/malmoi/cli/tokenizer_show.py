"""`malmoi tokenizer show`: raw → normalised → morphemes → pieces → ids, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from malmoi.cli.options import CleaningSteps, JsonFile
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.tokenization.report import Word

HELP = both("토크나이저가 글을 어떻게 나누는지 봅니다", "see how a tokenizer cuts a text")
EXAMPLES = both(
    '예:\n  malmoi tokenizer show e5-small-ko "이 영화 진짜 재밌었어요ㅋㅋ"\n  malmoi tokenizer show tokenizers/jamo "책을 봤다"',
    'Examples:\n  malmoi tokenizer show e5-small-ko "이 영화 진짜 재밌었어요ㅋㅋ"\n  malmoi tokenizer show tokenizers/jamo "책을 봤다"',
)


def show(
    model: Annotated[str, typer.Argument(metavar="NAME|DIR", help=both("모델이나 토크나이저 폴더", "a model, or the folder of a tokenizer"))],
    texts: Annotated[list[str], typer.Argument(metavar="TEXT", help=both("나눌 글", "texts to cut"))],
    clean: CleaningSteps = None,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Show each text as a table of words with their morphemes, pieces and ids."""
    from malmoi.models.local import local_tokenizer
    from malmoi.text.kiwi import is_installed
    from malmoi.tokenization.report import TokenReport, explain

    output = Output(json)
    tokenizer = local_tokenizer(model)
    if clean:
        tokenizer = tokenizer.cleaned_by(clean)
    found = [explain(tokenizer, text, morphemes=is_installed()) for text in texts]
    for text, words in zip(texts, found, strict=True):
        output.title(text)
        output.print(word_table(words), _summary(words))
    if not is_installed():
        output.print(say("형태소를 보려면: pip install \"malmoi[kiwi]\"", "for morphemes: pip install \"malmoi[kiwi]\""))  # fmt: skip
    output.json([TokenReport(text, words).to_dict() for text, words in zip(texts, found, strict=True)])


def word_table(words: Sequence[Word]) -> Table:
    """Return one row a word; a normalised form is shown where it differs, an unknown piece in [brackets]."""
    has_morphemes = any(word.morphemes for word in words)
    is_changed = any(word.raw != word.normalised for word in words)
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim", show_edge=False)
    table.add_column(say("원문", "raw"), overflow="fold")
    if is_changed:
        table.add_column(say("정규화", "normalised"), overflow="fold")
    if has_morphemes:
        table.add_column(say("형태소", "morphemes"), overflow="fold")
    table.add_column(say("조각", "pieces"), overflow="fold")
    table.add_column(say("번호", "ids"), overflow="fold", style="dim")
    for word in words:
        cells = [Text(_printable(word.raw), style="bold")]
        cells += [Text(_printable(word.normalised))] if is_changed else []
        cells += [Text(" ".join(word.morphemes))] if has_morphemes else []
        table.add_row(*cells, _pieces(word), Text(" ".join(str(piece.id) for piece in word.pieces)))
    return table


def _pieces(word: Word) -> Text:
    shown = Text()
    for i, piece in enumerate(word.pieces):
        style = "yellow" if piece.is_unknown else "cyan" if word.raw else "dim"
        shown.append(" " if i else "").append(_printable(piece.shown), style)
    return shown


def _summary(words: Sequence[Word]) -> str:
    pieces = [piece for word in words for piece in word.pieces]
    num_unknown = sum(piece.is_unknown for piece in pieces)
    num_words = sum(bool(word.raw) for word in words)
    return say(
        f"어절 {num_words}개, 토큰 {len(pieces)}개 (모르는 것 {num_unknown}개)",
        f"{num_words} words, {len(pieces)} tokens ({num_unknown} unknown)",
    )


def _printable(text: str) -> str:
    from malmoi.cli.data_tables import printable

    return printable(text)
