"""`malmoi tokenizer train`: a tokenizer of any unit from text files and corpora."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malmoi.cli.options import CleaningSteps, Force, JsonFile, TextColumn
from malmoi.cli.output import Output, progress
from malmoi.cli.texts import both
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.tokenization.styles import STYLES
from malmoi.tokenization.units import UNITS

if TYPE_CHECKING:
    from malmoi.tokenization.tokenizer import Tokenizer
    from malmoi.tokenization.trainers import TrainerConfig

HELP = both("글에서 토크나이저를 학습합니다", "train a tokenizer on texts")
EXAMPLES = both(
    "단위:\n" + "\n".join(f"  {unit.name}  {unit.about[0]}" for unit in UNITS)
    + "\n예:\n  malmoi tokenizer train nsmc --unit wordpiece --vocab-size 16000 --out tokenizers/wordpiece\n"
    "  malmoi tokenizer train 뉴스.txt 위키.txt --unit byte-bpe --style gpt --out tokenizers/gpt",
    "Units:\n" + "\n".join(f"  {unit.name}  {unit.about[1]}" for unit in UNITS)
    + "\nExamples:\n  malmoi tokenizer train nsmc --unit wordpiece --vocab-size 16000 --out tokenizers/wordpiece\n"
    "  malmoi tokenizer train news.txt wiki.txt --unit byte-bpe --style gpt --out tokenizers/gpt",
)  # fmt: skip


def train(
    data: Annotated[list[str], typer.Argument(metavar="FILE|CORPUS", help=both("글 파일이나 말뭉치 (여럿 가능)", "text files or corpora"))],
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더", "folder of the result"), show_default=False)],
    unit: Annotated[str, typer.Option(help=both("단위 (아래 목록)", "the unit (listed below)"))] = "wordpiece",
    style: Annotated[
        str, typer.Option(metavar="|".join(style.name for style in STYLES), help=both("특수 토큰을 어느 모델처럼", "special tokens as which model has them"))
    ] = "bert",
    vocab_size: Annotated[int | None, typer.Option(min=1, help=both("어휘 크기, 특수 토큰 포함", "size of the vocabulary, special tokens included"))] = None,
    min_frequency: Annotated[int | None, typer.Option(min=1, help=both("이보다 드문 것은 빼기 (기본 2)", "leave out what is rarer (default 2)"))] = None,
    limit_alphabet: Annotated[int | None, typer.Option(min=1, help=both("가장 흔한 글자 몇 개까지 (기본 6000)", "keep so many characters (default 6000)"))] = None,
    all_syllables: Annotated[bool, typer.Option("--all-syllables", help=both("한글 음절 11,172자를 모두 넣기", "put in all 11,172 Korean syllables"))] = False,
    special: Annotated[list[str] | None, typer.Option(metavar="TOKEN", help=both("특수 토큰 더하기: 글에서는 찾지 않음 (여러 번)", "one more special token, never found in text (repeatable)"))] = None,
    add: Annotated[list[str] | None, typer.Option(metavar="TOKEN", help=both("글에서 통째로 찾을 토큰 더하기 (여러 번): [URL]", "a token to be found whole in text (repeatable): [URL]"))] = None,
    clean: CleaningSteps = None,
    paragraphs: Annotated[bool, typer.Option("--paragraphs", help=both("글 파일의 한 건은 빈 줄까지 (기본: 한 줄)", "a text ends at a blank line (default: a line)"))] = False,
    text: TextColumn = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help=both("글을 이만큼만", "read this many texts only"))] = None,
    force: Force = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Train, save, and show what the tokenizer makes of a first text."""
    from malmoi.cli.show import command_line, show_next
    from malmoi.data.columns import Columns
    from malmoi.data.texts import open_texts, stream_texts
    from malmoi.text.cleaning import spell_steps
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

    output = Output(json)
    config = TrainerConfig(
        unit, style, vocab_size, min_frequency, limit_alphabet, all_syllables or None,
        tuple(special or ()), tuple(add or ()), spell_steps(clean or ()),
    )  # fmt: skip
    folder = check_folder(out, force)
    sources = [open_texts(name, "paragraph" if paragraphs else "line", Columns(text=text)) for name in data]
    output.print(*(note for source in sources for note in source.notes))
    seen: list[str] = []
    tokenizer = train_tokenizer(_first_seen(stream_texts(sources, progress, limit), seen), config, progress)
    tokenizer.save(folder)
    _show_result(output, tokenizer, config, folder, seen[0])
    show_next(output, command_line("malmoi", "tokenizer", "show", folder, seen[0][:40].strip()))
    output.json(tokenizer.own_settings | {"tokenizer": str(folder), "vocab_size": tokenizer.vocab_size, "data": data})


def check_folder(out: str, force: bool) -> Path:
    """Return the folder of `--out`; `ConfigError` when a tokenizer or a model is there that may not be replaced."""
    from malmoi.io import check_writable

    folder = Path(out).expanduser()
    there = next((name for name in ("config.json", "tokenizer.json") if (folder / name).is_file()), None)
    if there == "config.json" or (there and not force):
        fix_ko, fix_en = ("다른 폴더를 주세요", "choose another folder") if there == "config.json" else ("--force 로 덮어쓰세요", "overwrite it with --force")  # fmt: skip
        raise ConfigError(
            say(
                f"--out {out}: {there} 파일이 이미 있습니다. {fix_ko}.", f"--out {out} already holds {there}: {fix_en}."
            )
        )
    if folder.is_file():
        raise ConfigError(say(f"--out {out}: 폴더가 아니라 파일입니다.", f"--out {out} is a file, not a folder."))
    check_writable(folder / "tokenizer.json", "--out")
    return folder


def _first_seen(texts: Any, seen: list[str]) -> Any:
    """Yield the texts; put the first that is not blank into `seen`."""
    for text in texts:
        if not seen and text.strip():
            seen.append(text)
        yield text


def _show_result(output: Output, tokenizer: Tokenizer, config: TrainerConfig, folder: Path, sample: str) -> None:
    from malmoi.cli.tokenizer_show import word_table
    from malmoi.text.kiwi import is_installed
    from malmoi.tokenization.report import explain
    from malmoi.tokenization.units import find_unit

    unit = find_unit(config.unit)
    size = f"{tokenizer.vocab_size:,}"
    output.title(say(f"{say(*unit.about)} · 어휘 {size}", f"{say(*unit.about)} · vocabulary {size}"))
    output.print(word_table(explain(tokenizer, sample[:120], morphemes=is_installed())))
    if not unit.is_plain:
        output.print(
            say(
                "이 단위는 tokenizer.json 만으로 표현할 수 없습니다: malmoi 가 먼저 나눕니다. Hugging Face 로 바로 열면 결과가 다릅니다.",
                "tokenizer.json alone cannot express this unit: malmoi splits the text first. Opened with plain Hugging Face code it gives other ids.",
            )
        )
    output.print(say(f"결과  {folder}", f"result  {folder}"))
