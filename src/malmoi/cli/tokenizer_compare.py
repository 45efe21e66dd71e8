"""`malmoi tokenizer compare`: the same small classifier with every unit, as a table and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from malmoi.cli.options import CleaningSteps, JsonFile, LabelColumn, PairColumn, SkipBad, TextColumn
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.experiments.units import UnitsResult

HELP = both(
    "단위마다 같은 작은 모델을 처음부터 학습해 견줍니다", "train the same small model from scratch with every unit"
)
EXAMPLES = both(
    "예:\n  malmoi tokenizer compare --data nsmc --limit 20000 --seeds 3 --out runs/units\n"
    "  malmoi tokenizer compare --data 리뷰.csv --units syllable,wordpiece,tokenizers/내것 --out runs/units\n"
    "단위의 목록: malmoi tokenizer train --help",
    "Examples:\n  malmoi tokenizer compare --data nsmc --limit 20000 --seeds 3 --out runs/units\n"
    "  malmoi tokenizer compare --data reviews.csv --units syllable,wordpiece,tokenizers/mine --out runs/units\n"
    "The units: malmoi tokenizer train --help",
)


def compare(
    data: Annotated[str, typer.Option(metavar="FILE|CORPUS", help=both("분류 자료", "data of classification"), show_default=False)],
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더. 같은 명령은 이어서 합니다", "folder of the result; the same command resumes"), show_default=False)],
    dev: Annotated[str | None, typer.Option(metavar="FILE", help=both("견줄 자료 (없으면 10 %를 떼어 둠)", "what to compare on (else 10 % is held out)"))] = None,
    units: Annotated[
        str | None,
        typer.Option(metavar="NAME,…", help=both("단위나 토크나이저 (기본: 여섯 단위)", "units, or tokenizers by name or folder (default: six units)")),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help=both("씨앗 수", "number of seeds"))] = 3,
    vocab_size: Annotated[int, typer.Option(min=1, help=both("어휘의 최대 크기", "the largest vocabulary"))] = 16_000,
    size: Annotated[str, typer.Option(metavar="NAME", help=both("모델 크기: bert-tiny, bert-mini, bert-2x192 …", "size of the model: bert-tiny, bert-mini, bert-2x192 …"))] = "bert-tiny",
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help=both("학습 글을 이만큼만", "train on this many texts only"))] = None,
    epochs: Annotated[float | None, typer.Option(help=both("에폭 수 (기본 3)", "number of epochs (default 3)"))] = None,
    text: TextColumn = None,
    pair: PairColumn = None,
    label: LabelColumn = None,
    clean: CleaningSteps = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=both("레시피 항목 (여러 번): optim.lr=5e-4", "a recipe field (repeatable): optim.lr=5e-4"))] = None,
    seed: Annotated[int | None, typer.Option(help=both("첫 난수 씨앗", "the first random seed"))] = None,
    skip_bad: SkipBad = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=both("처음부터 다시", "start over"))] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Train every cell that is not finished, then show table and chart."""
    from malmoi.config import to_dict
    from malmoi.experiments.units import CHART_FILE, DEFAULT_UNITS, RESULT_FILE, SETTINGS, UnitsConfig, compare_units
    from malmoi.recipes.resolve import resolve_recipe
    from malmoi.training.reporters import Reporter

    output = Output(json)
    names = tuple(name.strip() for name in units.split(",") if name.strip()) if units is not None else DEFAULT_UNITS
    config = UnitsConfig(names, vocab_size, size, seeds)
    flags: dict[str, Any] = {"dev": dev, "text": text, "pair": pair, "label": label, "clean": clean, "limit": limit}
    flags |= {"epochs": epochs, "seed": seed, "skip_bad": skip_bad or None}
    recipe = resolve_recipe("classification", data, None, [*SETTINGS, *(set_ or ())], **flags)
    result = compare_units(recipe, config, out, fresh=fresh, reporter=Reporter())
    output.title(
        say(f"dev 점수, 씨앗 {seeds}개 (n = {result.n:,})", f"dev scores over {seeds} seed(s) (n = {result.n:,})")
    )
    output.print(unit_table(result), *_notes(result, recipe))
    output.print(
        say(f"결과  {out}/{RESULT_FILE}, {out}/{CHART_FILE}", f"result  {out}/{RESULT_FILE}, {out}/{CHART_FILE}")
    )
    output.json(to_dict(result))


def unit_table(result: UnitsResult) -> Table:
    """Return one row a unit: vocabulary, tokens, unknown ones, speed, the score over the seeds, the published one."""
    from malmoi.evaluation.names import score_name

    has_published = any(row.published is not None for row in result.rows)
    table = Table(box=box.SIMPLE, pad_edge=False, header_style="dim", show_edge=False, collapse_padding=True)
    table.add_column(say("단위", "unit"), overflow="fold")
    headers = [
        say("어휘", "vocabulary"), say("토큰/글", "tokens/text"), say("토큰/어절", "tokens/eojeol"), say("모름 %", "unknown %"),
        say("천 자/초", "k chars/s"), f"{score_name(result.main_score)} %", *([say("발표", "published")] if has_published else []),
    ]  # fmt: skip
    for header in headers:
        table.add_column(header, justify="right")
    best = max(row.score.mean for row in result.rows)
    for row in result.rows:
        stats, score = row.stats, row.score
        spread = f" ± {100 * score.sd:.2f}" if len(score.values) > 1 else ""
        style = "bold cyan" if score.mean == best else "bold"
        published = "" if row.published is None else f"{100 * row.published:.1f}"
        table.add_row(
            stats.unit.replace("morpheme-", "morpheme-\n"), f"{stats.vocab_size:,}", f"{stats.tokens_per_text:.1f}", f"{stats.tokens_per_eojeol:.2f}",
            f"{100 * stats.unknown_share:.2f}", f"{stats.chars_per_second / 1000:,.0f}", Text(f"{100 * score.mean:.2f}{spread}", style), *([published] if has_published else []),
        )  # fmt: skip
    return table


def _notes(result: UnitsResult, recipe: Any) -> list[str]:
    notes = [
        say(
            "천 자/초: 토큰으로 바꾸는 빠르기, 프로세서 시간 1초에.",
            "k chars/s: how fast text becomes tokens, for a second of processor time.",
        )
    ]
    if any(row.published is not None for row in result.rows):
        notes.append(
            say(
                "발표: LSTM, NSMC 학습 자료 전체, 공식 test. 모델과 자료가 달라 값이 아니라 차례를 견줄 것.",
                "published: an LSTM on all of NSMC's training data, official test. Another model and other data: compare the order, not the values.",
            )
        )
    if cut := [row.stats for row in result.rows if row.stats.num_cut]:
        listed = ", ".join(f"{stats.unit} {stats.num_cut:,}" for stats in cut)
        notes.append(say(f"잘린 dev 글: {listed}", f"dev texts that were cut: {listed}"))
    notes.append(
        say(
            "dev 점수는 에폭마다 잰 것 가운데 가장 좋은 것이라 조금 높습니다. 모든 단위에 똑같습니다.",
            "a dev score is the best of its epochs, which makes it a little high, the same for every unit.",
        )
    )
    return notes
