"""`malmoi tokenizer add`: new tokens for a model, its embeddings enlarged, or for a tokenizer alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from malmoi.cli.options import Force, JsonFile
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.errors import ConfigError
from malmoi.messages import say

HELP = both("모델이나 토크나이저에 토큰을 더합니다", "add tokens to a model or a tokenizer")
EXAMPLES = both(
    '예:\n  malmoi tokenizer add e5-small-ko --add "[URL]" --add ㅇㅈ --out models/e5-url',
    'Example:\n  malmoi tokenizer add e5-small-ko --add "[URL]" --add ㅇㅈ --out models/e5-url',
)


def add(
    model: Annotated[str, typer.Argument(metavar="NAME|DIR", help=both("모델이나 토크나이저 폴더", "a model, or the folder of a tokenizer"))],
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더", "folder of the result"), show_default=False)],
    add: Annotated[list[str] | None, typer.Option(metavar="TOKEN", help=both("글에서 통째로 찾을 토큰 (여러 번)", "a token to be found whole in text (repeatable)"))] = None,
    special: Annotated[list[str] | None, typer.Option(metavar="TOKEN", help=both("글에서는 찾지 않을 특수 토큰 (여러 번)", "a special token, never found in text (repeatable)"))] = None,
    force: Force = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Write the model with the new tokens to another folder; a new row starts as the mean of its old pieces."""
    from malmoi.cli.show import command_line, show_next
    from malmoi.cli.tokenizer_train import check_folder

    output = Output(json)
    tokens, controls = tuple(add or ()), tuple(special or ())
    if not (tokens or controls):
        raise ConfigError(say("--add 나 --special 로 토큰을 주세요.", "name tokens with --add or --special."))
    folder = check_folder(out, force)
    before, after = _extend(model, tokens, controls, folder)
    output.print(say(f"어휘 {before:,} → {after:,}", f"vocabulary {before:,} → {after:,}"), say(f"결과  {folder}", f"result  {folder}"))  # fmt: skip
    show_next(output, command_line("malmoi", "tokenizer", "show", folder, " ".join((*tokens, *controls))))
    output.json({"folder": str(folder), "vocab_size_before": before, "vocab_size": after})


def _extend(model: str, tokens: tuple[str, ...], special: tuple[str, ...], out: Path) -> tuple[int, int]:
    """Write the larger model, or the larger tokenizer where there is no model; return both sizes of the vocabulary."""
    from malmoi.models.backbone import find_model, load_tokenizer
    from malmoi.models.vocabulary import extend_model
    from malmoi.tokenization.tokenizer import Tokenizer

    folder = Path(model).expanduser()
    if (folder / "tokenizer.json").is_file() and not (folder / "config.json").is_file():
        tokenizer = Tokenizer.load(folder)
        larger = tokenizer.extended(tokens, special)
        larger.save(out)
    else:
        folder = find_model(model)
        tokenizer = load_tokenizer(folder)
        larger = extend_model(folder, tokenizer, tokens, special, out)
    return tokenizer.vocab_size, larger.vocab_size
