"""`malmoi demo`: the whole way on a small sample that comes along: train, judge, answer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output, progress
from malmoi.cli.show import command_line, show_next, show_place, show_prediction, show_scores
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both(
    "설치가 끝났는지 눈으로 봅니다: 함께 온 한국어 문장 640개로 감정 분류기를 학습하고, 평가하고, 새 문장에 답합니다. 네트워크가 필요 없습니다.",
    "See it work: train a sentiment classifier on 640 Korean sentences that come along, judge it, answer new ones. No network.",
)
EXAMPLES = both("예:\n  malmoi demo --out runs/demo", "Example:\n  malmoi demo --out runs/demo")
UNSEEN = (
    "주말 내내 이 게임만 했는데 하나도 안 질려요 ㅋㅋ",
    "비 와서 늦을 줄 알았는데 음식이 따끈하게 와서 감동했어요.",
    "강의는 모두 스물네 개이고 자료는 따로 내려받아야 해요.",
    "좌석은 오십 석쯤 되고 평일에는 밤 열 시에 닫습니다",
    "직원은 친절했는데 방이 너무 더러워서 잠을 못 잤어요.",
    "줄거리가 뻔하고 지루해서 중간에 껐습니다",
)


def demo(
    out: Annotated[str, typer.Option(metavar="DIR", help=both("결과 폴더", "folder of the result"))] = "runs/demo",
    json: JsonFile = None,
) -> None:
    """Train, judge and answer on the sample."""
    from malmoi.api import judge, judged_data
    from malmoi.data.columns import Columns
    from malmoi.inference.predictor import load
    from malmoi.recipes.resolve import resolve_recipe
    from malmoi.training.fit import fit
    from malmoi.training.reporters import Reporter

    output = Output(json)
    began = time.monotonic()
    recipe = resolve_recipe("classification", "demo")
    result = fit(recipe, out, fresh=is_demo_run(Path(out)), reporter=Reporter())
    predictor = load(str(result.path))
    held_out = judged_data("demo", predictor, Columns())
    with progress(say("평가", "evaluating"), len(held_out)) as advance:
        evaluation = judge(predictor, held_out, advance)
    output.title(say(f"학습에 쓰지 않은 {len(held_out)}문장", f"{len(held_out)} sentences never trained on"))
    show_scores(output, evaluation)
    output.title(say("처음 보는 문장", "unseen sentences"))
    predictions = predictor(list(UNSEEN))
    for prediction in predictions:
        show_prediction(output, prediction)
    seconds = time.monotonic() - began
    _show_end(output, result.path, seconds)
    answers = [prediction.to_dict() for prediction in predictions]
    output.json({"run": str(result.path), "seconds": round(seconds, 1), **evaluation.to_dict(), "predictions": answers})


def is_demo_run(folder: Path) -> bool:
    """Say whether a folder holds an earlier demo, which a new one may replace; nothing else may be."""
    from malmoi.errors import MalmoiError
    from malmoi.recipes import find_recipe
    from malmoi.training.recipe import recipe_to_dict, with_defaults
    from malmoi.training.run_folder import open_run_folder

    try:
        stored: Any = open_run_folder(folder).stored() or {}
    except MalmoiError:
        return False
    return with_defaults(stored.get("recipe", {})) == recipe_to_dict(find_recipe("demo"))


def _show_end(output: Output, path: Path, seconds: float) -> None:
    from malmoi.training.reporters import duration

    output.title(say(f"끝 ({duration(seconds)})", f"done ({duration(seconds)})"))
    show_place(output, path)
    show_next(
        output,
        command_line("malmoi", "predict", path),
        command_line("malmoi", "train", "classification", "--data", say("내파일.csv", "my.csv"), "--out", "runs/my"),
    )
