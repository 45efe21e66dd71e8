"""`malmoi pretrain`: from text files to a language model."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile, TextColumn
from malmoi.cli.output import Output, progress
from malmoi.cli.show import command_line, show_next
from malmoi.cli.texts import both

HELP = both(
    "글에서 언어 모델을 학습합니다 (bert, roberta: 가린 낱말 맞히기, gpt: 이어 쓰기). 같은 명령을 다시 실행하면 이어서 합니다.",
    "Train a language model on plain text (bert, roberta: hidden words; gpt: the next word). The same command resumes.",
)
EXAMPLES = both(
    "예:\n  malmoi pretrain bert nsmc-reviews --tokenizer tok --size mini --hours 1 --out runs/bert\n"
    "  malmoi pretrain gpt 글1.txt 글2.txt --tokenizer tok-gpt --steps 2000 --out runs/gpt\n"
    "  malmoi pretrain roberta nsmc-reviews --model e5-small-ko --hours 1 --out runs/e5-reviews",
    "Examples:\n  malmoi pretrain bert nsmc-reviews --tokenizer tok --size mini --hours 1 --out runs/bert\n"
    "  malmoi pretrain gpt one.txt two.txt --tokenizer tok-gpt --steps 2000 --out runs/gpt\n"
    "  malmoi pretrain roberta nsmc-reviews --model e5-small-ko --hours 1 --out runs/e5-reviews",
)


def pretrain(
    family: Annotated[str, typer.Argument(metavar="bert|roberta|gpt", help=both("배울 것", "the objective"), show_default=False)],
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더", "folder of the result"), show_default=False)],
    corpora: Annotated[list[str] | None, typer.Argument(metavar="CORPUS", help=both("글 파일이나 말뭉치 이름 (없으면 레시피의 것)", "text files or corpora (else those of the recipe)"), show_default=False)] = None,
    recipe: Annotated[str | None, typer.Option(metavar="FILE|DIR", help=both("recipe.json 이나 그것이 든 결과 폴더: 그 학습을 되풀이", "a recipe.json, or a run that holds one: repeat that training"))] = None,
    tokenizer: Annotated[str | None, typer.Option(metavar="DIR", help=both("토크나이저 폴더 (malmoi tokenizer train)", "folder of a tokenizer (malmoi tokenizer train)"))] = None,
    size: Annotated[str | None, typer.Option(metavar="NAME", help=both("새 모델의 크기: tiny, mini, small, medium, base 또는 층x너비 (기본 4x192)", "size of a new model: tiny, mini, small, medium, base, or layers x width (default 4x192)"))] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME|DIR", help=both("이어서 학습할 모델", "a model to go on from"))] = None,
    hours: Annotated[float | None, typer.Option(help=both("학습할 시간", "hours to train"))] = None,
    steps: Annotated[int | None, typer.Option(help=both("학습할 단계 수", "steps to train"))] = None,
    epochs: Annotated[float | None, typer.Option(help=both("에폭 수 (시간과 단계가 없을 때)", "epochs (without hours and steps)"))] = None,
    length: Annotated[int | None, typer.Option(help=both("한 번에 볼 토큰 수", "tokens at a time"))] = None,
    batch_size: Annotated[int | None, typer.Option(help=both("갱신 한 번에 볼 토막 수", "blocks for each update"))] = None,
    lr: Annotated[float | None, typer.Option(help=both("학습률", "learning rate"))] = None,
    seed: Annotated[int | None, typer.Option(help=both("난수 씨앗", "random seed"))] = None,
    dev: Annotated[str | None, typer.Option(metavar="FILE", help=both("평가할 글 (없으면 1 %를 떼어 둠)", "texts to judge on (else 1 % is held out)"))] = None,
    text: TextColumn = None,
    whole_words: Annotated[bool, typer.Option("--whole-words", help=both("어절을 통째로 가림", "hide whole words (eojeols)"))] = False,
    no_next_sentence: Annotated[bool, typer.Option("--no-next-sentence", help=both("bert 에서 다음 문장 예측을 뺌", "bert without next-sentence prediction"))] = False,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=both("레시피 항목 (여러 번): objective.mask_rate=0.3", "a recipe field (repeatable): objective.mask_rate=0.3"))] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=both("처음부터 다시", "start over"))] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Train, then show the scores and the next command."""
    from malmoi.evaluation.evaluate import scores_from_dict
    from malmoi.evaluation.terminal import scores_table
    from malmoi.recipes.pretrain import resolve_pretraining
    from malmoi.training.pretrain import pretrain as run
    from malmoi.training.pretrain_recipe import pretrain_recipe_to_dict
    from malmoi.training.reporters import Reporter

    output = Output(json)
    flags: dict[str, Any] = {"tokenizer": tokenizer, "size": size, "model": model, "hours": hours, "steps": steps, "epochs": epochs, "length": length, "batch_size": batch_size, "lr": lr, "seed": seed, "dev": dev, "text": text, "whole_words": whole_words or None, "next_sentence": False if no_next_sentence else None}  # fmt: skip
    resolved = resolve_pretraining(family, corpora or (), set_ or (), recipe=recipe, **flags)
    result = run(resolved, out, fresh=fresh, reporter=Reporter(), watch=progress)
    output.print(scores_table(scores_from_dict(result.scores["dev"]), (), "bits_per_char"))
    asked = {"gpt": ("generate", "이 영화는"), "roberta": ("fill-mask", "이 영화 정말 [MASK]"), "bert": ("fill-mask", "이 영화 정말 [MASK]")}  # fmt: skip
    verb, example = asked[family]
    show_next(output, command_line("malmoi", verb, result.path, example))
    output.json({"run": str(result.path), "recipe": pretrain_recipe_to_dict(resolved), "scores": result.scores})
