"""`malmoi train`: from a file or corpus to an artifact."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile, LabelColumn, PairColumn, SkipBad, TextColumn
from malmoi.cli.output import Output
from malmoi.cli.show import command_line, show_next, show_place, show_scores, show_stored_scores
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both(
    "파일이나 말뭉치로 모델을 학습하고 평가해 한 폴더에 담습니다. 같은 명령을 다시 실행하면 이어서 합니다.",
    "Train a model on a file or corpus, judge it, and leave it in one folder. The same command resumes.",
)
EXAMPLES = both(
    "예:\n  malmoi train classification --data nsmc --out runs/nsmc\n"
    "  malmoi train classification --data 리뷰.csv --text 내용 --label 감정 --epochs 5 --out runs/reviews",
    "Examples:\n  malmoi train classification --data nsmc --out runs/nsmc\n"
    "  malmoi train classification --data reviews.csv --text body --label mood --epochs 5 --out runs/reviews",
)


def train(
    task: Annotated[str, typer.Argument(metavar="TASK", help=both("과제: classification", "the task: classification"))],
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
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help=both("기반 모델 (기본: e5-small-ko)", "backbone (default: e5-small-ko)")),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help=both("레시피 이름이나 recipe.json", "a recipe's name or a recipe.json")),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=both("레시피 항목 (여러 번): optim.warmup=0.2, task.max_length=64", "a recipe field (repeatable): optim.warmup=0.2, task.max_length=64")),
    ] = None,
    epochs: Annotated[float | None, typer.Option(help=both("에폭 수", "number of epochs"))] = None,
    lr: Annotated[float | None, typer.Option(help=both("학습률", "learning rate"))] = None,
    batch_size: Annotated[int | None, typer.Option(help=both("갱신 한 번에 볼 글 수", "texts for each update"))] = None,
    limit: Annotated[int | None, typer.Option(help=both("학습 글을 이만큼만", "train on this many texts only"))] = None,
    seed: Annotated[int | None, typer.Option(help=both("난수 씨앗", "random seed"))] = None,
    skip_bad: SkipBad = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=both("처음부터 다시", "start over"))] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Train, then show scores, where things lie, and the next command."""
    from malmoi.recipes.resolve import resolve_recipe
    from malmoi.training.fit import fit
    from malmoi.training.recipe import recipe_to_dict
    from malmoi.training.reporters import Reporter

    output = Output(json)
    flags: dict[str, Any] = {"dev": dev, "text": text, "pair": pair, "label": label, "model": model}
    flags |= {"epochs": epochs, "lr": lr, "batch_size": batch_size, "limit": limit, "seed": seed}
    resolved = resolve_recipe(task, data, recipe, set_ or (), **flags, skip_bad=skip_bad or None)
    result = fit(resolved, out, fresh=fresh, reporter=Reporter())
    values = show_result(output, result)
    show_next(
        output,
        command_line("malmoi", "predict", result.path, example_text(result)),
        command_line("malmoi", "evaluate", result.path, "--data", say("시험.csv", "test.csv")),
    )
    output.json({"run": str(result.path), "recipe": recipe_to_dict(resolved), **values})


def show_result(output: Output, result: Any) -> dict[str, Any]:
    """Print dev scores and where the artifact lies; return the scores as JSON values."""
    from malmoi.inference.artifact import open_artifact
    from malmoi.training.finish import dev_note

    artifact = open_artifact(result.path)
    output.title(say("dev 점수", "dev scores"))
    if result.evaluation is None:
        show_stored_scores(output, artifact.task, result.scores)
        values: dict[str, Any] = {"scores": result.scores["dev"]}
    else:
        show_scores(output, result.evaluation)
        values = result.evaluation.to_dict()
    output.print(dev_note(artifact.task, artifact.recipe["train"]["calibrate"]))
    output.title(say("결과", "result"))
    show_place(output, result.path)
    return values


def example_text(result: Any) -> str:
    """Return a text to try the model on: one of its own dev texts, or a film review."""
    examples = result.evaluation.examples if result.evaluation else []
    short = (example.text for example in examples if 5 <= len(example.text) <= 40 and example.pair is None)
    return next(short, "이 영화 정말 재밌어요")
