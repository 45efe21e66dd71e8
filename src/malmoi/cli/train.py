"""`malmoi train`: from a file or corpus to an artifact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from malmoi.cli.options import (
    CleaningSteps,
    JsonFile,
    LabelColumn,
    MultiLabel,
    PairColumn,
    Separator,
    SkipBad,
    TextColumn,
)
from malmoi.cli.output import Output
from malmoi.cli.show import command_line, show_next
from malmoi.cli.texts import both
from malmoi.cli.trained import example_words, judged_on, show_result, show_seeds
from malmoi.errors import ConfigError
from malmoi.messages import say

HELP = both(
    "파일이나 말뭉치로 모델을 학습하고 평가해 한 폴더에 담습니다. 같은 명령을 다시 실행하면 이어서 합니다.",
    "Train a model on a file or corpus, judge it, and leave it in one folder. The same command resumes.",
)
TASK_NAMES = "classification, multi-label, regression, relations, parsing, tagging, extraction, dialogue, multi-task"  # `resolve.TRAINABLE`, which help does not import
EXAMPLES = both(
    "예:\n  malmoi train classification --data nsmc --out runs/nsmc\n"
    "  malmoi train classification --data 리뷰.csv --text 내용 --label 감정 --epochs 5 --out runs/reviews\n"
    "  malmoi train classification --multi-label --data 댓글.csv --out runs/comments\n"
    "  malmoi train classification --data nsmc --distil-from runs/nsmc --layers 4 --unlabelled nsmc-reviews --out runs/small\n"
    "  malmoi train regression --data korsts --out runs/similarity\n"
    "  malmoi train relations --data generated-re --out runs/relations\n"
    "  malmoi train parsing --data klue-dp --out runs/trees\n"
    "  malmoi train tagging --data klue-ner --out runs/ner\n"
    "  malmoi train extraction --data korquad-1 --out runs/korquad",
    "Examples:\n  malmoi train classification --data nsmc --out runs/nsmc\n"
    "  malmoi train classification --data reviews.csv --text body --label mood --epochs 5 --out runs/reviews\n"
    "  malmoi train classification --multi-label --data comments.csv --out runs/comments\n"
    "  malmoi train classification --data nsmc --distil-from runs/nsmc --layers 4 --unlabelled nsmc-reviews --out runs/small\n"
    "  malmoi train regression --data korsts --out runs/similarity\n"
    "  malmoi train relations --data generated-re --out runs/relations\n"
    "  malmoi train parsing --data klue-dp --out runs/trees\n"
    "  malmoi train tagging --data klue-ner --out runs/ner\n"
    "  malmoi train extraction --data korquad-1 --out runs/korquad",
)


def train(
    task: Annotated[str, typer.Argument(metavar="TASK", help=both(f"과제: {TASK_NAMES}", f"the task: {TASK_NAMES}"))],
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더", "folder of the result"), show_default=False)],
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE|CORPUS", help=both("학습 파일이나 말뭉치", "training file or corpus")),
    ] = None,
    dev: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=both("고르는 데 쓸 파일 (없으면 10 %를 떼어 둠)", "file to choose on (else 10 % is held out)")),
    ] = None,
    text: TextColumn = None,
    pair: PairColumn = None,
    label: LabelColumn = None,
    multi_label: MultiLabel = False,
    separator: Separator = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help=both("기반 모델 (기본: e5-small-ko), 또는 tfidf", "backbone (default: e5-small-ko), or tfidf")),
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(metavar="N", help=both("기반 모델의 층을 고르게 N개만", "only N of the backbone's layers, evenly spaced")),
    ] = None,
    distil_from: Annotated[
        str | None,
        typer.Option(metavar="RUN", help=both("이 학습 결과를 스승으로 삼아 배움 (--model 이 없으면 스승에서 시작)", "learn from this run, the teacher (without --model, start as it)")),
    ] = None,
    unlabelled: Annotated[
        str | None,
        typer.Option(metavar="FILE|CORPUS", help=both("스승이 대신 답할 라벨 없는 글", "texts without labels that the teacher answers")),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help=both("레시피 이름(말뭉치 이름과 같음)이나 recipe.json, 학습 결과 폴더 (기본: --data 의 것, --dry-run 으로 봄)", "a recipe's name (that of its corpus), a recipe.json or a run (default: that of --data; --dry-run shows it)")),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=both("레시피 항목 (여러 번): optim.warmup=0.2, task.max_length=64", "a recipe field (repeatable): optim.warmup=0.2, task.max_length=64")),
    ] = None,
    clean: CleaningSteps = None,
    epochs: Annotated[float | None, typer.Option(help=both("에폭 수 (기본: 말뭉치의 레시피, 없으면 3)", "number of epochs (default: the corpus's recipe, else 3)"))] = None,
    lr: Annotated[float | None, typer.Option(help=both("학습률 (기본: 말뭉치의 레시피, 없으면 1e-4)", "learning rate (default: the corpus's recipe, else 1e-4)"))] = None,
    batch_size: Annotated[int | None, typer.Option(help=both("갱신 한 번에 볼 글 수 (기본: 말뭉치의 레시피, 없으면 32)", "texts for each update (default: the corpus's recipe, else 32)"))] = None,
    limit: Annotated[int | None, typer.Option(help=both("학습 글을 이만큼만", "train on this many texts only"))] = None,
    seed: Annotated[int | None, typer.Option(help=both("난수 씨앗 (기본 42)", "random seed (default 42)"))] = None,
    skip_bad: SkipBad = False,
    baseline: Annotated[
        bool,
        typer.Option("--baseline", help=both("같은 자료로 tf-idf 도 학습해 나란히 견줌", "train tf-idf on the same data too, and compare")),
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", help=both("씨앗 N개로 되풀이해 평균 ± 표준편차 (DIR/seed-42 …)", "repeat with N seeds: mean ± sd (DIR/seed-42 …)")),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help=both("레시피, 자료 검사, 예상 시간만 보고 아무것도 쓰지 않음", "show recipe, data check and time, write nothing")),
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=both("처음부터 다시", "start over"))] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Train, then show scores, where things lie, and the next command."""
    from malmoi.recipes.resolve import MULTI_TASK, resolve_recipe, resolve_several
    from malmoi.tasks import several_labels_of

    output = Output(json)
    flags: dict[str, Any] = {"dev": dev, "text": text, "pair": pair, "label": label, "model": model, "clean": clean}
    flags |= {
        "epochs": epochs,
        "lr": lr,
        "batch_size": batch_size,
        "limit": limit,
        "seed": seed,
        "separator": separator,
        "layers": layers,
        "distil_from": distil_from,
        "unlabelled": unlabelled,
    }
    if task == MULTI_TASK:
        _refuse_for_several({"--multi-label": multi_label, "--data": data is not None, "--skip-bad": skip_bad})
        with _flags_named(flags):
            resolved = resolve_several(recipe, set_ or (), **flags)
    else:
        task = several_labels_of(task) if multi_label else task
        with _flags_named(flags):
            resolved = resolve_recipe(task, data, recipe, set_ or (), **flags, skip_bad=skip_bad or None)
    if dry_run and (seeds is not None or baseline):
        other = "--seeds" if seeds is not None else "--baseline"
        raise ConfigError(say(f"--dry-run, {other}: 함께 쓸 수 없습니다.", f"give --dry-run or {other}, not both."))
    if dry_run:
        _rehearse(output, resolved, out, fresh)
    elif seeds is not None:
        _repeat(output, resolved, out, seeds, fresh=fresh, baseline=baseline)
    elif resolved.is_joint:
        _train_several(output, resolved, out, fresh=fresh, baseline=baseline)
    else:
        _train_one(output, resolved, out, fresh=fresh, baseline=baseline)


@contextmanager
def _flags_named(flags: Mapping[str, Any]) -> Iterator[None]:
    """Call a field of the recipe by the option that set it: `--limit 0: …`, not `data.limit=0: …`."""
    from malmoi.recipes.resolve import FLAGS

    try:
        yield
    except ConfigError as error:
        for name, value in flags.items():
            if value is not None and str(error).startswith(f"{FLAGS[name]}="):
                rest = str(error).removeprefix(f"{FLAGS[name]}=")
                raise ConfigError(f"--{name.replace('_', '-')} {rest}") from error
        raise


def _refuse_for_several(given: Mapping[str, bool]) -> None:
    """Raise `ConfigError` for the first option that several tasks have no use for."""
    for flag, is_given in given.items():
        if is_given:
            raise ConfigError(
                say(
                    f"{flag} 옵션은 과제 하나를 학습할 때만 씁니다. 과제마다의 자료는 레시피에 적으세요.",
                    f"{flag} is for a single task. The data of each task stand in the recipe.",
                )
            )


def _train_one(output: Output, recipe: Any, out: str, **options: bool) -> None:
    """Train a task; show its scores, where it lies, and the next command."""
    from malmoi.training.fit import fit
    from malmoi.training.recipe import recipe_to_dict
    from malmoi.training.reporters import Reporter

    result = fit(recipe, out, reporter=Reporter(), **options)
    values = show_result(output, result)
    show_next(
        output,
        command_line("malmoi", "predict", result.path, *example_words(result)),
        command_line("malmoi", "evaluate", result.path, "--data", judged_on(recipe.data.train)),
    )
    output.json({"run": str(result.path), "recipe": recipe_to_dict(recipe), **values})


def _train_several(output: Output, recipe: Any, out: str, **options: bool) -> None:
    """Train the tasks of a recipe together; show each one's scores and where it lies."""
    from malmoi.training.recipe import recipe_to_dict
    from malmoi.training.reporters import Reporter
    from malmoi.training.several import fit_several

    results = fit_several(recipe, out, reporter=Reporter(), **options)
    values = {}
    for result in results:
        output.title(result.name)
        values[result.name] = show_result(output, result)
    show_next(output, *(command_line("malmoi", "predict", result.path) for result in results))
    output.json({"run": out, "recipe": recipe_to_dict(recipe), "tasks": values})


def _rehearse(output: Output, recipe: Any, out: str, fresh: bool) -> None:
    """Show what a run would be."""
    from dataclasses import asdict

    from malmoi.cli.recipe import show_recipe
    from malmoi.training.recipe import recipe_to_dict
    from malmoi.training.rehearse import rehearse
    from malmoi.training.reporters import Reporter

    found = rehearse(recipe, out, fresh=fresh, reporter=Reporter())
    show_recipe(output, recipe)
    output.json({"run": out, "dry_run": True, **asdict(found), "recipe": recipe_to_dict(recipe)})


def _repeat(output: Output, recipe: Any, out: str, num_seeds: int, **options: bool) -> None:
    """Train with several seeds and show mean and standard deviation, of each task if there are several."""
    from malmoi.experiments.seeds import run_seeds, run_seeds_several
    from malmoi.training.recipe import recipe_to_dict
    from malmoi.training.reporters import Reporter

    values: dict[str, Any]
    if recipe.is_joint:
        several = run_seeds_several(recipe, out, num_seeds, reporter=Reporter(), **options)
        values = {"tasks": {name: show_seeds(output, found, f"{name}: ") for name, found in several.items()}}
    else:
        values = show_seeds(output, run_seeds(recipe, out, num_seeds, reporter=Reporter(), **options))
    output.json({"run": out, **values, "recipe": recipe_to_dict(recipe)})
